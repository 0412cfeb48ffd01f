internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// The API's routes for guides, app checks, changes, reports and assertions.
struct DiagnosisRoutes: Sendable {
    let service: AppService
    let followers: ChangeFollowers
    let surroundings: Surroundings

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get("connections/:alias/guides/:task", use: guide)
        routes.post("connections/:alias/app/check", use: checkApp)
        routes.post("connections/:alias/app/bundle", use: bundle)
        routes.post("connections/:alias/change", use: recordChange)
        routes.get("connections/:alias/change", use: showChange)
        routes.post("connections/:alias/report", use: report)
        routes.post("connections/:alias/repin", use: repin)
        routes.post("assertions/inspect", use: inspect)
    }

    @Sendable private func guide(_ request: Request, _ context: ServerContext) async throws -> Response {
        let name = try context.captured("task")
        guard let task = SetupTask(rawValue: name) else {
            let known = SetupTask.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConnectedAppError(.usage, subject: name, detail: "There is no such task. Known tasks: \(known).")
        }
        return try .json(await service.guides.guide(task, for: context.captured("alias"), as: context.principal))
    }

    @Sendable private func checkApp(_ request: Request, _ context: ServerContext) async throws -> Response {
        let body = try await request.json(AppCheckBody.self, isOptional: true)
        return try .json(
            await service.appCheck.check(
                of: context.captured("alias"), approving: body.approve ?? false, as: context.principal))
    }

    @Sendable private func bundle(_ request: Request, _ context: ServerContext) async throws -> Response {
        let body = try await request.json(BundleBody.self)
        return try .json(
            await service.bundles.make(for: context.captured("alias"), body.request, as: context.principal))
    }

    @Sendable private func recordChange(_ request: Request, _ context: ServerContext) async throws -> Response {
        let alias = try context.captured("alias")
        let body = try await request.json(ChangeBody.self, isOptional: true)
        let view = try await service.diagnosis.reportChange(of: alias, isNewApp: body.isNewApp, as: context.principal)
        try await followers.follow(alias, as: context.principal)
        return try .json(
            view, status: .accepted, headers: [.location: "\(APIRoutes.prefix)/connections/\(alias)/change"])
    }

    @Sendable private func showChange(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(await service.diagnosis.change(of: context.captured("alias"), as: context.principal))
    }

    @Sendable private func report(_ request: Request, _ context: ServerContext) async throws -> Response {
        let body = try await request.json(ReportBody.self, isOptional: true)
        return try .json(
            await service.diagnosis.report(
                on: context.captured("alias"), showingNames: body.showNames ?? false, as: context.principal))
    }

    @Sendable private func repin(_ request: Request, _ context: ServerContext) async throws -> Response {
        let body = try await request.json(RepinBody.self)
        return try .json(
            await service.connections.repin(
                context.captured("alias"), expecting: body.organizationID, as: context.principal))
    }

    @Sendable private func inspect(_ request: Request, _ context: ServerContext) async throws -> Response {
        let body = try await request.json(AssertionBody.self)
        return try .json(
            AssertionView(
                inspecting: Array(body.assertion.utf8),
                certificateFile: body.certificate.map { CredentialFile(pem: $0) }, now: surroundings.now()))
    }
}

/// The body of `POST /connections/{alias}/app/check`.
struct AppCheckBody: StrictBody {
    enum CodingKeys: String, CodingKey, CaseIterable { case approve }

    /// Whether to save the settings found as approved; `false` if it is omitted.
    let approve: Bool?
}

/// The body of `POST /connections/{alias}/app/bundle`.
struct BundleBody: StrictBody {
    enum CodingKeys: String, CodingKey, CaseIterable { case appName, contactEmail, allowedSets, certificateEncoding }

    /// `nil`: `aprity`.
    let appName: String?
    let contactEmail: String
    /// The permission sets that pre-authorize users; `nil`: `Aprity_Integration` alone.
    let allowedSets: [String]?
    /// `nil`: `.body`.
    let certificateEncoding: CertificateEncoding?

    var request: BundleRequest {
        BundleRequest(
            appName: appName ?? "aprity", contactEmail: contactEmail, allowedSets: allowedSets,
            encoding: certificateEncoding ?? .body)
    }
}

/// The body of `POST /connections/{alias}/change`.
struct ChangeBody: StrictBody {
    enum CodingKeys: String, CodingKey, CaseIterable { case isNewApp }

    /// `nil`: the app is new for 30 minutes after its Consumer Key was set.
    let isNewApp: Bool?
}

/// The body of `POST /connections/{alias}/report`.
struct ReportBody: StrictBody {
    enum CodingKeys: String, CodingKey, CaseIterable { case showNames }

    /// Whether usernames and the Consumer Key are shown in full; `false` if it is omitted.
    let showNames: Bool?
}

/// The body of `POST /connections/{alias}/repin`.
struct RepinBody: StrictBody {
    enum CodingKeys: String, CodingKey, CaseIterable { case organizationID }

    /// The ID of the org to pin the connection to.
    let organizationID: String
}

/// The body of `POST /assertions/inspect`.
struct AssertionBody: StrictBody {
    enum CodingKeys: String, CodingKey, CaseIterable { case assertion, certificate }

    /// The signed JWT.
    let assertion: String
    /// The certificate to verify the signature with, in PEM.
    let certificate: String?
}
