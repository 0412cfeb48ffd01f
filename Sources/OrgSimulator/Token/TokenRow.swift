/// One known answer of Salesforce's token endpoint other than a token, numbered as in the documentation of the simulator.
///
/// This list, and the tests that run over it, keep answers and causes together: a refusal that the decision can give has a
/// row, and a row is reached by a cause or can be armed.
package struct TokenRow: Sendable {
    /// How an org comes to give the answer.
    package enum Reach: Sendable {
        /// A state of the org, the request or a switch leads to it.
        case cause
        /// Known from other flows or pages only; a fault of the kind `refusal` gives it.
        case armed
    }

    package let number: Int
    package let error: String
    /// Nil where no text is known: the answer then has no `error_description`, since none is invented.
    package let description: String?
    /// Whether an org has been seen to answer a JWT bearer request so.
    package let isSeenInThisFlow: Bool
    package let reach: Reach

    package static func numbered(_ number: Int) -> TokenRow? { all.first { $0.number == number } }

    package static let all: [TokenRow] = [
        TokenRow(1, .grantTypeNotSupported), TokenRow(2, .invalidAssertion), TokenRow(3, .audienceIsInvalid),
        TokenRow(4, .clientIdentifierInvalid), TokenRow(5, .appNotFound), TokenRow(6, .invalidClientCredentials),
        TokenRow(7, .expiredAuthorizationCode), TokenRow(8, .userHasNotApproved), TokenRow(9, .userIsNotAdminApproved),
        TokenRow(10, .refreshTokenScopeRequired), TokenRow(11, .noValidScopes), TokenRow(12, .inactiveUser),
        TokenRow(13, .inactiveOrganization), TokenRow(14, .addressOrHoursRestricted), TokenRow(15, .loginRateExceeded),
        TokenRow(16, .appBlocked), TokenRow(17, .appMustBeInstalled),
        TokenRow(armed: 18, "OAUTH_EC_APP_NOT_FOUND", nil),
        TokenRow(armed: 19, "unknown_error", "retry your request"),
        TokenRow(armed: 20, "invalid_grant", "authentication failure"),
        TokenRow(armed: 21, "invalid_grant", "expired access/refresh token"),
        TokenRow(armed: 22, "invalid_grant", "activation secret invalid"),
        TokenRow(armed: 23, "invalid_grant", "no client credentials user enabled"),
        TokenRow(armed: 24, "invalid_scope", nil), TokenRow(25, .highAssuranceRequired),
        // Row 15 as the documentation words it.
        TokenRow(26, .numberOfLoginsExceeded),
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
