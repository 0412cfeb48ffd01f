public import Foundation

/// How a connection was taken out of use, and what is left of it.
public struct OffboardingView: Codable, Sendable {
    /// Whether the org still lets the key in, by one last sign-in.
    public struct Refusal: Codable, Sendable {
        public enum State: String, Codable, Sendable {
            /// The org refused the app or its key, whoever the user is.
            case refused
            /// The org let it in; the token was revoked.
            case accepted
            /// No answer that could be read, or a refusal that may be over with the next sign-in or another user, such as
            /// a login rate.
            case unanswered
            /// There was no Consumer Key to sign in with, other connections go on with the same key, or the app was blocked
            /// already; then the cause is `blocked`.
            case notTried
        }

        public let state: State
        /// Why the org refused, did not answer or was not asked.
        @ExplicitNull public var cause: Cause?
        @ExplicitNull public var at: Date?
    }

    public let connection: String
    /// Whether it is gone; otherwise it is blocked, and still here with its keys.
    public let isRemoved: Bool
    public let keysDestroyed: Int
    /// Connections that go on with the same app, sorted; then nothing of the app changes.
    public let sharesAppWith: [String]
    /// Tokens that could not be shown to be dead.
    public let tokensLeft: Int
    public let refusal: Refusal
    @ExplicitNull public var block: BlockView?
    /// What is left in Salesforce for an admin to remove, a sentence each.
    public let remains: [String]
    public let warnings: [String]
}

extension OffboardingView {
    init(
        _ found: Found, others: [String], tokensLeft: Int, keysDestroyed: Int = 0,
        refusal: Refusal = .init(state: .notTried, cause: nil, at: nil), block: BlockView? = nil
    ) {
        let app = found.app.value
        connection = found.connection.value.alias.description
        isRemoved = !others.isEmpty || keysDestroyed > 0
        self.keysDestroyed = keysDestroyed
        sharesAppWith = others
        self.tokensLeft = tokensLeft
        self.refusal = refusal
        self.block = block
        remains = Self.remains(app, found.connection.value, others)
        warnings = Self.warnings(isRemoved: isRemoved, refusal, tokensLeft: tokensLeft)
    }

    private static func remains(_ app: AppRecord, _ connection: ConnectionRecord, _ others: [String]) -> [String] {
        let username = connection.username.description
        let user =
            "The user \(username): take it off the app's permission set, and deactivate it where nothing else signs in as it."
        guard others.isEmpty else { return [user] }
        let place = app.kind.deletingInSalesforce(named: app.nameInSetup)
        guard let key = app.consumerKey else {
            return [
                "Nothing that aprity knows of: it never had a Consumer Key, so it never signed in. If somebody made an app with "
                    + "this certificate, delete it: \(place)."
            ]
        }
        return [
            "The \(app.kind.label) with Consumer Key \(key), with its certificate and policies. Deleting it ends every token of it: \(place).",
            "The permission set that pre-authorizes it, where it is used for nothing else.",
            user,
        ]
    }

    private static func warnings(isRemoved: Bool, _ refusal: Refusal, tokensLeft: Int) -> [String] {
        var warnings: [String] = []
        if refusal.state == .accepted {
            warnings.append(
                "The org still let the key in. Block or delete the app in Salesforce"
                    + (isRemoved ? ": a copy of the key would get in." : ", and run this again to see it refused."))
        }
        if refusal.state == .unanswered {
            warnings.append(
                "Whether the org still lets the key in is not known. Block or delete the app in Salesforce.")
        }
        if refusal.cause == .blocked, refusal.state == .notTried {
            warnings.append(
                "The app was blocked already, so aprity did not sign in to see whether the org still lets the key in. Block or "
                    + "delete the app in Salesforce.")
        }
        if tokensLeft > 0 {
            warnings.append(
                "\(tokensLeft) token\(tokensLeft == 1 ? " is" : "s are") not shown to be dead; deleting the app ends them."
            )
        }
        return warnings
    }
}
