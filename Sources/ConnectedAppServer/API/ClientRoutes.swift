internal import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import JWTBearer

/// The API's routes for the clients of the gateway.
struct ClientRoutes: Sendable {
    let service: AppService

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get("connections/:alias/clients", use: list)
        routes.post("connections/:alias/clients", use: addClient)
        routes.get("connections/:alias/clients/:name", use: show)
        routes.delete("connections/:alias/clients/:name", use: revoke)
    }

    @Sendable private func list(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(await service.clients.all(of: context.captured("alias"), as: context.principal).shown)
    }

    @Sendable private func show(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(
            await service.clients.named(
                context.captured("name"), of: context.captured("alias"), as: context.principal))
    }

    @Sendable private func addClient(_ request: Request, _ context: ServerContext) async throws -> Response {
        let alias = try context.captured("alias")
        let body = try await request.json(NewClientBody.self)
        let new = NewClient(
            name: body.name, lifetime: body.expiresInSeconds,
            rights: ClientRights(
                types: body.types, objects: body.objects, callsPerHour: body.callsPerHour,
                callsPerDay: body.callsPerDay, addresses: body.addresses ?? []))
        let made = try await service.clients.add(new, to: alias, as: context.principal)
        let path = "\(APIRoutes.prefix)/connections/\(PercentEncoding.escaped(alias))/clients/\(made.name)"
        return try .json(made, status: .created, headers: [.location: path])
    }

    @Sendable private func revoke(_ request: Request, _ context: ServerContext) async throws -> Response {
        try await service.clients.revoke(
            context.captured("name"), of: context.captured("alias"), as: context.principal)
        return Response(status: .noContent)
    }
}

/// The body of `POST /connections/{alias}/clients`. Omitted members set no limit.
struct NewClientBody: StrictBody {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case name, expiresInSeconds, types, objects, callsPerHour, callsPerDay, addresses
    }

    let name: String
    let expiresInSeconds: Int
    let types: [String]?
    let objects: [String]?
    let callsPerHour: Int?
    let callsPerDay: Int?
    let addresses: [String]?
}
