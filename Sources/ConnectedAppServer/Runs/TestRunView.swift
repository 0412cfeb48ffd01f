internal import ConnectedApp
internal import Foundation
internal import HTTPTypes

/// A connection test as the API shows it: its progress, then its result. The property names and the raw values are
/// JSON; `openapi.yaml` describes them.
struct TestRunView: Codable, Sendable {
    enum State: String, Codable, Sendable {
        case running, finished, failed
        /// The server was stopped before the verdict.
        case interrupted
    }

    let id: String
    let connection: String
    let state: State
    let startedAt: Date
    /// The steps that have ended, in the order in which they ran.
    let steps: [TestView.Step]
    /// The result, if the state is `finished`.
    @ExplicitNull var result: TestView?
    /// Why there is no verdict, if the state is `failed`; why the test is not in the history, if it is `finished`.
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
        case .finished(let view, let unsaved):
            state = .finished
            (result, problem) = (view, unsaved.map(Self.problem))
        case .failed(let error):
            state = .failed
            (result, problem) = (nil, Self.problem(error))
        case .interrupted:
            state = .interrupted
            (result, problem) = (nil, nil)
        }
    }

    private static func problem(_ error: ConnectedAppError) -> ProblemView {
        var view = ProblemView(error)
        view.status = error.cause.httpStatus.code
        return view
    }
}
