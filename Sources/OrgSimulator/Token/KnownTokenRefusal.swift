/// A known refusal of Salesforce's token endpoint. State documents and docs/simulator.md refer to it by its number, so
/// the numbers must not change.
///
/// Tests check that every text with which ``TokenDecision`` refuses has a row, and that every row can be caused or
/// armed.
struct KnownTokenRefusal: Sendable {
    /// How the simulator can be made to give the answer.
    enum Reach: Sendable {
        /// A state of the org, a request or a switch causes it.
        case cause
        /// Known only from other flows or pages. A fault of the kind `refusal` gives it.
        case armed
    }

    /// The row's number, from 1 to the number of rows.
    let number: Int
    /// The value of `error`.
    let error: String
    /// The value of `error_description`; `nil` if no text is known. The answer then has none, because the simulator
    /// invents no text.
    let description: String?
    /// Whether a real org has been observed to refuse a JWT bearer request with this answer.
    let isSeenInThisFlow: Bool
    let reach: Reach

    /// Returns the row with this number, or `nil` if there is none.
    static func numbered(_ number: Int) -> KnownTokenRefusal? { all.first { $0.number == number } }

    /// All rows, by number.
    static let all: [KnownTokenRefusal] = [
        KnownTokenRefusal(1, .grantTypeNotSupported), KnownTokenRefusal(2, .invalidAssertion),
        KnownTokenRefusal(3, .audienceIsInvalid),
        KnownTokenRefusal(4, .clientIdentifierInvalid), KnownTokenRefusal(5, .appNotFound),
        KnownTokenRefusal(6, .invalidClientCredentials),
        KnownTokenRefusal(7, .expiredAuthorizationCode), KnownTokenRefusal(8, .userHasNotApproved),
        KnownTokenRefusal(9, .userIsNotAdminApproved),
        KnownTokenRefusal(10, .refreshTokenScopeRequired), KnownTokenRefusal(11, .noValidScopes),
        KnownTokenRefusal(12, .inactiveUser),
        KnownTokenRefusal(13, .inactiveOrganization), KnownTokenRefusal(14, .addressOrHoursRestricted),
        KnownTokenRefusal(15, .loginRateExceeded),
        KnownTokenRefusal(16, .appBlocked), KnownTokenRefusal(17, .appMustBeInstalled),
        KnownTokenRefusal(armed: 18, "OAUTH_EC_APP_NOT_FOUND", nil),
        KnownTokenRefusal(armed: 19, "unknown_error", "retry your request"),
        KnownTokenRefusal(armed: 20, "invalid_grant", "authentication failure"),
        KnownTokenRefusal(armed: 21, "invalid_grant", "expired access/refresh token"),
        KnownTokenRefusal(armed: 22, "invalid_grant", "activation secret invalid"),
        KnownTokenRefusal(armed: 23, "invalid_grant", "no client credentials user enabled"),
        KnownTokenRefusal(armed: 24, "invalid_scope", nil), KnownTokenRefusal(25, .highAssuranceRequired),
        // Row 15 with the wording of the documentation.
        KnownTokenRefusal(26, .numberOfLoginsExceeded),
    ]

    private init(_ number: Int, _ refusal: TokenRefusal) {
        self.number = number
        error = refusal.error
        description = refusal.description
        isSeenInThisFlow = refusal.evidence == .seen
        reach = .cause
    }

    private init(armed number: Int, _ error: String, _ description: String?) {
        self.number = number
        self.error = error
        self.description = description
        isSeenInThisFlow = false
        reach = .armed
    }
}
