internal import ConnectedApp
internal import Hummingbird

/// The page on which the settings of a connection are changed.
struct ConnectionSettingsPages: FormPage {
    /// The raw values are those of the field `act`.
    enum Act: String {
        case save
        case repin
    }

    static let name = "settings"

    static func pathAfterForm(of alias: String) -> String {
        SettingsPath.connection(alias, after: .settingsSaved)
    }

    let service: AppService
    let pages: Pages

    func perform(_ act: Act, _ form: FormFields, on alias: String, as principal: Principal) async throws {
        switch act {
        case .save:
            let changes = form.changes(of: try await service.connections.named(alias, as: principal))
            guard !changes.isEmpty else { return }
            _ = try await service.connections.change(alias, changes, as: principal)
        case .repin:
            _ = try await service.connections.repin(
                alias, expecting: form["organizationID"] ?? "", as: principal)
        }
    }

    func shown(_ alias: String, _ session: Session, _ problem: Problem?) async throws -> ShownPage {
        let view = try await service.connections.named(alias, as: session.principal)
        return ShownPage(
            template: .connectionSettings, content: ConnectionSettingsPage(view, session: session, problem: problem),
            frame: Pages.Frame(title: "Settings of \(alias)", formToken: session.formToken))
    }
}

/// The page's content. The property names are the tags of `connectionSettings.mustache`.
struct ConnectionSettingsPage {
    /// What happens to the connection's own certificate authorities. The raw values are those of the field
    /// `authorities`.
    enum Authorities: String {
        case keep, remove, replace
    }

    /// Whether programs may get access tokens. The raw values are those of the field `tokens`.
    enum Tokens: String {
        case allowed, forbidden
    }

    /// The `act` that each form sends.
    struct Acts {
        let save = ConnectionSettingsPages.Act.save.rawValue
        let repin = ConnectionSettingsPages.Act.repin.rawValue
    }

    let place: ConnectionPlace
    let acts = Acts()
    let revision: Int
    let username: String
    let loginHost: String
    /// The audience that somebody entered; empty if aprity derives it.
    let audience: String
    let derivedAudience: String?
    let allowedHosts: String
    let hasOwnCertificateAuthorities: Bool
    /// Both are `false` if nobody has decided yet.
    let allowsTokens, forbidsTokens: Bool
    let organizationID: String?
    let problem: ProblemCard?

    init(_ view: ConnectionView, session: Session, problem: Problem?) {
        place = ConnectionPlace(view.alias, page: ConnectionSettingsPages.name, session: session)
        revision = view.revision
        username = view.username
        loginHost = view.loginHost
        audience = view.audience.isGiven ? view.audience.url ?? "" : ""
        derivedAudience = view.audience.isGiven ? nil : view.audience.url
        allowedHosts = view.allowedHosts.joined(separator: " ")
        hasOwnCertificateAuthorities = view.hasOwnCertificateAuthorities
        allowsTokens = view.allowsTokens == true
        forbidsTokens = view.allowsTokens == false
        organizationID = view.organizationID
        self.problem = problem.map(ProblemCard.init)
    }
}

extension FormFields {
    /// Returns what the form changes. A field that has its present value changes nothing.
    fileprivate func changes(of view: ConnectionView) -> ConnectionChanges {
        var changes = ConnectionChanges()
        // No connection has the revision 0, so a form without one is rejected.
        changes.expectedRevision = self["revision"].flatMap { Int($0) } ?? 0
        if let username = self["username"], username != view.username { changes.username = username }
        if let host = self["loginHost"], host != view.loginHost { changes.loginHost = host }
        if let audience = self["audience"] {
            let present = view.audience.isGiven ? view.audience.url ?? "" : ""
            if audience != present { changes.audience = audience.isEmpty ? .removed : .to(audience) }
        }
        if let text = self["allowedHosts"] {
            let hosts = text.split(whereSeparator: \.isWhitespace).map(String.init)
            if hosts != view.allowedHosts { changes.allowedHosts = hosts }
        }
        // The form has no value if nobody has decided yet.
        switch value("tokens", as: ConnectionSettingsPage.Tokens.self) {
        case .allowed? where view.allowsTokens != true: changes.allowsTokens = true
        case .forbidden? where view.allowsTokens != false: changes.allowsTokens = false
        case .allowed?, .forbidden?, nil: break
        }
        switch value("authorities", as: ConnectionSettingsPage.Authorities.self) {
        case .keep?, nil: break
        case .remove?: changes.certificateAuthoritiesPEM = .removed
        case .replace?: changes.certificateAuthoritiesPEM = .to(self["certificateAuthoritiesPEM"] ?? "")
        }
        return changes
    }
}
