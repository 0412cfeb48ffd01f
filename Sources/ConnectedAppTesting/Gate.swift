internal import Synchronization

/// Suspends tasks until a test opens the gate.
package final class Gate: Sendable {
    private struct State {
        var isOpen = false
        /// The tasks in ``Gate/pass()``.
        var waiting: [CheckedContinuation<Void, Never>] = []
        /// The tasks in ``Gate/arrival()``.
        var watching: [CheckedContinuation<Void, Never>] = []
        /// How many times ``Gate/pass()`` was called.
        var arrivals = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// Suspends until the gate is open.
    package func pass() async {
        await withCheckedContinuation { continuation in
            let (isOpen, watching) = state.withLock { state in
                state.arrivals += 1
                if !state.isOpen { state.waiting.append(continuation) }
                defer { state.watching = [] }
                return (state.isOpen, state.watching)
            }
            for watcher in watching { watcher.resume() }
            if isOpen { continuation.resume() }
        }
    }

    /// Suspends until a task has called ``pass()``. Returns at once if one has called it before.
    package func arrival() async {
        await withCheckedContinuation { continuation in
            let hasArrived = state.withLock { state in
                if state.arrivals == 0 { state.watching.append(continuation) }
                return state.arrivals > 0
            }
            if hasArrived { continuation.resume() }
        }
    }

    /// Opens the gate for good: for the tasks that wait, and for all later ones.
    package func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
