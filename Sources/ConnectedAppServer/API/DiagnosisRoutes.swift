internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// The app as it should be, changes that spread, reports and assertions, in the JSON API.
struct DiagnosisRoutes: Sendable {
    let service: AppService
    let followers: ChangeFollowers
    let surroundings: Surroundings
    let principal: Principal

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get("connections/:alias/guides/:task", use: guide)
        routes.post("connections/:alias/app/check", use: checkApp)
        routes.post("connections/:alias/app/bundle", use: bundle)
        routes.post("connections/:alias/change", use: tellChange)
        routes.get("connections/:alias/change", use: showChange)
        routes.post("connections/:alias/report", use: report)
        routes.post("connections/:alias/repin", use: repin)
        routes.post("assertions/inspect", use: inspect)
    }

    @Sendable private func guide(_ request: Request, _ context: ServerContext) async throws -> Response {
        let name = try context.captured("task")
        guard let task = SetupTask(rawValue: name) else {
            let known = SetupTask.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConnectedAppError(.usage, subject: name, detail: "There is no such task; there are \(known).")
        }
        return try .json(await service.guides.guide(task, for: context.captured("alias"), as: principal))
    }

    @Sendable private func checkApp(_ request: Request, _ context: ServerContext) async throws -> Response {
        let body = try await request.json(AppCheckBody.self)
        return try .json(
            await service.appCheck.check(of: context.captured("alias"), approving: body.approve, as: principal))
    }

    @Sendable private func bundle(_ request: Request, _ context: ServerContext) async throws -> Response {
        let body = try await request.json(BundleBody.self)
        return try .json(await service.bundles.make(for: context.captured("alias"), body.request, as: principal))
    }

    @Sendable private func tellChange(_ request: Request, _ context: ServerContext) async throws -> Response {
        let alias = try context.captured("alias")
        let body = try await request.json(ChangeBody.self)
        let view = try await service.diagnosis.tellChange(of: alias, isNewApp: body.isNewApp, as: principal)
        await followers.follow(alias, as: principal)
        return try .json(
            view, status: .accepted, headers: [.location: "\(APIRoutes.prefix)/connections/\(alias)/change"])
    }

    @Sendable private func showChange(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(await service.diagnosis.change(of: context.captured("alias"), as: principal))
    }

    @Sendable private func report(_ request: Request, _ context: ServerContext) async throws -> Response {
        let body = try await request.json(ReportBody.self)
        return try .json(
            await service.diagnosis.report(on: context.captured("alias"), showingNames: body.showNames, as: principal))
    }

    @Sendable private func repin(_ request: Request, _ context: ServerContext) async throws -> Response {
        let body = try await request.json(RepinBody.self)
        return try .json(
            await service.connections.repin(context.captured("alias"), expecting: body.organizationID, as: principal))
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
struct AppCheckBody: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case approve }
    let approve: Bool

    init(from decoder: any Decoder) throws {
        try UnknownMembers.refuse(decoder, known: CodingKeys.self)
        approve = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(Bool.self, forKey: .approve) ?? false
    }
}

/// The body of `POST /connections/{alias}/app/bundle`.
struct BundleBody: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case appName, contactEmail, allowedSets, certificateEncoding }
    let request: BundleRequest

    init(from decoder: any Decoder) throws {
        try UnknownMembers.refuse(decoder, known: CodingKeys.self)
        let members = try decoder.container(keyedBy: CodingKeys.self)
        request = BundleRequest(
            appName: try members.decodeIfPresent(String.self, forKey: .appName) ?? "aprity",
            contactEmail: try members.decode(String.self, forKey: .contactEmail),
            allowedSets: try members.decodeIfPresent([String].self, forKey: .allowedSets),
            encoding: try members.decodeIfPresent(CertificateEncoding.self, forKey: .certificateEncoding) ?? .body)
    }
}

/// The body of `POST /connections/{alias}/change`.
struct ChangeBody: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case isNewApp }
    let isNewApp: Bool?

    init(from decoder: any Decoder) throws {
        try UnknownMembers.refuse(decoder, known: CodingKeys.self)
        isNewApp = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(Bool.self, forKey: .isNewApp)
    }
}

/// The body of `POST /connections/{alias}/report`.
struct ReportBody: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case showNames }
    let showNames: Bool

    init(from decoder: any Decoder) throws {
        try UnknownMembers.refuse(decoder, known: CodingKeys.self)
        showNames =
            try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(Bool.self, forKey: .showNames) ?? false
    }
}

/// The body of `POST /connections/{alias}/repin`.
struct RepinBody: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case organizationID }
    let organizationID: String

    init(from decoder: any Decoder) throws {
        try UnknownMembers.refuse(decoder, known: CodingKeys.self)
        organizationID = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .organizationID)
    }
}

/// The body of `POST /assertions/inspect`.
struct AssertionBody: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case assertion, certificate }
    let assertion: String
    /// PEM.
    let certificate: String?

    init(from decoder: any Decoder) throws {
        try UnknownMembers.refuse(decoder, known: CodingKeys.self)
        let members = try decoder.container(keyedBy: CodingKeys.self)
        assertion = try members.decode(String.self, forKey: .assertion)
        certificate = try members.decodeIfPresent(String.self, forKey: .certificate)
    }
}
