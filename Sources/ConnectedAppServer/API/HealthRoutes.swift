internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// Health checks for supervisors and load balancers. They need no token and therefore reveal nothing but the status and
/// the code of a failure.
struct HealthRoutes: Sendable {
    let service: AppService

    /// The property names are JSON.
    private struct Health: Encodable {
        let status: String
        /// The cause's code; omitted if the process is ready.
        var code: String?
    }

    func add(to router: Router<ServerContext>) {
        router.get("/livez") { _, _ in try Response.json(Health(status: HealthCheck.live.word)) }
        router.get("/readyz", use: ready)
    }

    /// Ready means that the store can be read and is still the one at its path, the master key decrypts every
    /// connection's records, and the block order file is intact.
    @Sendable private func ready(_ request: Request, _ context: ServerContext) async throws -> Response {
        do {
            try await service.checkReadiness()
            return try .json(Health(status: HealthCheck.ready.word))
        } catch let error as ConnectedAppError {
            return try .json(Health(status: "not ready", code: error.cause.rawValue), status: .serviceUnavailable)
        }
    }
}
