internal import Foundation

/// The moments at which a test kills a command: spread over the time that the command takes, which shrinks to that of
/// each run that ended before its signal. So what the machine does besides cannot let all of them end. One in four comes
/// after that time, so that the command's work goes on.
struct KillMoments {
    /// How many moments the time is cut into.
    let steps: Int
    private(set) var killed = 0
    private var whole: Duration
    private var number = 0

    /// Takes the time of an action as that of the command.
    init(steps: Int, of action: () async throws -> Void) async throws {
        self.steps = steps
        whole = try await ContinuousClock().measure { try await action() }
    }

    /// Runs a command and sends it SIGKILL at the next moment.
    ///
    /// - Returns: Whether it was killed, and had not ended by itself.
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
