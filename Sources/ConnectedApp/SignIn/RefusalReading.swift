internal import JWTBearer

/// The causes that the org's words in a refusal can have.
struct RefusalReading: Sendable, Equatable {
    /// The most likely cause; `refusalUnknown` if the words are not in the table.
    let cause: Cause
    /// All causes that are reported with these words, the most likely first; never empty. If there are several, only
    /// further evidence can distinguish them.
    let among: [Cause]
    /// Whether these words are reported for this flow. Otherwise, they come from documentation or from another flow.
    let isConfirmed: Bool

    /// Looks up `error` and `error_description` together, ignoring case and a final period. Does not guess the meaning
    /// of unknown words.
    init(_ refusal: TokenRefusal) {
        let row = Self.byWords[Words(refusal.error, refusal.description ?? "")]
        among = row?.causes ?? [.refusalUnknown]
        cause = among[0]
        isConfirmed = row?.isConfirmed ?? false
    }

    /// A pair of `error` and `error_description` that the org may send.
    struct Row: Sendable {
        let error: String
        let description: String
        /// The possible causes, the most likely first; never empty.
        let causes: [Cause]
        /// See ``RefusalReading/isConfirmed``.
        let isConfirmed: Bool

        fileprivate init(_ error: String, _ description: String, _ causes: [Cause], isConfirmed: Bool = true) {
            self.error = error
            self.description = description
            self.causes = causes
            self.isConfirmed = isConfirmed
        }
    }

    /// The known words. Each pair may occur only once, regardless of case.
    ///
    /// Sources of the rows and their causes: salesforce.stackexchange 53662, 164412, 184363, 207685, 282513;
    /// forcedotcom/cli#1640, #3325, #3482; simple-salesforce/simple-salesforce#491; jpadilla/pyjwt#366;
    /// n8n-io/n8n#28990; leandrob/node-salesforce-jwt#3; "OAuth Authorization Flow Errors" (Salesforce Help).
    static let table: [Row] = [
        Row("unsupported_grant_type", "grant type not supported", [.grantTypeRefused]),
        Row("invalid_grant", "invalid assertion", [.signatureRefused, .assertionRefused]),
        Row("invalid_grant", "audience is invalid", [.audienceRefused]),
        Row("invalid_grant", "Audience validation failed", [.audienceRefused], isConfirmed: false),
        Row("invalid_client_id", "client identifier invalid", [.consumerKeyUnknown]),
        Row(
            "app_not_found", "External client app is not installed in this org",
            [.appNotInstalled, .consumerKeyUnknown]
        ),
        Row("OAUTH_EC_APP_NOT_FOUND", "", [.appNotInstalled, .consumerKeyUnknown], isConfirmed: false),
        Row("invalid_client", "invalid client credentials", [.signatureRefused]),
        Row("invalid_grant", "expired authorization code", [.assertionExpired]),
        Row(
            "invalid_grant", "user hasn't approved this consumer",
            [.userNotApproved, .userNotAdminApproved, .refreshTokenScopeMissing, .usernameUnknown]),
        Row("invalid_app_access", "user is not admin approved to access this app", [.userNotAdminApproved]),
        Row(
            "invalid_request",
            "refresh_token scope is required and the connected app should be installed and preauthorized",
            [.refreshTokenScopeMissing]),
        Row("invalid_grant", "no valid scopes defined", [.noValidScopes], isConfirmed: false),
        Row("invalid_grant", "inactive user", [.userInactive, .userFrozen], isConfirmed: false),
        Row("inactive_user", "User is inactive", [.userInactive, .userFrozen], isConfirmed: false),
        Row("invalid_grant", "inactive organization", [.organizationInactive], isConfirmed: false),
        Row("inactive_org", "Org is locked, closed, or suspended", [.organizationInactive], isConfirmed: false),
        Row("invalid_grant", "ip restricted or invalid login hours", [.addressOrHoursRestricted], isConfirmed: false),
        Row("invalid_grant", "login rate exceeded", [.signInRateExceeded], isConfirmed: false),
        Row("rate_limit_exceeded", "Number of logins exceeded", [.signInRateExceeded], isConfirmed: false),
        Row("OAUTH_APP_BLOCKED", "this app is blocked by admin", [.appBlockedInOrg], isConfirmed: false),
        Row("invalid_client", "app must be installed into org", [.appUninstalled], isConfirmed: false),
        Row("unknown_error", "retry your request", [.orgTransient], isConfirmed: false),
        Row(
            "invalid_grant", "authentication failure", [.authenticationFailure, .sessionLevelUnmet], isConfirmed: false),
    ]

    /// The words in the form in which they are compared: in lower case, and without a final period, which only some
    /// orgs send.
    private struct Words: Hashable {
        let error: String
        let description: String

        init(_ error: String, _ description: String) {
            self.error = error.lowercased()
            let words = description.lowercased()
            self.description = words.hasSuffix(".") ? String(words.dropLast()) : words
        }
    }

    private static let byWords = Dictionary(
        uniqueKeysWithValues: table.map { (Words($0.error, $0.description), $0) })
}

extension ConnectedAppError {
    /// The error for a refusal: its most likely cause, with the org's words as evidence.
    ///
    /// The evidence names `error`, `errorDescription`, `status`, `host` and `among` are part of aprity's JSON output.
    /// `among` lists all possible causes, separated by commas; it is missing if there is only one.
    init(_ refusal: TokenRefusal, host: LoginHost) {
        let reading = RefusalReading(refusal)
        var evidence = ["error": refusal.error, "status": String(refusal.status), "host": host.host]
        evidence["errorDescription"] = refusal.description
        if reading.among.count > 1 { evidence["among"] = reading.among.map(\.rawValue).joined(separator: ",") }
        self.init(reading.cause, evidence: evidence, circumstance: .tokenRequestRefused)
    }
}
