import ConnectedApp
import Foundation
import Synchronization

/// Cancels a pull at one of its progress messages, and copies the files at that moment, as a process leaves them that is
/// killed then.
final class PullInterruption: Sendable {
    private let moment: Int
    private let home: URL
    private let copy: URL
    private let state = Mutex<(count: Int, task: Task<PullView, any Error>?, isCancelled: Bool)>((0, nil, false))

    init(at moment: Int, copying home: URL, to copy: URL) {
        self.moment = moment
        self.home = home
        self.copy = copy
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
        { [self] _ in
            state.withLock { state in
                state.count += 1
                guard state.count == moment else { return }
                try? FileManager.default.copyItem(at: home, to: copy)
                state.isCancelled = true
                state.task?.cancel()
            }
        }
    }
}
