internal import Dispatch
internal import Synchronization

/// Computes password hashes on threads of its own, a few at a time.
///
/// The newest request runs first. If too many wait, the oldest one is dropped, because its client has waited longest and
/// has probably gone. So a flood of guesses delays a right password by a moment, and cannot make it wait behind the
/// whole flood.
final class PasswordWork: Sendable {
    /// Computations at the same time. Each uses the memory of ``PasswordCost``.
    static let width = 2
    /// Requests that wait.
    static let capacity = 64

    struct Job: Sendable {
        let run: @Sendable () -> Void
        let drop: @Sendable () -> Void
    }

    private struct State {
        var running = 0
        /// The newest is the last.
        var waiting: [Job] = []
        var started = 0
    }

    private let state = Mutex(State())

    /// How many computations were started.
    var started: Int { state.withLock { $0.started } }

    /// Runs the body when a thread is free.
    ///
    /// - Throws: What the body throws; ``ConnectedAppError`` with `.passwordChecksBusy` if it was dropped.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            add(
                Job {
                    continuation.resume(with: Result { try body() })
                } drop: {
                    continuation.resume(throwing: ConnectedAppError(.passwordChecksBusy))
                })
        }
    }

    func add(_ job: Job) {
        let dropped = state.withLock { state -> Job? in
            state.waiting.append(job)
            return state.waiting.count > Self.capacity ? state.waiting.removeFirst() : nil
        }
        dropped?.drop()
        startNext()
    }

    private func startNext() {
        let job = state.withLock { state -> Job? in
            guard state.running < Self.width, let job = state.waiting.popLast() else { return nil }
            state.running += 1
            state.started += 1
            return job
        }
        guard let job else { return }
        DispatchQueue.global().async { [self] in
            job.run()
            state.withLock { $0.running -= 1 }
            startNext()
        }
    }
}
