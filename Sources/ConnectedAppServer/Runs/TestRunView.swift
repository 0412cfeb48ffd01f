internal import ConnectedApp
internal import Foundation
internal import HTTPTypes

/// A connection test as the API shows it: how far it is, then its result.
struct TestRunView: Codable, Sendable {
    enum State: String, Codable, Sendable {
        case running, finished, failed
    }

    let id: String
    let connection: String
    let state: State
    let startedAt: Date
    /// Those that have ended, in order.
    let steps: [TestView.Step]
    /// Where the state is `finished`.
    @ExplicitNull var result: TestView?
    /// Where the state is `failed`.
    @ExplicitNull var problem: ProblemView?

    init(_ run: TestRun) {
        let progress = run.progress
        id = run.id
        connection = run.alias
        startedAt = run.startedAt
        steps = progress.steps
        switch progress.ending {
        case nil:
            state = .running
            (result, problem) = (nil, nil)
        case .finished(let view):
            state = .finished
            (result, problem) = (view, nil)
        case .failed(let error):
            state = .failed
            var view = ProblemView(error)
            view.status = error.cause.httpStatus.code
            (result, problem) = (nil, view)
        }
    }
}
