internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// The JSON API. `openapi.yaml` describes it, and a test compares the two.
struct APIRoutes: Sendable {
    /// The path of the API, without the final slash. All routes are below it.
    static let prefix = "/api/v1"

    let service: AppService
    let runs: TestRuns
    let followers: ChangeFollowers
    let surroundings: Surroundings
    var noticeChannels: [any NoticeChannel] = []

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get("connections", use: list)
        routes.post("connections", use: create)
        routes.get("connections/:alias", use: show)
        routes.patch("connections/:alias", use: change)
        routes.delete("connections/:alias", use: remove)
        routes.get("connections/:alias/certificate", use: certificate)
        routes.post("connections/:alias/test", use: startTest)
        routes.get("connections/:alias/tests", use: listTests)
        routes.get("connections/:alias/tests/:run", use: showTest)
        BlockAndAuditRoutes(service: service).add(to: routes)
        RotationRoutes(service: service).add(to: routes)
        MetadataRoutes(service: service).add(to: routes)
        NoticeRoutes(service: service, channels: noticeChannels).add(to: routes)
        AccessRoutes(service: service).add(to: routes)
        ClientRoutes(service: service).add(to: routes)
        TrustPolicyRoutes(service: service).add(to: routes)
        DiagnosisRoutes(
            service: service, followers: followers, surroundings: surroundings
        ).add(to: routes)
        routes.get("openapi.yaml", use: document)
    }

    @Sendable private func list(_ request: Request, _ context: ServerContext) async throws -> Response {
        let allowed = context.caller?.connections.map { Set($0.map(\.description)) }
        guard let page = try ConnectionListPage(request) else {
            let all = try await service.connections.all(as: context.principal)
            return try .json(all.filter { allowed?.contains($0.alias) ?? true })
        }
        let found = try await service.connections.page(
            after: page.after, limit: page.limit, among: allowed, as: context.principal)
        var response = try Response.json(found.views)
        if found.hasMore, let last = found.views.last {
            response.headers[ConnectionListPage.link] = page.next(after: last.alias)
        }
        return response
    }

    @Sendable private func create(_ request: Request, _ context: ServerContext) async throws -> Response {
        let body = try await request.json(NewConnectionBody.self)
        let view = try await service.connections.add(body.connection, as: context.principal)
        return try Self.answer(
            view, status: .created, headers: [.location: "\(Self.prefix)/connections/\(view.alias)"])
    }

    @Sendable private func show(_ request: Request, _ context: ServerContext) async throws -> Response {
        try Self.answer(await service.connections.named(context.captured("alias"), as: context.principal))
    }

    @Sendable private func change(_ request: Request, _ context: ServerContext) async throws -> Response {
        let alias = try context.captured("alias")
        let expected = try RevisionTag.expected(by: request)
        var changes = try await request.json(
            ConnectionPatchBody.self, accepting: ["application/merge-patch+json", "application/json"]
        ).changes
        changes.expectedRevision = expected
        return try await mismatchIsPreconditionFailed {
            try Self.answer(await service.connections.change(alias, changes, as: context.principal))
        }
    }

    @Sendable private func remove(_ request: Request, _ context: ServerContext) async throws -> Response {
        let alias = try context.captured("alias")
        let expected = try RevisionTag.expected(by: request)
        return try await mismatchIsPreconditionFailed {
            let destroysKeys = try request.flag("destroyKeys")
            return try .json(
                await service.blocks.offboard(
                    alias, destroysKeys: destroysKeys, expectedRevision: expected, as: context.principal))
        }
    }

    @Sendable private func certificate(_ request: Request, _ context: ServerContext) async throws -> Response {
        let form = try CertificateForm(accept: request.headers[.accept])
        let alias = try context.captured("alias")
        let certificate = try await service.certificates.current(of: alias, as: context.principal)
        return try await form.download(certificate, of: alias, from: service, as: context.principal)
    }

    @Sendable private func startTest(_ request: Request, _ context: ServerContext) async throws -> Response {
        let run = try await runs.start(context.captured("alias"), as: context.principal)
        return try .json(
            TestRunView(run), status: .accepted,
            headers: [.location: "\(Self.prefix)/connections/\(run.alias)/tests/\(run.id)"])
    }

    @Sendable private func showTest(_ request: Request, _ context: ServerContext) async throws -> Response {
        let run = try await runs.find(context.captured("run"), of: context.captured("alias"), as: context.principal)
        return try .json(TestRunView(run))
    }

    @Sendable private func listTests(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(
            await service.diagnosis.tests(of: context.captured("alias"), as: context.principal).map(
                TestSummaryView.init))
    }

    @Sendable private func document(_ request: Request, _ context: ServerContext) async throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/yaml"],
            body: .init(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml)))
    }

    /// Returns a connection with its revision as `ETag`.
    private static func answer(
        _ view: ConnectionView, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) throws -> Response {
        var headers = headers
        headers[.eTag] = RevisionTag.text(view.revision)
        return try .json(view, status: status, headers: headers)
    }

    /// Performs a change that has `If-Match`, and reports `.recordChanged` as `.revisionMismatch`.
    private func mismatchIsPreconditionFailed(_ body: () async throws -> Response) async throws -> Response {
        do { return try await body() } catch let error as ConnectedAppError where error.cause == .recordChanged {
            throw ServerRefusal(.revisionMismatch)
        }
    }
}

extension Request {
    /// Returns a query parameter that is `true` or `false`; `false` if it is missing.
    ///
    /// - Throws: ``ConnectedAppError`` with `.usage` for any other value.
    func flag(_ name: String) throws -> Bool {
        switch uri.queryParameters[Substring(name)] {
        case nil, "false": return false
        case "true": return true
        default: throw ConnectedAppError(.usage, detail: "The query parameter \(name) must be true or false.")
        }
    }
}
