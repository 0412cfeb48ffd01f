package import Foundation

/// An app's block: who ordered it and why, and each of four facts with the moment at which it became true.
package struct Block: Codable, Sendable, Equatable {
    package let reason: String
    package let principal: Principal
    package let orderedAt: Date
    /// Every process that might have signed has seen the block, or its lease ran out.
    package var noSignatureAt: Date?
    /// The same of handing out and forwarding tokens.
    package var noHandOutAt: Date?
    /// Every token that aprity knows was refused by the org's API.
    package var knownTokensDeadAt: Date?
    /// How many those were.
    package var knownTokens: Int?
    /// Sign-ins whose outcome nobody wrote down, each of which may have brought a token.
    package var unknownTokens: Int?
    /// The one test that may sign in in spite of the block; gone when it was used.
    package var pass: String?
    /// Why, where a key is in other hands.
    package var compromise: Compromise?
    /// `nil`: once.
    private var timesOrdered: Int?

    package init(reason: String, principal: Principal, orderedAt: Date) {
        self.reason = reason
        self.principal = principal
        self.orderedAt = orderedAt
    }

    /// The block after it was ordered once more: no pass for an unblocking is good any more.
    func orderedAgain() -> Block {
        var block = self
        block.pass = nil
        block.timesOrdered = orders + 1
        return block
    }

    /// Each process has seen the block, or its lease has expired.
    mutating func confirmLeases(_ now: Date) {
        noSignatureAt = noSignatureAt ?? now
        noHandOutAt = noHandOutAt ?? now
    }

    /// How often it was ordered. An unblocking that began before the last order must not lift it.
    package var orders: Int { timesOrdered ?? 1 }

    /// Salesforce's longest session time-out: a token that nobody uses is dead after so long at the latest.
    package static let longestSessionTimeout: TimeInterval = 24 * 3600
    /// A reason has at most so many characters, so that an order for a block fits its file.
    package static let longestReason = 500
}
