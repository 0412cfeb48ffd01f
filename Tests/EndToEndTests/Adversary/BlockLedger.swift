internal import Foundation

/// Records what a run's commands claimed about blocks, and when, and judges the run.
///
/// A block of a connection is *firm* from the moment at which a command acknowledged it, unless an unblocking ran while
/// the command did, until an unblocking of that connection begins.
actor BlockLedger {
    private var firmSince: [String: ContinuousClock.Instant] = [:]
    /// The number of unblockings that run now.
    private var unblocking: [String: Int] = [:]
    private var begun: [String: Int] = [:]
    private(set) var violations: [String] = []
    private(set) var acknowledged = 0
    private(set) var handedOut = 0
    private(set) var refused = 0
    private let start = ContinuousClock.now
    private var lines: [String] = []

    /// The events with their times in milliseconds, for reading after a violation.
    var history: String { lines.joined(separator: "\n") }

    func note(_ what: String) { lines.append("\((ContinuousClock.now - start) / .milliseconds(1)) \(what)") }

    /// Returns how many unblockings have begun; `nil` while one runs. Call it before a blocking command starts.
    func unblockings(_ alias: String) -> Int? { unblocking[alias, default: 0] > 0 ? nil : begun[alias, default: 0] }

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

    /// Returns since when no token may be given out. Call it before a command starts.
    func firm(_ alias: String) -> ContinuousClock.Instant? { firmSince[alias] }

    /// - Parameter before: The result of ``firm(_:)`` before the use began.
    func used(_ alias: String, _ what: String, succeeded: Bool, before: ContinuousClock.Instant?) {
        if succeeded { handedOut += 1 } else { refused += 1 }
        // Only if it is still the same block, because no unblocking began in between.
        guard succeeded, let before, firmSince[alias] == before else { return }
        violations.append("\(what) of \(alias) succeeded although its block was acknowledged before it began")
    }

    func signIns(_ alias: String, _ count: Int, after earlier: Int, since before: ContinuousClock.Instant) {
        guard count > earlier, firmSince[alias] == before else { return }
        violations.append("\(count - earlier) sign-ins of \(alias) reached the org after its block was acknowledged")
    }

    func claim(_ what: String) { violations.append(what) }
}
