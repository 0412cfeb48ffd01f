internal import Foundation

/// Records what a run's commands claimed about blocks, and when, and judges the run.
///
/// A block of a connection becomes *firm* when a command acknowledges it, provided that no unblocking ran while the
/// command did. It stays firm until an unblocking of that connection begins.
actor BlockLedger {
    /// By alias, like the two below.
    private var firmSince: [String: ContinuousClock.Instant] = [:]
    /// The number of unblockings that run now.
    private var unblocking: [String: Int] = [:]
    /// The number of unblockings that have begun.
    private var begun: [String: Int] = [:]
    /// What must never happen, in sentences.
    private(set) var violations: [String] = []
    /// The number of commands that acknowledged a block.
    private(set) var acknowledged = 0
    /// The number of commands that got a token.
    private(set) var handedOut = 0
    /// The number of commands that got no token.
    private(set) var refused = 0
    private let start = ContinuousClock.now
    private var lines: [String] = []

    /// The events with their times in milliseconds, for reading after a violation.
    var history: String { lines.joined(separator: "\n") }

    /// Adds a line to the history.
    func note(_ what: String) { lines.append("\((ContinuousClock.now - start) / .milliseconds(1)) \(what)") }

    /// Returns how many unblockings have begun; `nil` while one runs. Call it before a blocking command starts.
    func unblockings(_ alias: String) -> Int? { unblocking[alias, default: 0] > 0 ? nil : begun[alias, default: 0] }

    /// Records that a command acknowledged the block of these connections.
    ///
    /// - Parameter earlier: The results of ``unblockings(_:)`` before the command started. The block may have been
    ///   ordered long before the command ends, and a later unblocking may lift it.
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

    /// Returns since when no token may be handed out, or `nil` if tokens may be. Call it before a command starts.
    func firm(_ alias: String) -> ContinuousClock.Instant? { firmSince[alias] }

    /// Records a command that used the connection, and a violation if it succeeded during a firm block.
    ///
    /// - Parameters:
    ///   - what: The command, for the violation.
    ///   - before: The result of ``firm(_:)`` before the command started.
    func used(_ alias: String, _ what: String, succeeded: Bool, before: ContinuousClock.Instant?) {
        if succeeded { handedOut += 1 } else { refused += 1 }
        // Only if it is still the same block, because no unblocking began in between.
        guard succeeded, let before, firmSince[alias] == before else { return }
        violations.append("\(what) of \(alias) succeeded although its block was acknowledged before it began")
    }

    /// Records a violation if sign-ins reached the org during a firm block.
    ///
    /// - Parameters:
    ///   - count: The number of sign-ins that the org has received by now.
    ///   - earlier: Their number when the block was already firm.
    ///   - before: The result of ``firm(_:)`` at that time.
    func signIns(_ alias: String, _ count: Int, after earlier: Int, since before: ContinuousClock.Instant) {
        guard count > earlier, firmSince[alias] == before else { return }
        violations.append("\(count - earlier) sign-ins of \(alias) reached the org after its block was acknowledged")
    }

    /// Records a false claim of a command as a violation.
    func claim(_ what: String) { violations.append(what) }
}
