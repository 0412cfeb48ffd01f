package import Foundation

/// An app's block, as it is shown: four facts, each with a time.
///
/// A JSON document; the property names must not change.
package struct BlockView: Codable, Sendable, Equatable {
    /// The raw values are part of the JSON and of the audit record; they must not change.
    package enum FactID: String, Codable, Sendable, CaseIterable {
        /// No process signs for the app any more.
        case noNewSignature
        /// No process hands out or uses a token of the app any more.
        case noNewHandOut
        /// The org refuses every token that aprity knows.
        case knownTokensDead
        /// The ledger has the outcome of every sign-in of the last day, so aprity knows every token of that day.
        case unknownTokensBounded
    }

    package struct Fact: Codable, Sendable, Equatable {
        package let id: FactID
        package let isTrue: Bool
        /// When it became true. For ``FactID/unknownTokensBounded``: when signing stopped, because the ledger has no
        /// time for it. `null` if the fact is not true, or if that time could not be stored.
        @ExplicitNull package var at: Date?
        /// One or more sentences that say why it is true or what it waits for.
        package let because: String
    }

    /// The connections of the app, sorted; of every app if the block covers every app. If the store cannot be read, the
    /// connection that was named.
    package let connections: [String]
    /// Whether the block covers every app because the store could not say which app was meant.
    package let coversEveryApp: Bool
    /// Whether the store has the block. If not, the block order file has it, and aprity copies it to the store later.
    let isInStore: Bool
    package let reason: String
    /// `channel:name`; see ``Principal``.
    package let orderedBy: String
    package let orderedAt: Date
    /// All four facts, in the order of ``FactID``.
    package let facts: [Fact]
    /// How many known tokens the org may still accept; 0 also if the store cannot be read.
    let tokensLeft: Int
    /// The steps that block the app in Salesforce too.
    package let inSalesforce: [String]
}

extension BlockView {
    /// Creates the view of a block in the store.
    ///
    /// - Parameters:
    ///   - appName: The app's name in Setup; `nil` if it is not known.
    ///   - tokens: The app's tokens that the org may still accept.
    ///   - unfinished: How many sign-ins of the last day have no outcome.
    init(
        _ block: Block, connections: [String], kind: AppKind, appName: String?, tokens: [OutstandingToken],
        unfinished: Int
    ) {
        self.connections = connections
        coversEveryApp = false
        isInStore = true
        reason = block.reason
        orderedBy = block.principal.description
        orderedAt = block.orderedAt
        tokensLeft = tokens.count
        inSalesforce = kind.blockingInSalesforce(named: appName).map(\.text)
        facts = [
            Fact(
                id: .noNewSignature, isTrue: block.noSignatureAt != nil, at: block.noSignatureAt,
                because: block.noSignatureAt == nil
                    ? "Processes that may still sign have up to five seconds to notice."
                    : "Each process has seen the block, or its lease has expired."),
            Fact(
                id: .noNewHandOut, isTrue: block.noHandOutAt != nil, at: block.noHandOutAt,
                because: block.noHandOutAt == nil
                    ? "Processes that may still hand out a token have up to five seconds to notice."
                    : "No process of aprity hands out or uses a token any more."),
            Fact(
                id: .knownTokensDead, isTrue: block.knownTokensDeadAt != nil && tokens.isEmpty,
                at: tokens.isEmpty ? block.knownTokensDeadAt : nil,
                because: Self.knownTokens(block, tokens)),
            Fact(
                id: .unknownTokensBounded, isTrue: unfinished == 0,
                at: unfinished == 0 ? block.noSignatureAt : nil,
                because: Self.unknownTokens(block, unfinished)),
        ]
    }

    /// Creates the view of a block that is in force, although the command ended before it had recorded everything.
    ///
    /// - Parameters:
    ///   - isInStore: Whether the store has the block; otherwise the order file has it.
    ///   - tokens: The app's tokens that the org may still accept; `nil` if the store cannot be read.
    ///   - failure: Why the command ended; `nil` if it was interrupted.
    init(
        _ block: Block, connections: [String], coversEveryApp: Bool, isInStore: Bool, kind: AppKind, appName: String?,
        tokens: [OutstandingToken]?, failure: Cause?
    ) {
        let stored = BlockView(
            block, connections: connections, kind: kind, appName: appName, tokens: tokens ?? [], unfinished: 0)
        let holder =
            isInStore
            ? "The store holds the block, but "
            : "The block order file holds the block, and aprity copies it to the store as soon as the store can be written; "
        let waits =
            holder + (failure.map { "the last attempt failed: \($0.rawValue)." } ?? "the command was interrupted.")
        self.init(
            connections: connections, coversEveryApp: coversEveryApp, isInStore: isInStore, reason: stored.reason,
            orderedBy: stored.orderedBy, orderedAt: stored.orderedAt,
            facts: stored.facts.map { fact in
                switch fact.id {
                case .noNewSignature, .noNewHandOut: fact
                case .knownTokensDead, .unknownTokensBounded: Fact(id: fact.id, isTrue: false, at: nil, because: waits)
                }
            },
            tokensLeft: stored.tokensLeft, inSalesforce: stored.inSalesforce)
    }

    private static func knownTokens(_ block: Block, _ tokens: [OutstandingToken]) -> String {
        guard block.knownTokensDeadAt == nil || !tokens.isEmpty else {
            let count = block.revokedTokens ?? 0
            if count == 0 { return "aprity knew of no token." }
            return (count == 1 ? "1 token was" : "\(count) tokens were")
                + " revoked at Salesforce and then refused by the org's API."
        }
        let causes = Set(tokens.compactMap(\.lastCause)).sorted().joined(separator: ", ")
        return (tokens.count == 1 ? "1 token" : "\(tokens.count) tokens")
            + " must still be revoked at Salesforce; a running server and each further block try again"
            + (causes.isEmpty ? "." : " (the last attempt: \(causes)).")
    }

    private static func unknownTokens(_ block: Block, _ unfinished: Int) -> String {
        guard unfinished > 0 else { return "The ledger has the outcome of every sign-in of the last day." }
        let signIns =
            unfinished == 1
            ? "1 sign-in of the last day has no outcome (still running, or its process died)"
            : "\(unfinished) sign-ins of the last day have no outcome (still running, or their processes died)"
        let end = block.orderedAt.addingTimeInterval(Block.longestSessionTimeout)
        return """
            \(signIns), so there may be a token that aprity does not know. If it is not used, it expires by \
            \(end.ISO8601Format()), after Salesforce's longest session time-out. If it is used, only blocking the app in \
            Salesforce ends it.
            """
    }
}

/// The result of an attempt to unblock an app. A JSON document; the property names must not change.
package struct UnblockView: Codable, Sendable {
    /// Whether the app may be used again.
    package let isUnblocked: Bool
    /// The connection test that decided it.
    package let test: TestView
}
