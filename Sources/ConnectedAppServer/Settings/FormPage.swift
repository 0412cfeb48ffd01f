internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// A connection's page with several forms. The field `act` says which one was sent.
protocol FormPage: Sendable {
    associatedtype Act: RawRepresentable<String>, Sendable

    /// The last part of the page's path, after the connection's.
    static var name: String { get }
    var pages: Pages { get }

    func perform(_ act: Act, _ form: FormFields, on alias: String, as principal: Principal) async throws
    func shown(_ alias: String, _ session: Session, _ problem: Problem?) async throws -> ShownPage
}

extension FormPage {
    /// Adds the page and its forms. After a form, the browser is sent to the page.
    func addForms(to routes: RouterGroup<ServerContext>) {
        let path = RouterPath("connections/:alias/\(Self.name)")
        routes.get(path) { _, context in
            try pages.response(try await shown(context.captured("alias"), context.signedIn(), nil))
        }
        routes.post(path) { _, context in
            try await context.submit { alias, session in
                try await perform(context.form.act(), context.form, on: alias, as: session.principal)
                return .redirect(to: "\(SettingsPath.connection(alias))/\(Self.name)", type: .normal)
            } refused: { alias, session, problem in
                try pages.response(try await shown(alias, session, problem), status: problem.status)
            }
        }
    }
}

/// A page with what its template shows.
struct ShownPage {
    let template: Pages.Name
    let content: Any
    let frame: Pages.Frame
}

extension Pages {
    func response(_ shown: ShownPage, status: HTTPResponse.Status = .ok) throws -> Response {
        try response(shown.template, shown.content, frame: shown.frame, status: status)
    }
}

extension ServerContext {
    /// Carries out a form of a connection.
    ///
    /// - Parameter refused: Shows the refusal on the page of the form. An unknown alias is thrown, since it has no page.
    func submit(
        _ perform: (_ alias: String, _ session: Session) async throws -> Response,
        refused: (_ alias: String, _ session: Session, _ problem: Problem) async throws -> Response
    ) async throws -> Response {
        let session = try signedIn()
        let alias = try captured("alias")
        do { return try await perform(alias, session) } catch let error as ConnectedAppError
            where error.cause != .unknownAlias
        {
            return try await refused(alias, session, Problem(error))
        }
    }
}

extension FormFields {
    /// - Throws: ``ConnectedAppError`` with `.usage` if the form names no act of the page.
    func act<Act: RawRepresentable<String>>() throws(ConnectedAppError) -> Act {
        guard let act = value("act", as: Act.self) else {
            throw ConnectedAppError(.usage, detail: "The form does not say what is to be done.")
        }
        return act
    }

    /// - Returns: `nil` if the field is missing or has none of the values.
    func value<Value: RawRepresentable<String>>(_ name: String, as type: Value.Type) -> Value? {
        self[name].flatMap(Value.init(rawValue:))
    }

    /// - Returns: `nil` for a field that was left empty.
    func text(_ name: String) -> String? { self[name].flatMap { $0.isEmpty ? nil : $0 } }
}

/// Where a form asks the next certificate to go.
enum CertificateDestination: String, CaseIterable {
    case sameApp = "same-app"
    case secondApp = "second-app"

    static let field = "mode"

    var label: String {
        switch self {
        case .sameApp: "into the same app"
        case .secondApp: "into a second app"
        }
    }
}

/// One choice of a list in a form.
struct FormChoice {
    let value: String
    let label: String
    let isChosen: Bool

    static let destinations = CertificateDestination.allCases.map {
        FormChoice(value: $0.rawValue, label: $0.label, isChosen: false)
    }
}
