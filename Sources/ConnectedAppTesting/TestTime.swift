package import Foundation
internal import Synchronization

/// A clock that only a test advances. It drives both the current time and sleeping.
///
/// If a test expects a task to sleep, it first awaits ``sleepers(atLeast:)``, which returns when the task sleeps, and
/// then calls ``advance(by:)``.
package final class TestTime: Sendable {
    private struct Sleeper {
        let wakesAt: Date
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct Watcher {
        let count: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now: Date
        var nextID = 0
        var sleepers: [Int: Sleeper] = [:]
        var watchers: [Watcher] = []

        /// Removes and returns the watchers whose number of sleepers is reached.
        mutating func satisfiedWatchers() -> [Watcher] {
            let satisfied = watchers.filter { $0.count <= sleepers.count }
            watchers.removeAll { $0.count <= sleepers.count }
            return satisfied
        }
    }

    private let state: Mutex<State>

    /// - Parameter now: The initial time; 2026-11-23, 12:00 UTC by default.
    package init(now: Date = Date(timeIntervalSince1970: 1_795_435_200)) {
        state = Mutex(State(now: now))
    }

    package var now: Date { state.withLock { $0.now } }

    /// Suspends until the time has been advanced far enough. Returns at once if the duration is not positive.
    ///
    /// - Throws: `CancellationError` if the task is cancelled.
    package func sleep(_ duration: Duration) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in register(id, duration, continuation) }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
        }
    }

    private func register(_ id: Int, _ duration: Duration, _ continuation: CheckedContinuation<Void, any Error>) {
        guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
        let watchers: [Watcher]? = state.withLock { state in
            let seconds = duration / .seconds(1)
            guard seconds > 0 else { return nil }
            state.sleepers[id] = Sleeper(
                wakesAt: state.now.addingTimeInterval(seconds), continuation: continuation)
            return state.satisfiedWatchers()
        }
        guard let watchers else { return continuation.resume() }
        for watcher in watchers { watcher.continuation.resume() }
        // The task was cancelled between the check above and the registration; nothing else would wake it.
        if Task.isCancelled {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Suspends until at least `count` tasks sleep at the same time.
    package func sleepers(atLeast count: Int = 1) async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                if state.sleepers.count >= count { return true }
                state.watchers.append(Watcher(count: count, continuation: continuation))
                return false
            }
            if isReached { continuation.resume() }
        }
    }

    /// Advances the time and wakes the tasks that are due, the earliest first. Does not wait until they have run.
    package func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.now.addTimeInterval(duration / .seconds(1))
            let now = state.now
            let due = state.sleepers.filter { $0.value.wakesAt <= now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.sorted { ($0.value.wakesAt, $0.key) < ($1.value.wakesAt, $1.key) }.map(\.value)
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }
}
