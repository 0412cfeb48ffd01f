internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// What the frame of a page shows about the person who looks at it. The property names are template tags.
struct Viewer: Sendable {
    /// The account's name, the username in Salesforce, or `Start token`.
    let name: String
    let role: Role
    let isAdmin: Bool
    /// Whether there is no account yet, so that the page asks for the first one.
    let needsAccount: Bool

    init(name: String, role: Role, needsAccount: Bool = false) {
        self.name = name
        self.role = role
        isAdmin = role == .admin
        self.needsAccount = needsAccount
    }

    /// The viewer of the page that is being rendered; `nil` without a session.
    ///
    /// A task-local value, because every page has the same frame and none needs to know the viewer for it.
    @TaskLocal static var current: Viewer?
}

extension Request {
    /// Whether a page sends the request by itself, to stay up to date. Nobody uses the session then.
    fileprivate var isAutomatic: Bool {
        headers[.accept] == "text/event-stream" || headers[.isAutomatic] != nil
    }
}

extension HTTPField.Name {
    /// Set by `live.js`.
    fileprivate static let isAutomatic = Self("Aprity-Automatic")!  // a valid field name, so it never traps
}

/// Finds the session of a request, and what its owner may do now.
struct SessionGate: Sendable {
    /// A request with a session.
    struct Visit {
        let session: Session
        let viewer: Viewer

        /// - Throws: ``ServerRefusal`` with `.forbidden`.
        func check(_ right: Right) throws(ServerRefusal) {
            guard !viewer.role.allows(right) else { return }
            throw ServerRefusal(
                .forbidden, detail: "\(viewer.name) has the role \(viewer.role.title), which changes nothing.")
        }
    }

    let service: AppService
    let sessions: Sessions
    let cookie: SessionCookie
    let startToken: StartTokenGate
    let surroundings: Surroundings

    /// - Returns: `nil` without a valid session.
    /// - Throws: ``ConnectedAppError`` with the causes of a failing store, for the session of an account.
    func visit(_ request: Request, isSecure: Bool) async throws -> Visit? {
        guard let id = cookie.value(in: request, isSecure: isSecure),
            let session = sessions.find(id, isUse: !request.isAutomatic)
        else {
            return nil
        }
        guard let viewer = try await viewer(of: session) else {
            sessions.end(id)
            return nil
        }
        sessions.setRole(viewer.role, of: id)
        return Visit(session: session, viewer: viewer)
    }

    private func viewer(of session: Session) async throws -> Viewer? {
        switch session.owner {
        case .account(let account):
            return try await service.accounts.role(of: account).map { Viewer(name: "\(account.name)", role: $0) }
        case .salesforce(let person):
            guard try await service.salesforceSignIns.isValid(person) else { return nil }
            return Viewer(name: person.name, role: person.role)
        case .startToken:
            guard try await startToken.isOpen() else { return nil }
            // The session must work even if the store does not: its purpose may be to block an app.
            let presence = await surroundings.tolerating(.access) { try await service.accounts.presence() }
            return Viewer(name: "Start token", role: .admin, needsAccount: presence?.hasAccount == false)
        }
    }

    /// The answer to a request without a session.
    ///
    /// - Throws: ``ServerRefusal``: `.signInRequired` for an event stream, which has no use for a page; `.formRefused`
    ///   for a form.
    static func redirect(_ request: Request) throws(ServerRefusal) -> Response {
        let wantsPage = request.method == .get || request.method == .head
        guard wantsPage, request.headers[.accept] != "text/event-stream" else {
            throw ServerRefusal(wantsPage ? .signInRequired : .formRefused)
        }
        return .redirect(to: WantedPage(request)?.signInPath ?? WantedPage.plainSignIn, type: .normal)
    }
}
