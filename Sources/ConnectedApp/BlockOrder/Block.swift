internal import Foundation

/// An app's block: who ordered it and why, and the times at which its facts became true.
///
/// Stored; the names of ``CodingKeys`` must not change.
struct Block: Codable, Sendable, Equatable {
    /// See ``checkedReason(_:)``.
    let reason: String
    let principal: Principal
    let orderedAt: Date
    /// When every process that might have signed had seen the block, or its lease had expired; `nil`: not yet.
    var noSignatureAt: Date?
    /// The same for processes that might have handed out or used a token.
    var noHandOutAt: Date?
    /// When the org's API had refused every token that aprity knows; `nil`: not yet.
    var knownTokensDeadAt: Date?
    /// How many tokens were revoked since the block; `nil`: none.
    package var revokedTokens: Int?
    /// A one-time permission: a random text that lets one test sign in despite the block. It is removed when it is
    /// used. `nil` if there is none.
    var pass: String?
    /// The report of a compromised key; `nil` if there is none.
    var compromise: Compromise?
    /// See ``orders``; `nil`: once.
    private var timesOrdered: Int?

    private enum CodingKeys: String, CodingKey {
        case reason, principal, orderedAt, noSignatureAt, noHandOutAt, knownTokensDeadAt
        case revokedTokens = "knownTokens"
        case pass, compromise, timesOrdered
    }

    init(reason: String, principal: Principal, orderedAt: Date) {
        self.reason = reason
        self.principal = principal
        self.orderedAt = orderedAt
    }

    /// The block after it was ordered once more. Reason, principal and time stay those of the first order. This
    /// invalidates a pass.
    func orderedAgain() -> Block {
        var block = self
        block.pass = nil
        block.timesOrdered = orders + 1
        return block
    }

    /// Records that each process has seen the block, or that its lease has expired. If that is recorded already, the
    /// times stay.
    mutating func confirmLeases(_ now: Date) {
        noSignatureAt = noSignatureAt ?? now
        noHandOutAt = noHandOutAt ?? now
    }

    /// How often the block was ordered. An unblocking that began before the last order must not lift it.
    var orders: Int { timesOrdered ?? 1 }

    /// Salesforce's longest session time-out, in seconds. A token expires when it has not been used for this long.
    static let longestSessionTimeout: TimeInterval = 24 * 3600
    /// The maximum length of a reason in characters.
    static let longestReason = 500
    /// The maximum length of a reason in bytes, as JSON. An order with such a reason fits into its file; see
    /// ``BlockOrderSeal/sealed(_:)``.
    static let largestReason = 2000

    /// Returns the reason without the white space around it and without secrets, because it is stored and shown.
    ///
    /// - Throws: ``ConnectedAppError`` with `.usage` if it is empty or too long.
    static func checkedReason(_ text: String) throws -> String {
        let reason = OrgWords.withoutSecrets(text.trimmingCharacters(in: .whitespacesAndNewlines))
        guard (1...longestReason).contains(reason.count) else {
            throw ConnectedAppError(.usage, detail: "Give a reason of 1 to \(longestReason) characters.")
        }
        let size = try JSONEncoder().encode(reason).count
        guard size <= largestReason else {
            throw ConnectedAppError(
                .usage,
                detail:
                    "Encoded as JSON, the reason takes \(size) bytes; at most \(largestReason) are allowed. Give a shorter one, "
                    + "or use simpler characters.")
        }
        return reason
    }
}
