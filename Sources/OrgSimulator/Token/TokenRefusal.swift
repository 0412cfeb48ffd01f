/// A refusal of the token endpoint: HTTP 400 with `error` and `error_description`. The texts are Salesforce's and must
/// not be changed.
struct TokenRefusal: Error, Equatable, Sendable {
    /// How well the answer is confirmed. It is not part of the response.
    enum Evidence: String, Codable, Sendable {
        /// A real org has been observed to give this answer in this flow.
        case seen
        /// The simulator's choice: no answer of a real org to this case in this flow is known.
        case synthetic
    }

    let error: String
    let description: String
    let evidence: Evidence
    /// The status in *Login History* for the attempt: the closest published text.
    let loginStatus: String

    private init(_ error: String, _ description: String, _ evidence: Evidence = .seen, login: String) {
        self.error = error
        self.description = description
        self.evidence = evidence
        self.loginStatus = login
    }

    /// The same texts, for a case in which they have not been observed.
    var asSynthetic: TokenRefusal { TokenRefusal(error, description, .synthetic, login: loginStatus) }

    static let grantTypeNotSupported = TokenRefusal(
        "unsupported_grant_type", "grant type not supported", login: "Failed: Invalid Token")
    static let invalidAssertion = TokenRefusal(
        "invalid_grant", "invalid assertion", login: "Failed: Invalid Token")
    static let audienceIsInvalid = TokenRefusal(
        "invalid_grant", "audience is invalid", login: "Failed: Audience Invalid")
    static let clientIdentifierInvalid = TokenRefusal(
        "invalid_client_id", "client identifier invalid", login: "Failed: Consumer Deleted")
    static let appNotFound = TokenRefusal(
        "app_not_found", "External client app is not installed in this org", login: "Failed: Consumer Deleted")
    static let invalidClientCredentials = TokenRefusal(
        "invalid_client", "invalid client credentials", login: "Failed: Signature Invalid")
    /// The answer to a wrong signature in the older wording.
    static let wrongSignatureOlderWording = TokenRefusal(
        "invalid_grant", "invalid assertion", login: "Failed: Signature Invalid")
    static let certificateExpired = TokenRefusal(
        "invalid_grant", "invalid assertion", .synthetic,
        login: "Failed: Signature Invalid/Configured Certificate Mismatch")
    static let expiredAuthorizationCode = TokenRefusal(
        "invalid_grant", "expired authorization code", login: "Failed: Invalid Timestamp")
    static let lifetimeTooLong = TokenRefusal(
        "invalid_grant", "invalid assertion", .synthetic, login: "Failed: Invalid Timestamp")
    static let notYetValid = TokenRefusal(
        "invalid_grant", "invalid assertion", .synthetic, login: "Failed: Invalid Timestamp")
    static let replayed = TokenRefusal(
        "invalid_grant", "invalid assertion", .synthetic, login: "Failed: Nonce Replay Detected")
    static let inactiveOrganization = TokenRefusal(
        "invalid_grant", "inactive organization", .synthetic, login: "Organization is inactive")
    static let userHasNotApproved = TokenRefusal(
        "invalid_grant", "user hasn't approved this consumer", login: "Failed: Not approved for access")
    static let inactiveUser = TokenRefusal(
        "invalid_grant", "inactive user", .synthetic, login: "User is inactive")
    static let frozenUser = TokenRefusal(
        "invalid_grant", "inactive user", .synthetic, login: "User is frozen")
    static let loginRateExceeded = TokenRefusal(
        "invalid_grant", "login rate exceeded", .synthetic, login: "Login rate exceeded")
    static let numberOfLoginsExceeded = TokenRefusal(
        "rate_limit_exceeded", "Number of logins exceeded", .synthetic, login: "Login rate exceeded")
    static let appBlocked = TokenRefusal(
        "OAUTH_APP_BLOCKED", "this app is blocked by admin", .synthetic, login: "Failed: OAuth API access disabled")
    static let appMustBeInstalled = TokenRefusal(
        "invalid_client", "app must be installed into org", .synthetic,
        login: "Package for this consumer is not installed in your organization")
    static let userIsNotAdminApproved = TokenRefusal(
        "invalid_app_access", "user is not admin approved to access this app",
        login: "Failed: Not approved for access")
    static let refreshTokenScopeRequired = TokenRefusal(
        "invalid_request",
        "refresh_token scope is required and the connected app should be installed and preauthorized",
        login: "Failed: Not approved for access")
    static let noValidScopes = TokenRefusal(
        "invalid_grant", "no valid scopes defined", .synthetic, login: "Failed: Not approved for access")
    static let addressOrHoursRestricted = TokenRefusal(
        "invalid_grant", "ip restricted or invalid login hours", .synthetic, login: "Restricted IP")
    static let hoursRestricted = TokenRefusal(
        "invalid_grant", "ip restricted or invalid login hours", .synthetic, login: "Restricted time")
    /// The app's session policy requires *High Assurance*, which a sign-in without a person cannot reach.
    static let highAssuranceRequired = TokenRefusal(
        "invalid_grant", "authentication failure", .synthetic, login: "Failed: OAuth API access disabled")
    /// The answer to a temporary fault of the org itself.
    static let retryYourRequest = TokenRefusal(
        "unknown_error", "retry your request", .synthetic, login: "Failed: Invalid Token")
}
