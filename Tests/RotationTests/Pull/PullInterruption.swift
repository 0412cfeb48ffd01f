import ConnectedApp
import Foundation
import Synchronization

/// Cancels a pull at one of its progress messages.
final class PullInterruption: Sendable {
    private let isMoment: @Sendable (_ number: Int, PullProgress) -> Bool
    private let onMoment: @Sendable () -> Void
    private let state = Mutex<(count: Int, task: Task<PullView, any Error>?, isCancelled: Bool)>((0, nil, false))

    /// Copies the files at the same moment, as a process leaves them that is killed then.
    ///
    /// - Parameter moment: The number of the message, from 1.
    init(at moment: Int, copying home: URL, to copy: URL) {
        isMoment = { number, _ in number == moment }
        // There is nothing to copy before the pull has written anything.
        onMoment = { try? FileManager.default.copyItem(at: home, to: copy) }
    }

    /// - Parameter isMoment: Whether a message is the one.
    init(whenever isMoment: @escaping @Sendable (PullProgress) -> Bool) {
        self.isMoment = { isMoment($1) }
        onMoment = {}
    }

    func start(_ pull: @escaping @Sendable () async throws -> PullView) async -> Result<PullView, any Error> {
        let task = Task { try await pull() }
        state.withLock {
            $0.task = task
            if $0.isCancelled { task.cancel() }
        }
        return await task.result
    }

    var show: @Sendable (PullProgress) -> Void {
        { [self] progress in
            state.withLock { state in
                state.count += 1
                guard !state.isCancelled, isMoment(state.count, progress) else { return }
                onMoment()
                state.isCancelled = true
                state.task?.cancel()
            }
        }
    }
}
