internal import Foundation

/// The moments at which a test kills a command. They are spread over the time that the command takes. A run that ends
/// before its signal shortens this time, so that a slow machine cannot let all runs end first. One in four moments is
/// after the time, so that the command's work makes progress.
struct KillMoments {
    /// The number of moments.
    let steps: Int
    private(set) var killed = 0
    private var whole: Duration
    private var number = 0

    /// Measures an action and uses its time as the command's.
    init(steps: Int, of action: () async throws -> Void) async throws {
        self.steps = steps
        whole = try await ContinuousClock().measure { try await action() }
    }

    /// Runs a command and kills it at the next moment.
    ///
    /// - Returns: Whether it was killed before it ended.
    @discardableResult
    mutating func kill(_ aprity: AprityProcess, _ words: [String]) async throws -> Bool {
        let wait = whole * (number % (steps + steps / 3) + 1) / steps
        number += 1
        let start = ContinuousClock.now
        let outcome = try await aprity.whileRunning(words) { program in
            while !program.hasEnded, ContinuousClock.now - start < wait { try await Task.sleep(for: .milliseconds(1)) }
            guard !program.hasEnded else { return }
            program.send(number: SIGKILL)
        }
        guard outcome.status != -SIGKILL else {
            killed += 1
            return true
        }
        whole = min(whole, ContinuousClock.now - start)
        return false
    }
}
