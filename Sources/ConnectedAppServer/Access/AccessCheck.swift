internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// Who sends a request, as far as a route needs to know.
struct Caller: Sendable {
    let principal: Principal
    /// The connections that the caller may see; `nil`: all.
    var connections: [Alias]?
}

/// Lets a request through if its route's row in ``Permissions`` allows it, and sets what ``ServerContext`` knows about
/// the sender. Requests for a page without a session are redirected to the sign-in page.
///
/// It must run after ``HostCheck`` and before every check of a request's content.
///
/// Throws ``ServerRefusal``: `.signInRequired`, `.forbidden`, `.formRefused` for a form whose session has probably
/// expired, `.tooManyAttempts` after too many wrong tokens, `.notFound` for a route without a row; ``ConnectedAppError``
/// with the causes of a failing store.
struct AccessCheck: RouterMiddleware {
    let sessions: SessionGate
    let programs: ProgramGate
    let monitors: MonitorGate

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        // There is no such path. The router answers.
        guard let path = context.endpointPath else { return try await next(request, context) }
        guard Permissions.has(path: path) else { throw ServerRefusal(.notFound) }
        // A path without this method: `SettingsServer` has added a route that answers 405.
        guard let admission = Permissions.admission(request.method == .head ? .get : request.method, path) else {
            return try await next(request, context)
        }
        var context = context
        switch admission {
        case .anyone: break
        case .session(let right):
            guard let visit = try await sessions.visit(request, isSecure: context.isSecure) else {
                return try SessionGate.redirect(request)
            }
            try visit.check(right)
            context.session = visit.session
            context.caller = Caller(principal: visit.session.principal)
            context.viewer = visit.viewer
            return try await Viewer.$current.withValue(visit.viewer) { try await next(request, context) }
        case .program(let right, let showsOnlyOwn):
            context.caller = try await programs.caller(request, context, right, showsOnlyOwn: showsOnlyOwn)
        case .monitor: try await monitors.check(request)
        }
        return try await next(request, context)
    }
}

/// Returns the bearer token of an `Authorization` header, or `nil` if it has another scheme.
enum BearerToken {
    static func text(in field: String) -> String? {
        let words = field.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        return String(words[1])
    }
}
