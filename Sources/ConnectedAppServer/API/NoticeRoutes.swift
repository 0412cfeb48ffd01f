internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// The API's routes for certificate expiry and its notices.
struct NoticeRoutes: Sendable {
    let service: AppService
    let channels: [any NoticeChannel]

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get("certificates/check", use: checkAll)
        routes.get("connections/:alias/certificate/check", use: check)
        routes.get("notices", use: list)
        routes.post("notices/test", use: test)
        routes.get("connections/:alias/notices", use: show)
    }

    @Sendable private func checkAll(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(
            await service.notices.checkCertificates(
                of: nil, Self.thresholds(request), channels: channels, as: context.principal))
    }

    @Sendable private func check(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(
            await service.notices.checkCertificates(
                of: context.captured("alias"), Self.thresholds(request), as: context.principal))
    }

    @Sendable private func list(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(await service.notices.view(over: channels, limit: Self.limit(request), as: context.principal))
    }

    @Sendable private func show(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(
            await service.notices.view(
                of: context.captured("alias"), over: channels, limit: Self.limit(request), as: context.principal))
    }

    /// Answers 200 once every channel was tried. The body has the result of each.
    @Sendable private func test(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(await service.notices.test(over: channels, as: context.principal))
    }

    /// Reads `warn` and `critical`, in days.
    private static func thresholds(_ request: Request) throws -> ExpiryThresholds {
        try ExpiryThresholds(
            warn: number("warn", request) ?? ExpiryThresholds.standardWarn,
            critical: number("critical", request) ?? ExpiryThresholds.standardCritical)
    }

    /// Reads `limit`: from 1 to 1000, by default 50.
    private static func limit(_ request: Request) throws -> Int {
        let limit = try number("limit", request) ?? 50
        guard (1...1000).contains(limit) else {
            throw ConnectedAppError(.usage, detail: "limit must be from 1 to 1000.")
        }
        return limit
    }

    private static func number(_ name: String, _ request: Request) throws -> Int? {
        guard let text = request.uri.queryParameters[Substring(name)] else { return nil }
        guard let number = Int(text) else { throw ConnectedAppError(.usage, detail: "\(name) must be a whole number.") }
        return number
    }
}
