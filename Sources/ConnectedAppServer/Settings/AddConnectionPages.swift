internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// The page that adds a connection. It first asks for any address of the org, and for the rest when the login host is
/// known. The address of a page may contain a session id, so it is sent in a body and never shown again.
struct AddConnectionPages: Sendable {
    /// The raw values are those of the field `act`.
    enum Act: String {
        case findOrg = "find-org"
        case add
    }

    let service: AppService
    let pages: Pages

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get(RouterPath(SettingsPath.addConnection)) { _, context in
            let session = try context.signedIn()
            return try response(AddConnectionPage(session), session)
        }
        routes.post(RouterPath(SettingsPath.addConnection), use: submit)
    }

    @Sendable private func submit(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        var page = AddConnectionPage(session)
        do {
            let act: Act = try context.form.act()
            let choices = AddConnectionPage.Choices(
                keyStores: service.certificates.keyStoreKinds,
                aliases: try await service.connections.aliases(
                    limit: AddConnectionPage.Choices.mostAliases, as: session.principal))
            switch act {
            case .findOrg:
                let (details, error) = Self.secondForm(context.form.text("org") ?? "", choices)
                page.details = details
                if let error { throw error }
            case .add:
                page.details = .init(context.form, choices)
                let added = try await service.connections.add(context.form.newConnection(), as: session.principal)
                return .redirect(to: SettingsPath.setUp(added.alias), type: .normal)
            }
        } catch let error as ConnectedAppError {
            let problem = Problem(error)
            page.problem = ProblemCard(problem)
            page.details?.isUnusual = true
            return try response(page, session, status: problem.status)
        }
        return try response(page, session)
    }

    /// Returns the second form with the login host, or the error about the pasted address. The form is also returned with
    /// the error if the host is not Salesforce's, because it has the field in which such a host is allowed.
    private static func secondForm(
        _ pasted: String, _ choices: AddConnectionPage.Choices
    ) -> (AddConnectionPage.Details?, ConnectedAppError?) {
        do {
            return (AddConnectionPage.Details(try PastedAddress(pasted), choices), nil)
        } catch {
            let host = FormFields(["loginHost": PastedAddress.host(in: pasted)])
            return (error.cause == .hostNotAllowed ? AddConnectionPage.Details(host, choices) : nil, error)
        }
    }

    private func response(
        _ page: AddConnectionPage, _ session: Session, status: HTTPResponse.Status = .ok
    ) throws -> Response {
        try pages.response(
            .addConnection, page, frame: Pages.Frame(title: "Add a connection", formToken: session.formToken),
            status: status)
    }
}

/// The page's content. The property names are the tags of `addConnection.mustache`.
struct AddConnectionPage {
    /// What the second form offers to choose from.
    struct Choices {
        let keyStores: [KeyStoreKind]
        /// How many ``aliases`` there are at most, so that the page stays small.
        static let mostAliases = 100

        /// The names of connections whose apps the new one can share.
        let aliases: [String]
    }

    /// The second form, with what was entered.
    struct Details {
        let loginHost: String
        /// How the login host follows from the pasted address; `nil` if it was pasted.
        let derivation: String?
        let alias: String
        let username: String
        let kinds: [FormChoice]
        let keySizes: [FormChoice]
        /// Empty if there is only one.
        let keyStores: [FormChoice]
        let certificateDays: String
        let audience: String
        let allowedHosts: String
        let sameAppAs: String
        /// Proposals for ``sameAppAs``; empty if there is no connection yet.
        let aliases: [String]
        /// Whether the fields for special cases are shown from the beginning, because the form was rejected.
        var isUnusual = false

        init(_ address: PastedAddress, _ choices: Choices) {
            self.init(
                FormFields(["loginHost": address.loginHost.description]), choices, derivation: address.derivation)
        }

        init(_ form: FormFields, _ choices: Choices, derivation: String? = nil) {
            loginHost = form["loginHost"] ?? ""
            self.derivation = derivation
            alias = form["alias"] ?? ""
            username = form["username"] ?? ""
            let kind = form.value("appKind", as: AppKind.self) ?? .externalClientApp
            kinds = AppKind.allCases.map { FormChoice(value: $0.rawValue, label: $0.label, isChosen: $0 == kind) }
            let size = form["keySize"].flatMap { Int($0) }.flatMap(KeySize.init) ?? .bits2048
            keySizes = KeySize.allCases.map {
                FormChoice(value: String($0.rawValue), label: "\($0.rawValue) bits", isChosen: $0 == size)
            }
            let store = form.value("keyStore", as: KeyStoreKind.self) ?? choices.keyStores.first
            keyStores =
                choices.keyStores.count < 2
                ? [] : choices.keyStores.map { FormChoice(value: $0.rawValue, label: $0.label, isChosen: $0 == store) }
            certificateDays = form["certificateDays"] ?? String(NewConnection.defaultCertificateDays)
            audience = form["audience"] ?? ""
            allowedHosts = form["allowedHosts"] ?? ""
            sameAppAs = form["sameAppAs"] ?? ""
            aliases = choices.aliases
        }
    }

    /// The `act` that each form sends.
    struct Acts {
        let findOrg = AddConnectionPages.Act.findOrg.rawValue
        let add = AddConnectionPages.Act.add.rawValue
    }

    let path = SettingsPath.addConnection
    let formToken: String
    let acts = Acts()
    /// `nil` until the org's login host is known.
    var details: Details?
    var problem: ProblemCard?

    init(_ session: Session) { formToken = session.formToken }
}

extension FormFields {
    /// Reads the fields of the second form. A missing text is empty, which the service rejects.
    ///
    /// - Throws: ``ConnectedAppError`` with `.usage` if a number or a choice is none.
    fileprivate func newConnection() throws(ConnectedAppError) -> NewConnection {
        var new = NewConnection(
            alias: self["alias"] ?? "", loginHost: self["loginHost"] ?? "", username: self["username"] ?? "")
        new.audience = text("audience")
        new.allowedHosts = (text("allowedHosts") ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
        new.sameAppAs = text("sameAppAs")
        guard new.sameAppAs == nil else { return new }
        new.appKind = value("appKind", as: AppKind.self)
        new.keyStore = value("keyStore", as: KeyStoreKind.self)
        new.keySize = try keySize()
        new.certificateDays = try number(
            "certificateDays", labelled: "Days that the certificate is valid", in: NewConnection.certificateDaysRange)
        return new
    }
}
