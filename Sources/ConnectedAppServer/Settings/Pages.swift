internal import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Mustache

/// Renders pages from the templates in the binary. The templates escape every value. ``VisibleText`` then makes
/// invisible characters and bidirectional controls visible, once for the whole page.
///
/// A template finds a value's properties by name at run time. So a property must have the name of its tag, and renaming
/// only one of them makes the page show nothing in its place. A property named `tone` has a raw value of ``Tone``,
/// which the templates append to the name of a class.
struct Pages: Sendable {
    /// The raw value is the name of the template's file.
    enum Template: String, CaseIterable {
        case signIn, connections, connection, testRun, audit, guide, app, change, rotation, compromise, problem,
            cause, causes, addConnection, setUp, connectionSettings, certificateImport, bundle, removal,
            remainingKeys, account, users, apiTokens, signInApp, salesforceSignIn, metadata, clients
    }

    /// The content of the frame around each page. The property names are the tags of `frame.mustache`.
    struct Frame {
        let title: String
        /// The token for the sign-out form; `nil` if nobody is signed in.
        let formToken: String?
        /// Whether the page shows a running test. `test-run.js` updates it. In a browser without scripts, the page
        /// reloads every two seconds.
        var isRunning = false
        /// Whether the page has texts to copy, to which `copy.js` adds buttons.
        var copies = false
        /// The path of the page's stream of events, with which `live.js` keeps the page up to date; `nil` if it has none.
        /// See ``LivePages``.
        var events: String?
        /// Whether the page reloads every five seconds in a browser without scripts, because it is about to change.
        var reloads = false
        /// The path that the browser opens at once; `nil` to stay.
        var continuesAt: String?
    }

    /// What a template receives. The property names are tags in every template.
    private struct Page {
        let frame: Frame
        /// `nil` if nobody is signed in.
        let viewer: Viewer?
        let page: Any
    }

    private let library: MustacheLibrary

    /// - Throws: If a template is invalid, which is a bug.
    init() throws {
        var library = MustacheLibrary()
        let templates: [(String, [UInt8])] = [
            ("frame", PackageResources.frame_mustache),
            ("prose", PackageResources.prose_mustache),
            ("evidence", PackageResources.evidence_mustache),
            ("problemCard", PackageResources.problemCard_mustache),
            ("auditEntries", PackageResources.auditEntries_mustache),
            ("noticesCard", PackageResources.noticesCard_mustache),
            (Template.signIn.rawValue, PackageResources.signIn_mustache),
            (Template.connections.rawValue, PackageResources.connections_mustache),
            (Template.connection.rawValue, PackageResources.connection_mustache),
            (Template.testRun.rawValue, PackageResources.testRun_mustache),
            (Template.audit.rawValue, PackageResources.audit_mustache),
            (Template.guide.rawValue, PackageResources.guide_mustache),
            (Template.rotation.rawValue, PackageResources.rotation_mustache),
            (Template.compromise.rawValue, PackageResources.compromise_mustache),
            (Template.app.rawValue, PackageResources.app_mustache),
            (Template.change.rawValue, PackageResources.change_mustache),
            (Template.problem.rawValue, PackageResources.problem_mustache),
            ("manualText", PackageResources.manualText_mustache),
            (Template.cause.rawValue, PackageResources.cause_mustache),
            (Template.causes.rawValue, PackageResources.causes_mustache),
            (Template.addConnection.rawValue, PackageResources.addConnection_mustache),
            (Template.setUp.rawValue, PackageResources.setUp_mustache),
            (Template.connectionSettings.rawValue, PackageResources.connectionSettings_mustache),
            (Template.certificateImport.rawValue, PackageResources.certificateImport_mustache),
            (Template.bundle.rawValue, PackageResources.bundle_mustache),
            (Template.removal.rawValue, PackageResources.removal_mustache),
            (Template.remainingKeys.rawValue, PackageResources.remainingKeys_mustache),
            (Template.account.rawValue, PackageResources.account_mustache),
            (Template.users.rawValue, PackageResources.users_mustache),
            (Template.apiTokens.rawValue, PackageResources.apiTokens_mustache),
            (Template.signInApp.rawValue, PackageResources.signInApp_mustache),
            (Template.salesforceSignIn.rawValue, PackageResources.salesforceSignIn_mustache),
            (Template.metadata.rawValue, PackageResources.metadata_mustache),
            (Template.clients.rawValue, PackageResources.clients_mustache),
        ]
        for (name, bytes) in templates { try library.register(String(decoding: bytes, as: UTF8.self), named: name) }
        self.library = library
    }

    /// Renders a page.
    ///
    /// - Parameter page: A value whose property names are the template's tags.
    /// - Throws: ``ConnectedAppError`` with `.internalError` if there is no such template.
    func response(
        _ name: Template, _ page: Any, frame: Frame, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) throws -> Response {
        let html = try html(ShownPage(template: name, content: page, frame: frame))
        var headers = headers
        headers[.contentType] = "text/html; charset=utf-8"
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: html)))
    }

    /// Throws as ``response(_:_:frame:status:headers:)`` does.
    func html(_ shown: ShownPage) throws -> String {
        let viewer = Viewer.current
        let page = Page(frame: shown.frame, viewer: viewer, page: shown.content)
        guard let content = TemplateContent.of(page),
            var html = library.render(content, withTemplate: shown.template.rawValue)
        else { throw ConnectedAppError(.internalError, evidence: ["template": shown.template.rawValue]) }
        if let viewer, !viewer.role.allows(.change) { html = SeenForms.of(html) }
        return VisibleText.of(html)
    }

    /// Returns the page for a failure that no other page can show.
    ///
    /// - Parameter formToken: `nil` if nobody is signed in.
    func problem(_ problem: Problem, formToken: String?) throws -> Response {
        try response(
            .problem, ProblemCard(problem, isSignedIn: formToken != nil),
            frame: Frame(title: problem.view.title, formToken: formToken), status: problem.status,
            headers: problem.headers)
    }
}

/// A failure, as pages show it. The property names are the tags of `problem.mustache` and `problemCard.mustache`.
struct ProblemCard {
    let title: String
    let addition: String?
    let code: String
    /// The path of the manual's page; `nil` for a ``ServerRefusal``, which has none.
    let manualPath: String?
    let remedy: [Prose]
    let facts: [Fact]
    let needsSignIn: Bool
    /// The page that repairs the failure; `nil` if there is none to name.
    let repairLink: PageLink?

    init(_ problem: Problem) { self.init(problem, isSignedIn: false) }

    /// - Parameter isSignedIn: Whether signing in again cannot help, because somebody is signed in.
    init(_ problem: Problem, isSignedIn: Bool) {
        title = problem.titleOnPage
        addition = problem.addition
        code = problem.view.code
        manualPath = problem.cause.map(SettingsPath.cause)
        remedy = Prose.pieces(problem.remedyOnPage)
        facts = Fact.list(problem.view.evidence)
        needsSignIn = problem.needsSignIn && !isSignedIn
        repairLink = problem.repairLink
    }
}

/// One item of evidence. The value may be text from the org. It is shown verbatim, except that invisible characters are
/// made visible. The property names are the tags of `evidence.mustache`.
struct Fact: Encodable, Equatable {
    let name: String
    let value: String

    /// Returns the facts, sorted by name.
    static func list(_ evidence: [String: String]) -> [Fact] {
        evidence.sorted { $0.key < $1.key }.map { Fact(name: $0.key, value: VisibleText.of($0.value)) }
    }
}

/// A piece of a sentence: plain text, or code to type. The property names are the tags of `prose.mustache`.
struct Prose: Equatable {
    let isCode: Bool
    let text: String

    /// Splits a sentence at its backticks, which enclose code.
    static func pieces(_ sentence: String) -> [Prose] {
        sentence.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .map { Prose(isCode: !$0.offset.isMultiple(of: 2), text: String($0.element)) }
            .filter { !$0.text.isEmpty }
    }
}

/// A time in UTC, for people and for machines. The property names are template tags.
struct ShownTime {
    /// RFC 3339.
    let iso: String
    /// `2026-11-23 12:00 UTC`.
    let text: String
    /// `2026-11-23`.
    let day: String

    init(_ date: Date) {
        iso = date.ISO8601Format()
        day = String(iso.prefix(10))
        text = "\(day) \(iso.dropFirst(11).prefix(5)) UTC"
    }
}
