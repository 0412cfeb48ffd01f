internal import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird

/// The API's routes for metadata and its scheduled pulls.
struct MetadataRoutes: Sendable {
    let service: AppService

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get("connections/:alias/metadata/types", use: types)
        routes.get("connections/:alias/metadata/components", use: components)
        routes.get("connections/:alias/metadata/changes", use: changes)
        routes.get("connections/:alias/metadata/pull", use: status)
        routes.patch("connections/:alias/metadata/pull", use: schedule)
        routes.post("connections/:alias/metadata/pull", use: start)
        routes.get("connections/:alias/metadata/pull/record", use: record)
    }

    @Sendable private func types(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(await service.metadata.types(of: context.captured("alias"), as: context.principal))
    }

    @Sendable private func components(_ request: Request, _ context: ServerContext) async throws -> Response {
        let wanted = ListRequest(
            types: try request.uri.queryParameters["types"].map { try TypeNames.parse(String($0)) },
            includesInstalled: try request.flag("managed"), since: try Self.since(request))
        return try .json(
            await service.metadata.components(
                of: context.captured("alias"), wanted, as: context.principal, progress: { _ in }))
    }

    @Sendable private func changes(_ request: Request, _ context: ServerContext) async throws -> Response {
        let alias = try context.captured("alias")
        guard let time = try Self.since(request) else {
            return try .json(await service.pulls.changes(of: alias, as: context.principal))
        }
        return try .json(
            await service.metadata.changes(of: alias, since: .time(time), as: context.principal, progress: { _ in }))
    }

    @Sendable private func status(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(await service.pulls.status(of: context.captured("alias"), as: context.principal))
    }

    @Sendable private func schedule(_ request: Request, _ context: ServerContext) async throws -> Response {
        let body = try await request.json(
            PullPatchBody.self, accepting: ["application/merge-patch+json", "application/json"])
        return try .json(
            await service.pulls.schedule(context.captured("alias"), every: body.interval, as: context.principal))
    }

    @Sendable private func start(_ request: Request, _ context: ServerContext) async throws -> Response {
        let alias = try context.captured("alias")
        return try .json(
            await service.pulls.start(alias, as: context.principal), status: .accepted,
            headers: [.location: "\(APIRoutes.prefix)/connections/\(alias)/metadata/pull"])
    }

    @Sendable private func record(_ request: Request, _ context: ServerContext) async throws -> Response {
        let record = try await service.pulls.record(of: context.captured("alias"), as: context.principal)
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: record)))
    }

    private static func since(_ request: Request) throws -> Date? {
        try request.uri.queryParameters["since"].map { try Moment.parse(String($0)) }
    }
}

/// The body of `PATCH /connections/{alias}/metadata/pull`.
struct PullPatchBody: StrictBody {
    enum CodingKeys: String, CodingKey, CaseIterable { case everySeconds }

    /// `nil` for never.
    let interval: PullInterval?

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        interval =
            try members.decodeNil(forKey: .everySeconds)
            ? nil : PullInterval(seconds: members.decode(Int.self, forKey: .everySeconds))
    }
}
