internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// The API's routes for certificate rotation.
struct RotationRoutes: Sendable {
    let service: AppService

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get("connections/:alias/rotation", use: show)
        routes.post("connections/:alias/rotation", use: begin)
        routes.get("connections/:alias/rotation/certificate", use: certificate)
        routes.post("connections/:alias/rotation/upload", use: recordUpload)
        routes.post("connections/:alias/rotation/abort", use: abort)
        routes.post("connections/:alias/rotation/rollback", use: rollBack)
    }

    @Sendable private func show(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(await service.rotations.view(of: context.captured("alias"), as: context.principal))
    }

    @Sendable private func begin(_ request: Request, _ context: ServerContext) async throws -> Response {
        let alias = try context.captured("alias")
        let body = try await request.json(NewRotationBody.self, isOptional: true)
        return try .json(
            await service.rotations.begin(body.rotation, of: alias, as: context.principal), status: .created)
    }

    @Sendable private func certificate(_ request: Request, _ context: ServerContext) async throws -> Response {
        let form = try CertificateForm(accept: request.headers[.accept])
        let alias = try context.captured("alias")
        let certificate = try await service.certificates.next(of: alias, as: context.principal)
        return try await form.download(certificate, of: alias, from: service, as: context.principal)
    }

    @Sendable private func recordUpload(_ request: Request, _ context: ServerContext) async throws -> Response {
        let alias = try context.captured("alias")
        let body = try await request.json(UploadBody.self, isOptional: true)
        return try .json(
            await service.rotations.confirmUpload(of: alias, consumerKey: body.consumerKey, as: context.principal))
    }

    @Sendable private func abort(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(await service.rotations.abort(of: context.captured("alias"), as: context.principal))
    }

    @Sendable private func rollBack(_ request: Request, _ context: ServerContext) async throws -> Response {
        try .json(await service.rotations.rollBack(of: context.captured("alias"), as: context.principal))
    }
}

/// The body of `POST /connections/{alias}/rotation`. Omitted members keep the defaults of ``NewRotation``.
struct NewRotationBody: StrictBody {
    enum CodingKeys: String, CodingKey, CaseIterable { case secondApp, appKind, keySize, keyStore, certificateDays }

    let secondApp: Bool?
    let appKind: AppKind?
    let keySize: KeySize?
    let keyStore: KeyStoreKind?
    let certificateDays: Int?

    var rotation: NewRotation {
        NewRotation(
            inSecondApp: secondApp ?? false, appKind: appKind, keySize: keySize, keyStore: keyStore,
            certificateDays: certificateDays)
    }
}

/// The body of `POST /connections/{alias}/rotation/upload`.
struct UploadBody: StrictBody {
    enum CodingKeys: String, CodingKey, CaseIterable { case consumerKey }

    /// The second app's Consumer Key, if the rotation uses a second app.
    let consumerKey: String?
}
