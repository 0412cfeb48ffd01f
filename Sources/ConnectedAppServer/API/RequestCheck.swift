internal import HTTPTypes
internal import Hummingbird

/// Rejects API requests with an unknown query parameter, or with an `Accept` that no response satisfies. If a
/// misspelt `limit` were ignored, the client would believe that its limit was applied.
struct RequestCheck: RouterMiddleware {
    /// The query parameters of each operation that has any. A test compares them with `openapi.yaml`.
    static let queryParameters: [String: Set<String>] = [
        "DELETE /api/v1/connections/{alias}": ["destroyKeys"],
        "GET /api/v1/connections": ["limit", "after"],
        "GET /api/v1/certificates/check": ["warn", "critical"],
        "GET /api/v1/connections/{alias}/certificate/check": ["warn", "critical"],
        "GET /api/v1/notices": ["limit"],
        "GET /api/v1/connections/{alias}/notices": ["limit"],
        "GET /api/v1/connections/{alias}/metadata/components": ["types", "since", "managed"],
        "GET /api/v1/connections/{alias}/metadata/changes": ["since"],
        "GET /api/v1/audit": ["connection", "act", "limit"],
    ]

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        try Self.checkQuery(request, path: context.endpointPath ?? "")
        try Self.checkAccept(request, path: context.endpointPath ?? "")
        return try await next(request, context)
    }

    private static func checkQuery(_ request: Request, path: String) throws(ServerRefusal) {
        let method: HTTPRequest.Method = request.method == .head ? .get : request.method
        let known = queryParameters["\(method.rawValue) \(path)"] ?? []
        guard let unknown = request.uri.queryParameters.map({ String($0.key) }).first(where: { !known.contains($0) })
        else { return }
        let list = known.isEmpty ? "none" : known.sorted().joined(separator: ", ")
        throw ServerRefusal(
            .requestMalformed,
            detail: "The query parameter \"\(unknown)\" is unknown at this address. Known parameters: \(list).")
    }

    /// Checks reads only. A change, above all a block, is carried out whatever the client accepts. Certificates and
    /// `openapi.yaml` have media types of their own, so they are not checked here.
    ///
    /// - Parameter path: The path of the operation, with names in place of values. The path of the request can end in a
    ///   connection's name, which may be `certificate` too.
    private static func checkAccept(_ request: Request, path: String) throws(ServerRefusal) {
        guard [.get, .head].contains(request.method), let accept = request.headers[.accept] else { return }
        guard !path.hasSuffix("/certificate"), !path.hasSuffix("/openapi.yaml") else { return }
        let answers = ["*/*", "application/*", "application/json", "application/problem+json"]
        guard AcceptedMediaTypes(accept).ranges.contains(where: answers.contains) else {
            throw ServerRefusal(.notAcceptable)
        }
    }
}
