internal import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import JWTBearer

/// The API's routes for the trust policies of connections.
struct TrustPolicyRoutes: Sendable {
    let service: AppService

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get("connections/:alias/trust-policies", use: list)
        routes.post("connections/:alias/trust-policies", use: addPolicy)
        routes.delete("connections/:alias/trust-policies/:name", use: remove)
    }

    @Sendable private func list(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(await service.trustPolicies.all(of: context.captured("alias"), as: context.principal).shown)
    }

    @Sendable private func addPolicy(_ request: Request, _ context: ServerContext) async throws -> Response {
        let alias = try context.captured("alias")
        let body = try await request.json(NewTrustPolicyBody.self)
        let new = NewTrustPolicy(
            name: body.name, issuer: body.issuer, audience: body.audience, subject: body.subject,
            claims: body.claims ?? [:], certificateAuthoritiesPEM: body.certificateAuthoritiesPEM,
            rights: ClientRights(
                types: body.types, objects: body.objects, callsPerHour: body.callsPerHour,
                callsPerDay: body.callsPerDay, addresses: body.addresses ?? []))
        let view = try await service.trustPolicies.add(new, to: alias, as: context.principal)
        let path = "\(APIRoutes.prefix)/connections/\(PercentEncoding.escaped(alias))/trust-policies"
        return try .json(view, status: .created, headers: [.location: path])
    }

    @Sendable private func remove(_ request: Request, _ context: ServerContext) async throws -> Response {
        try await service.trustPolicies.remove(
            context.captured("name"), of: context.captured("alias"), as: context.principal)
        return Response(status: .noContent)
    }
}

/// The body of `POST /connections/{alias}/trust-policies`. Omitted members set no limit.
struct NewTrustPolicyBody: StrictBody {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case name, issuer, audience, subject, claims, certificateAuthoritiesPEM
        case types, objects, callsPerHour, callsPerDay, addresses
    }

    let name: String
    let issuer: String
    let audience: String
    let subject: String
    let claims: [String: String]?
    let certificateAuthoritiesPEM: String?
    let types: [String]?
    let objects: [String]?
    let callsPerHour: Int?
    let callsPerDay: Int?
    let addresses: [String]?
}
