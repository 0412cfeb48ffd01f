internal import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import JWTBearer

/// The API's routes for accounts and API tokens.
struct AccessRoutes: Sendable {
    let service: AppService

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get("users", use: listUsers)
        routes.post("users", use: addUser)
        routes.patch("users/:name", use: changeUser)
        routes.delete("users/:name", use: removeUser)
        routes.get("api-tokens", use: listTokens)
        routes.post("api-tokens", use: addToken)
        routes.delete("api-tokens/:name", use: revokeToken)
    }

    @Sendable private func listUsers(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(await service.accounts.all(as: context.principal).shown)
    }

    @Sendable private func addUser(_ request: Request, _ context: ServerContext) async throws -> Response {
        let body = try await request.json(NewUserBody.self)
        let view = try await service.accounts.add(
            body.name, role: body.role, password: Password(body.password), as: context.principal)
        return try .json(
            view, status: .created,
            headers: [.location: "\(APIRoutes.prefix)/users/\(PercentEncoding.escaped(view.name))"])
    }

    @Sendable private func changeUser(_ request: Request, _ context: ServerContext) async throws -> Response {
        let name = try context.captured("name")
        let body = try await request.json(
            UserPatchBody.self, accepting: ["application/merge-patch+json", "application/json"])
        // A password can be rejected. The role is then unchanged.
        if let password = body.password {
            try await service.accounts.setPassword(of: name, to: Password(password), as: context.principal)
        }
        if let role = body.role { _ = try await service.accounts.setRole(of: name, to: role, as: context.principal) }
        return try .json(await service.accounts.named(name, as: context.principal))
    }

    @Sendable private func removeUser(_ request: Request, _ context: ServerContext) async throws -> Response {
        try await service.accounts.remove(context.captured("name"), as: context.principal)
        return Response(status: .noContent)
    }

    @Sendable private func listTokens(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(await service.apiTokens.all(as: context.principal).shown)
    }

    @Sendable private func addToken(_ request: Request, _ context: ServerContext) async throws -> Response {
        let body = try await request.json(NewAPITokenBody.self)
        let made = try await service.apiTokens.add(
            body.name, scope: body.scope, connections: body.connections,
            days: body.expiresInDays ?? APITokens.standardLifetime, as: context.principal)
        return try .json(
            made, status: .created, headers: [.location: "\(APIRoutes.prefix)/api-tokens/\(made.name)"])
    }

    @Sendable private func revokeToken(_ request: Request, _ context: ServerContext) async throws -> Response {
        try await service.apiTokens.revoke(context.captured("name"), as: context.principal)
        return Response(status: .noContent)
    }
}

/// The body of `POST /users`.
struct NewUserBody: StrictBody {
    enum CodingKeys: String, CodingKey, CaseIterable { case name, role, password }

    let name: String
    let role: Role
    /// A secret.
    let password: String
}

/// The body of `PATCH /users/{name}`. Omitted members do not change.
struct UserPatchBody: StrictBody {
    enum CodingKeys: String, CodingKey, CaseIterable { case role, password }

    let role: Role?
    /// A secret.
    let password: String?
}

/// The body of `POST /api-tokens`.
struct NewAPITokenBody: StrictBody {
    enum CodingKeys: String, CodingKey, CaseIterable { case name, scope, connections, expiresInDays }

    let name: String
    let scope: APITokenScope
    /// `nil`: all connections.
    let connections: [String]?
    /// `nil`: ``APITokens/standardLifetime``.
    let expiresInDays: Int?
}
