internal import ConnectedApp
internal import Foundation
internal import Synchronization

/// A connection test, while it runs and after it ended.
final class TestRun: Sendable {
    enum Ending: Sendable {
        /// The test has a verdict. `unsaved` is why the test is not in the history; `nil` if it is.
        case finished(TestView, unsaved: ConnectedAppError?)
        /// The test has no verdict: the connection is gone, or the store cannot be read.
        case failed(ConnectedAppError)
        /// The server was stopped before the verdict.
        case interrupted
    }

    enum Event: Sendable {
        /// A step ended. Numbers start at 1.
        case step(Int, TestView.Step)
        case ended
    }

    struct Progress: Sendable {
        var steps: [TestView.Step] = []
        /// `nil` while the test runs.
        var ending: Ending?
    }

    private struct State {
        var progress = Progress()
        var followers: [AsyncStream<Event>.Continuation] = []
    }

    /// 32 hexadecimal digits.
    let id: String
    let alias: String
    let startedAt: Date
    private let state = Mutex(State())

    init(id: String, alias: String, startedAt: Date) {
        self.id = id
        self.alias = alias
        self.startedAt = startedAt
    }

    /// Restores a test from the history.
    convenience init(_ record: TestRecord) {
        self.init(id: record.id, alias: record.view.connection, startedAt: record.startedAt)
        state.withLock {
            $0.progress = Progress(steps: record.view.steps, ending: .finished(record.view, unsaved: nil))
        }
    }

    var progress: Progress { state.withLock { $0.progress } }
    var isRunning: Bool { progress.ending == nil }

    /// Adds a step that ended. Must not be called after ``end(_:)``.
    func add(_ step: TestView.Step) {
        state.withLock { state in
            state.progress.steps.append(step)
            for follower in state.followers { follower.yield(.step(state.progress.steps.count, step)) }
        }
    }

    /// Ends the test and its event streams. Call it once.
    func end(_ ending: Ending) {
        let followers = state.withLock { state in
            state.progress.ending = ending
            defer { state.followers = [] }
            return state.followers
        }
        for follower in followers {
            follower.yield(.ended)
            follower.finish()
        }
    }

    /// Returns a stream of the steps after a number, in order: first those that have ended, then each as it ends. The
    /// last event is `.ended`.
    ///
    /// - Parameter number: The number of the last step that the caller has; 0 for none.
    func events(after number: Int) -> AsyncStream<Event> {
        // The buffer needs no limit: a test has few steps, each with one event, and one for the end.
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self)
        state.withLock { state in
            let steps = state.progress.steps
            for (index, step) in steps.enumerated().dropFirst(max(0, number)) {
                continuation.yield(.step(index + 1, step))
            }
            if state.progress.ending == nil {
                state.followers.append(continuation)
            } else {
                continuation.yield(.ended)
                continuation.finish()
            }
        }
        return stream
    }
}
