internal import Foundation

/// What a run's commands claimed of blocks, and when: the judge of a run.
///
/// A block is *firm* for a connection from the moment at which a command acknowledged it, unless an unblocking ran at any
/// time while the command did; until an unblocking of that connection begins.
actor BlockLedger {
    private var firmSince: [String: ContinuousClock.Instant] = [:]
    /// How many unblockings run now.
    private var unblocking: [String: Int] = [:]
    private var begun: [String: Int] = [:]
    private(set) var violations: [String] = []
    private(set) var acknowledged = 0
    private(set) var handedOut = 0
    private(set) var refused = 0
    private let start = ContinuousClock.now
    private var lines: [String] = []

    /// What happened when, in milliseconds: to be read if there are violations.
    var history: String { lines.joined(separator: "\n") }

    func note(_ what: String) { lines.append("\((ContinuousClock.now - start) / .milliseconds(1)) \(what)") }

    /// How many unblockings have begun; `nil` while one runs. To be asked before a blocking command is started.
    func unblockings(_ alias: String) -> Int? { unblocking[alias, default: 0] > 0 ? nil : begun[alias, default: 0] }

    /// - Parameter earlier: What ``unblockings(_:)`` said before the command was started. The order may have come long
    ///   before the command ends, and an unblocking that looked after the order may lift it.
    func acknowledge(_ aliases: [String], since earlier: [String: Int]) {
        acknowledged += 1
        for alias in aliases {
            guard let now = unblockings(alias), now == earlier[alias] else { continue }
            note("block of \(alias) is firm")
            firmSince[alias] = firmSince[alias] ?? .now
        }
    }

    func unblockBegins(_ alias: String) {
        note("unblocking of \(alias) begins")
        firmSince[alias] = nil
        unblocking[alias, default: 0] += 1
        begun[alias, default: 0] += 1
    }

    func unblockEnds(_ alias: String) { unblocking[alias, default: 0] -= 1 }

    /// The moment since when nothing may be handed out; to be asked before a command is started.
    func firm(_ alias: String) -> ContinuousClock.Instant? { firmSince[alias] }

    /// - Parameter before: What ``firm(_:)`` said when the use began.
    func used(_ alias: String, _ what: String, succeeded: Bool, before: ContinuousClock.Instant?) {
        if succeeded { handedOut += 1 } else { refused += 1 }
        // Still the same block: nobody began to unblock it meanwhile.
        guard succeeded, let before, firmSince[alias] == before else { return }
        violations.append("\(what) of \(alias) succeeded although its block was acknowledged before it began")
    }

    func signIns(_ alias: String, _ count: Int, after earlier: Int, since before: ContinuousClock.Instant) {
        guard count > earlier, firmSince[alias] == before else { return }
        violations.append("\(count - earlier) sign-ins of \(alias) reached the org after its block was acknowledged")
    }

    func claim(_ what: String) { violations.append(what) }
}
