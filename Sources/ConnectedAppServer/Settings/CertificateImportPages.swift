internal import ConnectedApp
internal import Hummingbird

/// The page that imports a key with its certificate, or a certificate that an authority issued for the present key.
///
/// The texts are pasted, not uploaded. The page never shows them again.
struct CertificateImportPages: FormPage {
    /// The raw values are those of the field `act`.
    enum Act: String {
        case credential, certificate
    }

    static let name = "certificate-import"

    static func pathAfterForm(of alias: String) -> String {
        SettingsPath.connection(alias, after: .certificateImported)
    }

    let service: AppService
    let pages: Pages

    func perform(_ act: Act, _ form: FormFields, on alias: String, as principal: Principal) async throws {
        let certificate = CredentialFile(pem: form["certificate"] ?? "")
        switch act {
        case .credential:
            _ = try await service.certificates.importCredential(
                for: alias, key: CredentialFile(pem: form["key"] ?? ""),
                passphrase: form.text("passphrase").map { Array($0.utf8) }, certificate: certificate, as: principal)
        case .certificate:
            _ = try await service.certificates.replace(for: alias, file: certificate, as: principal)
        }
    }

    func shown(_ alias: String, _ session: Session, _ problem: Problem?) async throws -> ShownPage {
        let view = try await service.connections.named(alias, as: session.principal)
        return ShownPage(
            template: .certificateImport, content: CertificateImportPage(view, session: session, problem: problem),
            frame: Pages.Frame(title: "Certificate of \(alias)", formToken: session.formToken))
    }
}

/// The page's content. The property names are the tags of `certificateImport.mustache`.
struct CertificateImportPage {
    /// The `act` that each form sends.
    struct Acts {
        let credential = CertificateImportPages.Act.credential.rawValue
        let certificate = CertificateImportPages.Act.certificate.rawValue
    }

    let alias: String
    let connectionPath: String
    let path: String
    let formToken: String
    let acts = Acts()
    let subject: String
    let sha256: String
    let until: ShownTime
    let keyStore: String
    /// The aliases of the other connections of the app, separated by commas; `nil` if there are none.
    let sharesAppWith: String?
    let problem: ProblemCard?

    init(_ view: ConnectionView, session: Session, problem: Problem?) {
        alias = view.alias
        connectionPath = SettingsPath.connection(view.alias)
        path = "\(connectionPath)/\(CertificateImportPages.name)"
        formToken = session.formToken
        subject = view.certificate.subject
        sha256 = ConnectionPage.grouped(view.certificate.sha256)
        until = ShownTime(view.certificate.notAfter)
        keyStore = view.keyStore.label
        sharesAppWith = view.sharesAppWith.isEmpty ? nil : view.sharesAppWith.joined(separator: ", ")
        self.problem = problem.map(ProblemCard.init)
    }
}
