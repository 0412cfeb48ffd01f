internal import Foundation

/// The result of taking a connection out of use, and what is left of it.
///
/// A JSON document; property names and raw values must not change.
package struct OffboardingView: Codable, Sendable {
    /// The result of a last sign-in, which shows whether the org still accepts the key. It need not be a refusal.
    package struct LastSignIn: Codable, Sendable {
        package enum State: String, Codable, Sendable {
            /// The org refused the app or its key, for every user.
            case refused
            /// The org accepted the key. The token was revoked.
            case accepted
            /// There was no readable response, or a refusal that may not apply to the next sign-in or to another user,
            /// such as a login rate.
            case unanswered
            /// aprity did not sign in: there was no Consumer Key, other connections still use the key, or the app was
            /// blocked already, and then the cause is `blocked`.
            case notTried
        }

        package let state: State
        /// Why the org refused or did not respond, or why aprity did not sign in; `nil` if the org accepted the key, or
        /// if there is no particular reason.
        @ExplicitNull package var cause: Cause?
        /// When aprity signed in; `nil` if it did not.
        @ExplicitNull var at: Date?
    }

    package let connection: String
    /// Whether the connection is removed. Otherwise it is blocked and still has its keys.
    package let isRemoved: Bool
    package let keysDestroyed: Int
    /// Other connections of the same app, sorted. If there are any, the app does not change.
    package let sharesAppWith: [String]
    /// How many tokens the org may still accept.
    let tokensLeft: Int
    package let refusal: LastSignIn
    /// The block of the app; `nil` if other connections use it.
    @ExplicitNull var block: BlockView?
    /// Sentences about what an admin can remove in Salesforce.
    package let remains: [String]
    package let warnings: [String]
}

extension OffboardingView {
    init(
        _ found: FoundConnection, _ related: RelatedConnections, tokensLeft: Int, keysDestroyed: Int = 0,
        refusal: LastSignIn = .init(state: .notTried, cause: nil, at: nil), block: BlockView? = nil
    ) {
        let app = found.app.value
        connection = found.connection.value.alias.description
        isRemoved = !related.sharingApp.isEmpty || keysDestroyed > 0
        self.keysDestroyed = keysDestroyed
        sharesAppWith = related.sharingApp
        self.tokensLeft = tokensLeft
        self.refusal = refusal
        self.block = block
        remains = Self.remains(app, found.connection.value, related)
        warnings = Self.warnings(refusal, tokensLeft: tokensLeft, related)
    }

    private static func remains(
        _ app: AppRecord, _ connection: ConnectionRecord, _ related: RelatedConnections
    ) -> [String] {
        let username = connection.username.description
        let user =
            related.sharingUser.isEmpty
            ? "The user \(username): remove it from the app's permission set, and deactivate it if nothing else signs in as it."
            : "Keep the user \(username): \(sentence(related.sharingUser, "signs", "sign")) in as it."
        guard related.sharingApp.isEmpty else { return [user] }
        let place = app.kind.deletingInSalesforce(named: app.nameInSetup)
        guard let key = app.consumerKey else {
            return [
                "Nothing that aprity knows of. The connection never had a Consumer Key, so it never signed in. If somebody made "
                    + "an app with this certificate, delete it: \(place)."
            ]
        }
        guard related.sharingConsumerKey.isEmpty else {
            return [
                "Keep the \(app.kind.label) with Consumer Key \(key): \(sentence(related.sharingConsumerKey, "has", "have")) "
                    + "this Consumer Key too.", user,
            ]
        }
        return [
            "The \(app.kind.label) with Consumer Key \(key), with its certificate and policies. Deleting it revokes all its tokens: \(place).",
            "The permission set that pre-authorizes it, if it is used for nothing else.",
            user,
        ]
    }

    /// `the connection bikes signs`, or `the connections bikes, tides sign`.
    private static func sentence(_ aliases: [String], _ one: String, _ several: String) -> String {
        aliases.count == 1
            ? "the connection \(aliases[0]) \(one)" : "the connections \(aliases.joined(separator: ", ")) \(several)"
    }

    private static func warnings(
        _ refusal: LastSignIn, tokensLeft: Int, _ related: RelatedConnections
    ) -> [String] {
        // The app of another connection must stay.
        let isShared = !related.sharingConsumerKey.isEmpty
        let stop =
            isShared
            ? "Check in Salesforce that the app has the other connection's certificate, not this one's."
            : "Block or delete the app in Salesforce."
        var warnings: [String] = []
        switch refusal.state {
        case .accepted:
            warnings.append(
                isShared
                    ? "The org still accepted the key: a copy of it could sign in. \(stop)"
                    : "The org still accepted the key. Block or delete the app in Salesforce: a copy of the key could sign in."
            )
        case .unanswered:
            warnings.append("aprity could not find out whether the org still accepts the key. \(stop)")
        case .notTried where refusal.cause == .blocked:
            warnings.append(
                "The app was blocked already, so aprity did not sign in to see whether the org still accepts the key. \(stop)"
            )
        case .refused, .notTried: break
        }
        if tokensLeft > 0 {
            warnings.append(
                "\(tokensLeft) token\(tokensLeft == 1 ? " is" : "s are") not confirmed as revoked."
                    + (isShared ? "" : " Deleting the app revokes them."))
        }
        return warnings
    }
}
