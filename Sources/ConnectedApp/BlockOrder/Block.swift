internal import Foundation

/// An app's block: who ordered it and why, and the times at which its facts became true.
struct Block: Codable, Sendable, Equatable {
    let reason: String
    let principal: Principal
    let orderedAt: Date
    /// When every process that might have signed had seen the block, or its lease had expired.
    var noSignatureAt: Date?
    /// The same for processes that might have returned or used a token.
    var noHandOutAt: Date?
    /// When the org's API had refused every token that aprity knows.
    var knownTokensDeadAt: Date?
    /// How many tokens those were.
    package var knownTokens: Int?
    /// How many sign-ins have no recorded outcome. Each may have returned a token.
    package var unknownTokens: Int?
    /// A pass that lets one test sign in despite the block. It is removed when it is used.
    var pass: String?
    /// The compromised key, if that is the reason.
    var compromise: Compromise?
    /// How often the block was ordered; `nil`: once.
    private var timesOrdered: Int?

    init(reason: String, principal: Principal, orderedAt: Date) {
        self.reason = reason
        self.principal = principal
        self.orderedAt = orderedAt
    }

    /// The block after it was ordered once more. This invalidates a pass.
    func orderedAgain() -> Block {
        var block = self
        block.pass = nil
        block.timesOrdered = orders + 1
        return block
    }

    /// Records that each process has seen the block, or that its lease has expired.
    mutating func confirmLeases(_ now: Date) {
        noSignatureAt = noSignatureAt ?? now
        noHandOutAt = noHandOutAt ?? now
    }

    /// How often it was ordered. An unblocking that began before the last order must not lift it.
    var orders: Int { timesOrdered ?? 1 }

    /// Salesforce's longest session time-out. A token expires when it has not been used for this long.
    static let longestSessionTimeout: TimeInterval = 24 * 3600
    /// The maximum length of a reason in characters. It makes an order fit into its file.
    static let longestReason = 500
}
