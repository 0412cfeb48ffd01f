internal import ConnectedApp
internal import Crypto
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import ServiceLifecycle

/// Tells open pages, over Server-Sent Events (HTML Living Standard), that they would look different now, for `live.js`.
///
/// Each event is named `changed`, and its ID is the digest of the page. A browser that reconnects sends the last ID, so it
/// misses no change.
struct LivePages: Sendable {
    /// The pause between two looks.
    static let pause = Duration.seconds(2)
    /// After this many looks the stream ends. The browser reconnects, and the server checks its session again.
    static let looks = 30

    let pages: Pages
    let surroundings: Surroundings

    /// Adds the stream of a connection's page.
    ///
    /// - Parameters:
    ///   - name: The last part of the page's path, after the connection's; empty for the connection's own page.
    ///   - shown: Returns the page as it would look now.
    func add(
        _ name: String, to routes: RouterGroup<ServerContext>,
        _ shown: @escaping @Sendable (_ alias: String, _ session: Session) async throws -> ShownPage
    ) {
        routes.get(RouterPath(Self.path("/connections/:alias", name))) { request, context in
            let (alias, session) = (try context.captured("alias"), try context.signedIn())
            let digest: @Sendable () async throws -> String = {
                Self.digest(of: try pages.html(try await shown(alias, session)))
            }
            let present = try await digest()
            return response(seen: request.headers[.lastEventID] ?? present, digest)
        }
    }

    /// The path of the stream of a connection's page.
    static func path(_ connectionPath: String, _ name: String) -> String {
        connectionPath + (name.isEmpty ? "" : "/" + name) + "/events"
    }

    private func response(seen: String, _ digest: @escaping @Sendable () async throws -> String) -> Response {
        // The page depends on who looks at it. The body is written after the request's task-local values are gone.
        let viewer = Viewer.current
        let changes = changes(since: seen) { try await Viewer.$current.withValue(viewer) { try await digest() } }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream"],
            body: ResponseBody { writer in
                // A comment, so that the browser knows that the stream has begun.
                try await writer.write(ByteBuffer(string: ": the page is watched\n\n"))
                // A server that shuts down does not wait for the browser.
                for await change in changes.cancelOnGracefulShutdown() {
                    try await writer.write(ByteBuffer(string: "id: \(change)\nevent: changed\ndata: {}\n\n"))
                }
                try await writer.finish(nil)
            })
    }

    /// The digests of the page, each time it differs from the last one.
    private func changes(
        since seen: String, _ digest: @escaping @Sendable () async throws -> String
    ) -> AsyncStream<String> {
        AsyncStream { continuation in
            let task = Task {
                var seen = seen
                for _ in 0..<Self.looks {
                    // The only failure is that the browser is gone.
                    guard (try? await surroundings.sleep(Self.pause)) != nil else { break }
                    // The page then shows its failure.
                    let present = (try? await digest()) ?? "failed"
                    if present != seen { continuation.yield(present) }
                    seen = present
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private static func digest(of html: String) -> String { SHA256.hash(data: Array(html.utf8)).prefix(16).hex }
}
