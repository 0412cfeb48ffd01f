internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// The page that imports a key with its certificate, or a certificate that an authority issued for the present key. It
/// also makes the request for such a certificate.
///
/// Files are uploaded, or their texts are pasted. The page never shows a key again, and nothing keeps a passphrase.
struct CertificateImportPages: FormPage {
    /// The raw values are those of the field `act`.
    enum Act: String {
        case credential, pkcs12, certificate
    }

    static let name = "certificate-import"

    static func pathAfterForm(of alias: String) -> String {
        SettingsPath.connection(alias, after: .certificateImported)
    }

    let service: AppService
    let pages: Pages

    func add(to routes: RouterGroup<ServerContext>) {
        addForms(to: routes)
        routes.post("connections/:alias/certificate-request", use: request)
    }

    func perform(_ act: Act, _ form: FormFields, on alias: String, as principal: Principal) async throws {
        switch act {
        case .credential:
            try form.checkConfirmation(names: alias)
            _ = try await service.certificates.importCredential(
                for: alias, key: form.credential("key", labelled: "Private key"),
                passphrase: form.text("passphrase").map { Array($0.utf8) },
                certificate: form.credential("certificate", labelled: "Certificate"), as: principal)
        case .pkcs12:
            try form.checkConfirmation(names: alias)
            _ = try await service.certificates.importCredential(
                for: alias, pkcs12: form.credential("pkcs12", labelled: "PKCS#12 file"),
                keyName: form.text("keyName"), passphrase: Array((form["passphrase"] ?? "").utf8), as: principal)
        case .certificate:
            _ = try await service.certificates.replace(
                for: alias, file: form.credential("certificate", labelled: "Certificate"), as: principal)
        }
    }

    func shown(_ alias: String, _ session: Session, _ problem: Problem?) async throws -> ShownPage {
        try await page(alias, session, problem, entered: FormFields())
    }

    func shown(_ alias: String, _ session: Session, _ problem: Problem, entered: FormFields) async throws -> ShownPage {
        try await page(alias, session, problem, entered: entered)
    }

    private func page(_ alias: String, _ session: Session, _ problem: Problem?, entered: FormFields) async throws
        -> ShownPage
    {
        let view = try await service.connections.named(alias, as: session.principal)
        return ShownPage(
            template: .certificateImport,
            content: CertificateImportPage(view, entered: entered, session: session, problem: problem),
            frame: Pages.Frame(title: "Certificate of \(alias)", formToken: session.formToken))
    }

    /// Returns a request for a certificate as a file.
    @Sendable private func request(_ request: Request, _ context: ServerContext) async throws -> Response {
        try await context.submit { alias, session in
            let request = try await service.certificates.request(
                for: alias, subject: context.form.text("subject"), as: session.principal)
            return Response(
                status: .ok,
                headers: [
                    .contentType: "application/pkcs10",
                    .contentDisposition: "attachment; filename=\"aprity-\(alias).csr\"",
                ],
                body: .init(byteBuffer: ByteBuffer(string: request.pem)))
        } refused: { alias, session, problem in
            try pages.response(
                try await shown(alias, session, problem, entered: context.form), status: problem.status)
        }
    }
}

extension FormFields {
    /// Returns the file or the text with a key or a certificate. The field of the file is called `name` followed by `File`.
    ///
    /// - Parameter label: The field's label on the page.
    /// - Throws: ``ConnectedAppError`` with `.usage` if there is neither, or both.
    fileprivate func credential(_ name: String, labelled label: String) throws(ConnectedAppError) -> CredentialFile {
        switch (file(name + "File"), text(name)) {
        case (let bytes?, nil): return CredentialFile(bytes)
        case (nil, let text?): return CredentialFile(pem: text)
        case (nil, nil):
            throw ConnectedAppError(.usage, subject: label, detail: "No file is chosen, or the file is empty.")
        case (_?, _?):
            throw ConnectedAppError(
                .usage, subject: label, detail: "A file is chosen and a text is pasted. aprity uses only one of them.")
        }
    }
}

/// The page's content. The property names are the tags of `certificateImport.mustache`.
struct CertificateImportPage {
    /// The `act` that each form sends.
    struct Acts {
        let credential = CertificateImportPages.Act.credential.rawValue
        let pkcs12 = CertificateImportPages.Act.pkcs12.rawValue
        let certificate = CertificateImportPages.Act.certificate.rawValue
    }

    let place: ConnectionPlace
    let acts = Acts()
    let subject: String
    /// The subject in the form for a request: as entered, or else the present one.
    let requestedSubject: String
    /// What was entered, after a failure.
    let entered: Entered
    let sha256: String
    let until: ShownTime
    let keyStore: String
    /// The aliases of the other connections of the app, separated by commas; `nil` if there are none.
    let sharesAppWith: String?
    let problem: ProblemCard?

    /// Texts that were entered in a form, without secrets.
    struct Entered {
        let keyName: String
        /// A certificate's text, by the form that it was entered in; empty if it may contain a private key.
        let issuedCertificate: String
        let ownCertificate: String

        init(_ form: FormFields) {
            keyName = form["keyName"] ?? ""
            let certificate = form["certificate"] ?? ""
            let mayBeShown = !certificate.uppercased().contains("KEY")
            let act = form.value("act", as: CertificateImportPages.Act.self)
            issuedCertificate = mayBeShown && act == .certificate ? certificate : ""
            ownCertificate = mayBeShown && act == .credential ? certificate : ""
        }
    }

    init(_ view: ConnectionView, entered: FormFields, session: Session, problem: Problem?) {
        self.entered = Entered(entered)
        requestedSubject = entered.text("subject") ?? view.certificate.subject
        place = ConnectionPlace(view.alias, page: CertificateImportPages.name, session: session)
        subject = view.certificate.subject
        sha256 = ConnectionPage.grouped(view.certificate.sha256)
        until = ShownTime(view.certificate.notAfter)
        keyStore = view.keyStore.label
        sharesAppWith = view.sharesAppWith.isEmpty ? nil : view.sharesAppWith.joined(separator: ", ")
        self.problem = problem.map(ProblemCard.init)
    }
}
