package import Foundation
internal import Synchronization

/// Time that stands still until a test moves it: one value drives what is read and what is waited for.
///
/// A test that expects somebody to wait calls ``sleepers(atLeast:)`` first, which returns once they do, then
/// ``advance(by:)``.
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

        /// Those whose number of sleepers is reached.
        mutating func satisfiedWatchers() -> [Watcher] {
            let satisfied = watchers.filter { $0.count <= sleepers.count }
            watchers.removeAll { $0.count <= sleepers.count }
            return satisfied
        }
    }

    private let state: Mutex<State>

    /// - Parameter now: Where time stands at first; 2026-11-23, 12:00 UTC where none is given.
    package init(now: Date = Date(timeIntervalSince1970: 1_795_435_200)) {
        state = Mutex(State(now: now))
    }

    package var now: Date { state.withLock { $0.now } }

    /// Waits until the time has been moved far enough, or the task is cancelled.
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
        // Cancelled between the question above and the registration: nobody else would wake it.
        if Task.isCancelled {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Returns once at least so many tasks wait.
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

    /// Moves the time on and wakes those whose time has come, the earliest first.
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
