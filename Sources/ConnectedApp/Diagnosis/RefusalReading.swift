package import JWTBearer

/// What the words of a refusal can mean.
package struct RefusalReading: Sendable, Equatable {
    /// The likeliest; `refusalUnknown` where the words are not in the table.
    package let cause: Cause
    /// All causes that these words have been seen for; more than one where they cannot be told apart by the words.
    package let among: [Cause]
    /// Whether somebody reported these words for this flow. Otherwise they come from documentation or another flow.
    package let isConfirmed: Bool

    /// Reads `error` and `error_description` together, exactly; nothing is guessed from words that are not known.
    package init(_ refusal: TokenRefusal) {
        let row = Self.byWords[Words(refusal.error, refusal.description ?? "")]
        among = row?.causes ?? [.refusalUnknown]
        cause = among[0]
        isConfirmed = row?.isConfirmed ?? false
    }

    /// One pair of words that the org may send.
    package struct Row: Sendable {
        package let error: String
        package let description: String
        /// The likeliest first.
        package let causes: [Cause]
        package let isConfirmed: Bool

        fileprivate init(_ error: String, _ description: String, _ causes: [Cause], isConfirmed: Bool = true) {
            self.error = error
            self.description = description
            self.causes = causes
            self.isConfirmed = isConfirmed
        }
    }

    /// The rows and their causes: salesforce.stackexchange 53662, 164412, 184363, 207685, 282513; forcedotcom/cli#1640,
    /// #3325, #3482; simple-salesforce/simple-salesforce#491; jpadilla/pyjwt#366; n8n-io/n8n#28990;
    /// leandrob/node-salesforce-jwt#3; "OAuth Authorization Flow Errors" (Salesforce Help).
    package static let table: [Row] = [
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

    /// Words as they are compared: without regard to capitals, or to the period that some copies of a text end with.
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
        var facts = ["transport": failure.kind.rawValue, "detail": failure.detail]
        switch failure.circumstance {
        case .proxy(let proxy): self.init(ProxyFailureReading(proxy), proxy.proxy, facts, host)
        case .noTLSThroughProxy(let proxy):
            facts["proxy"] = proxy
            self.init(failure, facts, host)
        case .certificateOfAnotherName, .tlsVersionTooOld, .noTLS, .clientCertificateWanted, nil:
            self.init(failure, facts, host)
        }
    }

    private init(_ failure: TransportFailure, _ facts: [String: String], _ host: LoginHost) {
        self.init(
            Self.cause(of: failure.kind), subject: host.host, detail: Self.detail(of: failure),
            remedy: Self.remedy(for: failure), evidence: facts)
    }

    private init(_ reading: ProxyFailureReading, _ proxy: String, _ facts: [String: String], _ host: LoginHost) {
        self.init(
            reading.cause, subject: proxy, detail: reading.detail, remedy: reading.remedy,
            evidence: reading.evidence.merging(facts) { first, _ in first }.merging(["host": host.host]) { first, _ in
                first
            })
    }

    private static func cause(of kind: TransportFailure.Kind) -> Cause {
        switch kind {
        case .nameNotResolved: .nameNotResolved
        case .connectionRefused: .connectionRefused
        case .proxyFailed: .proxyFailed
        case .serverNotTrusted: .serverNotTrusted
        case .tlsFailed: .tlsFailed
        case .timedOut: .timedOut
        case .connectionLost, .other: .connectionLost
        case .answerMalformed: .answerUnintelligible
        case .bodyTooLarge: .answerTooLarge
        case .clearTextRefused: .clearTextRefused
        }
    }

    private static func detail(of failure: TransportFailure) -> String? {
        switch failure.circumstance {
        case .certificateOfAnotherName: "The server's certificate is for other names."
        case .tlsVersionTooOld: "The server speaks no TLS from version 1.2 on."
        case .noTLS: "What answers does not speak TLS."
        case .noTLSThroughProxy(let proxy):
            "What answers does not speak TLS. The proxy \(proxy) may have answered in place of the host."
        case .clientCertificateWanted: "The server wants a certificate of its client (mutual TLS), and aprity has none."
        case .proxy: nil
        case nil: failure.kind == .answerMalformed ? "An answer came, and it is not HTTP as it should be." : nil
        }
    }

    private static func remedy(for failure: TransportFailure) -> String? {
        switch failure.circumstance {
        case .certificateOfAnotherName:
            "Check the host's name and where it leads to: another certificate authority does not help."
        case .noTLS: "Check the port, and whether something in between answers for the server."
        case .noTLSThroughProxy:
            "Open any page in a browser on this network: a sign-in page of the network may be in the way. Check the port too, "
                + "and what the proxy's own log says of the host."
        case .clientCertificateWanted:
            "Let whoever runs the server accept clients without a certificate. A proxy or a gateway that inspects TLS may be "
                + "the one that asks: let it pass the host through unopened."
        case .tlsVersionTooOld, .proxy, nil: nil
        }
    }
}
