internal import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import ServiceLifecycle

/// A test's steps as Server-Sent Events (HTML Living Standard, "Server-sent events"), for `test-run.js`.
///
/// Each step is an event named `step`, with the step's number as its ID and a ``StepRow`` in JSON as its data. The last
/// event is named `end`.
struct TestRunEvents: Sendable {
    let run: TestRun

    /// Returns the stream of events. It starts after the step that `Last-Event-ID` names, so that a browser that
    /// reconnects misses none.
    func response(to request: Request) -> Response {
        let last = request.headers[.lastEventID].flatMap { Int($0) } ?? 0
        let events = run.events(after: last)
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream"],
            body: ResponseBody { writer in
                // A server that shuts down does not wait for the test.
                for await event in events.cancelOnGracefulShutdown() {
                    try await writer.write(ByteBuffer(string: Self.text(event)))
                }
                try await writer.finish(nil)
            })
    }

    private static func text(_ event: TestRun.Event) throws -> String {
        switch event {
        case .step(let number, let step):
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let row = try encoder.encode(StepRow(number: number, step))
            // JSON escapes a line break as \n, so no value can end the field early.
            return "id: \(number)\nevent: step\ndata: \(String(decoding: row, as: UTF8.self))\n\n"
        case .ended: return "event: end\ndata: {}\n\n"
        }
    }
}

extension HTTPField.Name {
    static let lastEventID = Self("Last-Event-ID")!  // a valid field name, so it never traps
}
