internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// The API's routes for blocks, compromised keys, the sign-in budget and the audit record.
struct BlockAndAuditRoutes: Sendable {
    let service: AppService

    func add(to routes: RouterGroup<ServerContext>) {
        routes.put("block", use: blockAll)
        routes.get("connections/:alias/block", use: showBlock)
        routes.put("connections/:alias/block", use: block)
        routes.post("connections/:alias/unblock", use: unblock)
        routes.get("connections/:alias/compromise", use: showCompromise)
        routes.post("connections/:alias/compromise", use: changeCompromise)
        routes.delete("connections/:alias/compromise", use: withdrawCompromise)
        routes.get("connections/:alias/budget", use: budget)
        routes.patch("connections/:alias/budget", use: setBudget)
        routes.get("audit", use: audit)
        routes.get("audit/verification", use: verify)
    }

    @Sendable private func blockAll(_ request: Request, _ context: ServerContext) async throws -> Response {
        let body = try await request.json(BlockBody.self)
        return try .json(await service.blocks.block(nil, reason: body.reason, as: context.principal))
    }

    @Sendable private func block(_ request: Request, _ context: ServerContext) async throws -> Response {
        let alias = try context.captured("alias")
        let body = try await request.json(BlockBody.self)
        let views = try await service.blocks.block(alias, reason: body.reason, as: context.principal)
        guard let view = views.first else { throw ConnectedAppError(.internalError) }
        return try .json(view)
    }

    @Sendable private func showBlock(_ request: Request, _ context: ServerContext) async throws -> Response {
        let alias = try context.captured("alias")
        guard let view = try await service.blocks.view(of: alias, as: context.principal) else {
            throw ConnectedAppError(.notBlocked, subject: alias)
        }
        return try .json(view)
    }

    @Sendable private func unblock(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(await service.blocks.unblock(context.captured("alias"), as: context.principal))
    }

    @Sendable private func showCompromise(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(await service.blocks.compromise(of: context.captured("alias"), as: context.principal))
    }

    /// `fact`: confirms it. `reason`: reports the key as compromised. Neither: continues.
    @Sendable private func changeCompromise(_ request: Request, _ context: ServerContext) async throws -> Response {
        let alias = try context.captured("alias")
        let body = try await request.json(CompromiseBody.self, isOptional: true)
        if let fact = body.fact {
            return try .json(await service.blocks.confirm(fact, of: alias, as: context.principal))
        }
        guard let reason = body.reason else {
            return try .json(await service.blocks.continueCompromise(of: alias, as: context.principal))
        }
        return try .json(
            await service.blocks.reportCompromise(
                of: alias, reason: reason, replacement: .init(inSecondApp: body.secondApp), as: context.principal))
    }

    @Sendable private func withdrawCompromise(_ request: Request, _ context: ServerContext) async throws -> Response {
        try await service.blocks.withdrawCompromise(of: context.captured("alias"), as: context.principal)
        return Response(status: .noContent)
    }

    @Sendable private func budget(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(await service.tokens.budget(of: context.captured("alias"), as: context.principal))
    }

    @Sendable private func setBudget(_ request: Request, _ context: ServerContext) async throws -> Response {
        let alias = try context.captured("alias")
        let body = try await request.json(
            BudgetBody.self, accepting: ["application/merge-patch+json", "application/json"])
        return try .json(
            await service.tokens.setBudget(
                of: alias, perHour: body.perHour, reserve: body.reserve, as: context.principal))
    }

    @Sendable private func audit(_ request: Request, _ context: ServerContext) async throws -> Response {
        let query = request.uri.queryParameters
        let limit = query["limit"].map { Int($0) ?? 0 } ?? 50
        let act = query["act"].map { AuditEvent.Act(rawValue: String($0)) }
        guard (1...1000).contains(limit) else {
            throw ConnectedAppError(.usage, detail: "limit must be from 1 to 1000.")
        }
        // `act` is given but unknown.
        if case .some(nil) = act {
            throw ConnectedAppError(
                .usage, subject: query["act"].map { String($0) },
                detail: "There is no act with this name. `GET /audit` shows the act of each entry in `act`.")
        }
        return try .json(
            await service.audit.records(
                connection: query["connection"].map { String($0) }, act: act.flatMap { $0 }, limit: limit,
                as: context.principal
            ))
    }

    @Sendable private func verify(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(await service.audit.verify(as: context.principal))
    }
}

/// The body of `PUT /block` and `PUT /connections/{alias}/block`.
struct BlockBody: StrictBody {
    enum CodingKeys: String, CodingKey, CaseIterable { case reason }

    /// Saved in the audit record.
    let reason: String
}

/// The body of `PATCH /connections/{alias}/budget`. Omitted members do not change.
struct BudgetBody: StrictBody {
    enum CodingKeys: String, CodingKey, CaseIterable { case perHour, reserve }

    let perHour: Int?
    let reserve: Int?
}
