internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// The page that makes a project which creates the app by one deployment. The browser downloads it as one archive.
struct BundlePages: Sendable {
    static let name = "bundle"

    let service: AppService
    let pages: Pages

    func add(to routes: RouterGroup<ServerContext>) {
        let path = RouterPath("connections/:alias/\(Self.name)")
        routes.get(path) { _, context in
            try pages.response(try await shown(context.captured("alias"), context.signedIn(), FormFields(), nil))
        }
        routes.post(path) { _, context in
            try await context.submit { alias, session in
                try await download(context.form.bundleRequest(), of: alias, as: session.principal)
            } refused: { alias, session, problem in
                try pages.response(
                    try await shown(alias, session, context.form, problem), status: problem.status)
            }
        }
    }

    /// Records the bundle and its certificate as downloaded, then returns the archive.
    private func download(
        _ request: BundleRequest, of alias: String, as principal: Principal
    ) async throws -> Response {
        let archive = service.bundles.archive(try await service.bundles.make(for: alias, request, as: principal))
        let certificate = try await service.certificates.current(of: alias, as: principal)
        try await service.certificates.recordDownload(
            of: certificate, for: alias, into: archive.fileName, as: principal)
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/zip",
                .contentDisposition: "attachment; filename=\"\(archive.fileName)\"",
            ],
            body: .init(byteBuffer: ByteBuffer(bytes: archive.bytes)))
    }

    private func shown(
        _ alias: String, _ session: Session, _ form: FormFields, _ problem: Problem?
    ) async throws -> ShownPage {
        let view = try await service.connections.named(alias, as: session.principal)
        return ShownPage(
            template: .bundle, content: BundlePage(view, form, session: session, problem: problem),
            frame: Pages.Frame(title: "Bundle of \(alias)", formToken: session.formToken, copies: true))
    }
}

extension FormFields {
    /// An empty field keeps the default of ``BundleRequest``.
    fileprivate func bundleRequest() -> BundleRequest {
        let sets = (text("allowedSets") ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
        return BundleRequest(
            appName: text("appName") ?? GuidedApp.proposedName, contactEmail: text("contactEmail"),
            allowedSets: sets.isEmpty ? nil : sets,
            encoding: value("certificateEncoding", as: CertificateEncoding.self) ?? .body)
    }
}

/// The page's content. The property names are the tags of `bundle.mustache`.
struct BundlePage {
    let place: ConnectionPlace
    let kind: String
    let username: String
    let folder: String
    let deployLine = BundleGuide.deployLine
    let assignLine: String
    let appName: String
    let contactEmail: String
    let allowedSets: String
    /// The forms of the certificate in the app's file; empty for a kind of app that has only one.
    let encodings: [FormChoice]
    /// Whether a sign-in has succeeded, so the app exists in the org.
    let hasApp: Bool
    let problem: ProblemCard?

    /// - Parameter form: What was entered; without a field, the page shows its default.
    init(_ view: ConnectionView, _ form: FormFields, session: Session, problem: Problem?) {
        place = ConnectionPlace(view.alias, page: BundlePages.name, session: session)
        kind = view.appKind.label
        username = view.username
        folder = BundleArchive.folder(of: view.alias)
        assignLine = BundleGuide.assignLine(to: view.username)
        appName = form["appName"] ?? GuidedApp.proposedName
        contactEmail = form["contactEmail"] ?? ""
        allowedSets = form["allowedSets"] ?? AppPermissionSet.integration.rawValue
        encodings = view.appKind == .externalClientApp ? Self.encodings(form) : []
        hasApp = view.organizationID != nil
        self.problem = problem.map(ProblemCard.init)
    }

    private static func encodings(_ form: FormFields) -> [FormChoice] {
        let chosen = form.value("certificateEncoding", as: CertificateEncoding.self) ?? .body
        return CertificateEncoding.allCases.map { encoding in
            let label =
                switch encoding {
                case .body: "Base64 on one line"
                case .pem: "PEM, with its BEGIN and END lines"
                }
            return FormChoice(value: encoding.rawValue, label: label, isChosen: encoding == chosen)
        }
    }
}
