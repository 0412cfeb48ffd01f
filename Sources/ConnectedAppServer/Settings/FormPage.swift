internal import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird

/// A page of a connection that has several forms. The field `act` identifies the submitted form.
protocol FormPage: Sendable {
    /// The raw values are those of the field `act`.
    associatedtype Act: RawRepresentable<String>, Sendable

    /// The last part of the page's path, after the connection's.
    static var name: String { get }
    var pages: Pages { get }

    /// Performs a form's action. A ``ConnectedAppError`` is shown on the page.
    func perform(_ act: Act, _ form: FormFields, on alias: String, as principal: Principal) async throws
    /// The path to which the browser is redirected after a form succeeded; by default that of the page.
    static func pathAfterForm(of alias: String) -> String
    /// Returns the page, with the failure of the submitted form if it failed.
    func shown(_ alias: String, _ session: Session, _ problem: Problem?) async throws -> ShownPage
    /// Returns the page with the failure of the submitted form; by default without the entered values.
    func shown(_ alias: String, _ session: Session, _ problem: Problem, entered: FormFields) async throws -> ShownPage
}

extension FormPage {
    static func pathAfterForm(of alias: String) -> String { "\(SettingsPath.connection(alias))/\(name)" }

    func shown(_ alias: String, _ session: Session, _ problem: Problem, entered: FormFields) async throws -> ShownPage {
        try await shown(alias, session, problem)
    }

    /// Adds the routes of the page and of its forms. After a form succeeds, the browser is redirected.
    func addForms(to routes: RouterGroup<ServerContext>) {
        let path = RouterPath("connections/:alias/\(Self.name)")
        routes.get(path) { _, context in
            try pages.response(try await shown(context.captured("alias"), context.signedIn(), nil))
        }
        routes.post(path) { _, context in
            try await context.submit { alias, session in
                try await perform(context.form.act(), context.form, on: alias, as: session.principal)
                return .redirect(to: Self.pathAfterForm(of: alias), type: .normal)
            } refused: { alias, session, problem in
                try pages.response(
                    try await shown(alias, session, problem, entered: context.form), status: problem.status)
            }
        }
    }
}

/// A page: its template, the template's content and the frame.
struct ShownPage {
    let template: Pages.Template
    /// A value whose property names are the template's tags.
    let content: Any
    let frame: Pages.Frame
}

extension Pages {
    func response(_ shown: ShownPage, status: HTTPResponse.Status = .ok) throws -> Response {
        try response(shown.template, shown.content, frame: shown.frame, status: status)
    }
}

extension ServerContext {
    /// Performs the action of a connection's form.
    ///
    /// - Parameter refused: Returns the form's page with the failure, if `perform` throws a ``ConnectedAppError``.
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`, because an unknown connection has no page; errors of
    ///   `perform` that are not a ``ConnectedAppError``; the errors of `refused`.
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
    /// Returns the form's act.
    ///
    /// - Throws: ``ConnectedAppError`` with `.usage` if it is missing or the page has no such act.
    func act<Act: RawRepresentable<String>>() throws(ConnectedAppError) -> Act {
        guard let act = value("act", as: Act.self) else {
            throw ConnectedAppError(
                .usage, detail: "The form names no valid action. Reload the page and submit the form again.")
        }
        return act
    }

    /// Returns a field as one of the type's values.
    ///
    /// - Returns: `nil` if the field is missing or has another value.
    func value<Value: RawRepresentable<String>>(_ name: String, as type: Value.Type) -> Value? {
        self[name].flatMap(Value.init(rawValue:))
    }

    /// Returns a field's number.
    ///
    /// - Parameter label: The field's label on the page.
    /// - Throws: ``ConnectedAppError`` with `.usage` and the label if the field has no number in the range.
    func number(_ name: String, labelled label: String, in range: ClosedRange<Int>) throws(ConnectedAppError) -> Int {
        guard let number = self[name].flatMap({ Int($0) }), range.contains(number) else {
            throw ConnectedAppError(
                .usage, subject: label, detail: "Enter a number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    /// Returns the size of a key from the field `keySize`.
    ///
    /// - Returns: `nil` if the field is missing or empty.
    /// - Throws: ``ConnectedAppError`` with `.usage` if it is no size.
    func keySize() throws(ConnectedAppError) -> KeySize? {
        guard let field = text("keySize") else { return nil }
        guard let size = Int(field).flatMap(KeySize.init) else {
            throw ConnectedAppError(.usage, subject: "Key size", detail: "Choose one of the sizes.")
        }
        return size
    }

    /// Checks that the user typed a text into the field `confirmation`, so that no click on the wrong page destroys a key.
    ///
    /// - Parameter wanted: What the page asks for, usually the connection's name.
    /// - Throws: ``ConnectedAppError`` with `.usage`.
    func checkConfirmation(names wanted: String) throws(ConnectedAppError) {
        guard (self["confirmation"] ?? "").trimmingCharacters(in: .whitespaces) == wanted else {
            throw ConnectedAppError(
                .usage, subject: "Confirmation", detail: "The text is not \(wanted), so nothing was changed.")
        }
    }

    /// Returns a field's text.
    ///
    /// - Returns: `nil` if the field is missing or empty.
    func text(_ name: String) -> String? { self[name].flatMap { $0.isEmpty ? nil : $0 } }
}

/// The app into which the next certificate is to be uploaded. The raw values are those of the field ``field``.
enum CertificateDestination: String, CaseIterable {
    case sameApp = "same-app"
    case secondApp = "second-app"

    /// The name of the field in `rotation.mustache` and `compromise.mustache`.
    static let field = "mode"

    var label: String {
        switch self {
        case .sameApp: "into the same app"
        case .secondApp: "into a second app"
        }
    }
}

/// One option of a list in a form. The property names are template tags.
struct FormChoice {
    let value: String
    let label: String
    let isChosen: Bool

    /// The choices for ``CertificateDestination``.
    static let destinations = CertificateDestination.allCases.map {
        FormChoice(value: $0.rawValue, label: $0.label, isChosen: false)
    }
}
