package import JWTBearer

/// What the words of a refusal can mean.
package struct RefusalReading: Sendable, Equatable {
    /// The likeliest; `refusalUnknown` where the words are not in the table.
    package let cause: Cause
    /// All causes that these words have been seen for; more than one where they cannot be told apart by the words.
    package let among: [Cause]

    /// Reads `error` and `error_description` together, exactly; nothing is guessed from words that are not known.
    ///
    /// The rows and their causes: salesforce.stackexchange 53662, 164412, 184363, 207685, 282513; forcedotcom/cli#1640,
    /// #3325, #3482; simple-salesforce/simple-salesforce#491; jpadilla/pyjwt#366; n8n-io/n8n#28990;
    /// leandrob/node-salesforce-jwt#3; "OAuth Authorization Flow Errors" (Salesforce Help).
    package init(_ refusal: TokenRefusal) {
        let words = (refusal.description ?? "").lowercased().trimmingPeriod
        among = Self.table[Words(refusal.error.lowercased(), words)] ?? [.refusalUnknown]
        cause = among[0]
    }

    private struct Words: Hashable {
        let error: String
        let description: String

        init(_ error: String, _ description: String) {
            self.error = error
            self.description = description
        }
    }

    private static let table: [Words: [Cause]] = [
        Words("unsupported_grant_type", "grant type not supported"): [.grantTypeRefused],
        Words("invalid_grant", "invalid assertion"): [.assertionRefused, .signatureRefused],
        Words("invalid_grant", "audience is invalid"): [.audienceRefused],
        Words("invalid_grant", "audience validation failed"): [.audienceRefused],
        Words("invalid_client_id", "client identifier invalid"): [.consumerKeyUnknown],
        Words("app_not_found", "external client app is not installed in this org"): [
            .appNotInstalled, .consumerKeyUnknown,
        ],
        Words("oauth_ec_app_not_found", ""): [.appNotInstalled],
        Words("invalid_client", "invalid client credentials"): [.signatureRefused],
        Words("invalid_grant", "expired authorization code"): [.assertionExpired],
        Words("invalid_grant", "user hasn't approved this consumer"): [
            .userNotApproved, .userNotAdminApproved, .refreshTokenScopeMissing,
        ],
        Words("invalid_app_access", "user is not admin approved to access this app"): [.userNotAdminApproved],
        Words(
            "invalid_request",
            "refresh_token scope is required and the connected app should be installed and preauthorized"
        ): [.refreshTokenScopeMissing],
        Words("invalid_grant", "no valid scopes defined"): [.noValidScopes],
        Words("invalid_grant", "inactive user"): [.userInactive],
        Words("inactive_user", "user is inactive"): [.userInactive],
        Words("invalid_grant", "inactive organization"): [.organizationInactive],
        Words("inactive_org", "org is locked, closed, or suspended"): [.organizationInactive],
        Words("invalid_grant", "ip restricted or invalid login hours"): [.addressOrHoursRestricted],
        Words("invalid_grant", "login rate exceeded"): [.signInRateExceeded],
        Words("rate_limit_exceeded", "number of logins exceeded"): [.signInRateExceeded],
        Words("oauth_app_blocked", "this app is blocked by admin"): [.appBlockedInOrg],
        Words("invalid_client", "app must be installed into org"): [.appUninstalled],
        Words("unknown_error", "retry your request"): [.orgTransient],
        Words("invalid_grant", "authentication failure"): [.authenticationFailure],
    ]
}

extension String {
    /// Some copies of one and the same text end with a period.
    fileprivate var trimmingPeriod: String { hasSuffix(".") ? String(dropLast()) : self }
}

extension ConnectedAppError {
    /// A refusal with the org's own words as evidence.
    package init(_ refusal: TokenRefusal, host: LoginHost) {
        let reading = RefusalReading(refusal)
        var evidence = ["error": refusal.error, "status": String(refusal.status), "host": host.host]
        evidence["errorDescription"] = refusal.description
        if reading.among.count > 1 { evidence["among"] = reading.among.map(\.rawValue).joined(separator: ",") }
        self.init(reading.cause, evidence: evidence)
    }

    /// A failure below HTTP.
    package init(_ failure: TransportFailure, host: LoginHost) {
        let cause: Cause =
            switch failure.kind {
            case .nameNotResolved: .nameNotResolved
            case .connectionRefused: .connectionRefused
            case .proxyFailed: .proxyFailed
            case .tlsFailed: .tlsFailed
            case .timedOut: .timedOut
            case .connectionLost, .other: .connectionLost
            case .bodyTooLarge: .answerTooLarge
            case .clearTextRefused: .clearTextRefused
            }
        self.init(cause, subject: host.host, evidence: ["transport": failure.kind.rawValue, "detail": failure.detail])
    }
}
