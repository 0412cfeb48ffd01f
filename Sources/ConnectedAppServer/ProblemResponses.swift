internal import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Logging

/// Turns every error into a response: a problem document for programs, a page for browsers.
///
/// Rethrows a cancellation and the cause of a ``BodyInterrupted``. Unexpected errors are logged by type only, because
/// their text may contain a secret.
struct ProblemResponses: RouterMiddleware {
    let pages: Pages
    let authority: ServedAuthority
    let sessions: SessionGate

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        do { return try await next(request, context) } catch let error as CancellationError {
            throw error
        } catch let error as BodyInterrupted {
            // The client is gone. Any client can cause this, so it is not logged. If the bytes are not HTTP, the HTTP
            // layer answers 400.
            throw error.underlying
        } catch {
            let problem = Problem(known: error) ?? Self.unexpected(error, context)
            guard !Self.isForProgram(request) else { return try problem.document(instance: request.uri.path) }
            return try await page(problem, request)
        }
    }

    /// The page has the header and the navigation if somebody is signed in.
    private func page(_ problem: Problem, _ request: Request) async throws -> Response {
        guard let visit = await visit(request) else { return try pages.problem(problem, formToken: nil) }
        return try Viewer.$current.withValue(visit.viewer) {
            try pages.problem(problem, formToken: visit.session.formToken)
        }
    }

    /// - Returns: `nil` also if the host was refused, or the store cannot be read. The problem says so then.
    private func visit(_ request: Request) async -> SessionGate.Visit? {
        guard authority.includes(request.head.authority) else { return nil }
        let visit = await sessions.surroundings.tolerating(.access) {
            try await sessions.visit(request, isSecure: authority.isSecure(request.head.authority))
        }
        return visit ?? nil
    }

    private static func unexpected(_ error: any Error, _ context: ServerContext) -> Problem {
        context.logger.error("Unexpected error", metadata: ["type": "\(type(of: error))"])
        return Problem(ConnectedAppError(.internalError, evidence: ["error": "\(type(of: error))"]))
    }

    private static func isForProgram(_ request: Request) -> Bool {
        let path = request.uri.path
        return path.hasPrefix("/api/") || path == "/livez" || path == "/readyz" || path == MetricsRoute.path
            || request.headers[.accept] == "text/event-stream"
    }
}
