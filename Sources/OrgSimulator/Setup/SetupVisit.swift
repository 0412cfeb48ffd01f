import Foundation

/// A request for a Setup page, with everything that a page can read.
struct SetupVisit: Sendable {
    /// The org as an admin sees it: with all saved changes, even if some app servers do not have them yet.
    let org: Org
    let place: SetupPlace
    /// The path segments after the place: `home`, `new`, or a record id and an action.
    let pathSegments: [String]
    /// Whether a form was sent. Its token has been checked.
    let isPost: Bool
    let form: SetupForm
    /// The token that every form of this simulation includes.
    let formToken: String
    let management: ManagementAddress
    let clock: ClockView
    /// Whether changes of apps reach the servers one after the other.
    let propagatesGradually: Bool
    /// The changes of this org's apps that some server does not have yet.
    let pendingChanges: [OrgTimePage.Change]
    /// The sign-ins of this org, oldest first.
    let logins: [LoginRecord]
    /// The sessions of this org that have not expired.
    let sessions: [Sessions.Session]

    /// The last segment of the path; empty if the path ends with the place.
    var action: String { pathSegments.last ?? "" }

    /// Whether the place's own page is opened. False if a form is sent to it.
    var isHome: Bool { pathSegments == ["home"] && !isPost }

    /// Returns the app that the path names.
    ///
    /// - Throws: ``SetupRefusal/notFound`` if there is no such app of one of these kinds.
    func app(_ kinds: App.Kind...) throws(SetupRefusal) -> App {
        guard pathSegments.count == 2, let app = org.apps.first(where: { $0.id == pathSegments[0] }),
            kinds.contains(app.kind)
        else {
            throw .notFound
        }
        return app
    }

    /// Returns the path of another page of the record that this visit's path names.
    func path(_ action: String) -> String { place.path(pathSegments.first ?? "", action) }
}

/// What the simulation has to do for a visit. Choosing an outcome changes nothing.
enum SetupOutcome: Sendable {
    case page(SetupPage)
    case redirect(String)
    /// Saves a patch, then redirects to the path that the closure returns for the saved org. The history shows `what`
    /// after *An admin saved in Setup:*.
    case save(JSONValue, what: String, next: @Sendable (Org) -> String)
    /// Sends a verification code by mail, then redirects to the page that asks for it.
    case sendCode(App, next: String)
    /// Shows the Consumer Key and Secret if the code is correct, or else asks again.
    case checkCode(App, code: String)
    /// Ends all sessions of one user with an app.
    case revoke(App, userID: String?, next: String)

    /// Moves org time forward, or changes its speed.
    case adjustClock(ClockAdjustment, next: String)

    /// Saves a new app, then redirects to one of its pages.
    ///
    /// - Parameters:
    ///   - draft: The settings of the app. Only its API name is used here.
    ///   - changes: What ``AppDraft/changes(to:in:form:)`` returned for the draft.
    ///   - action: The page to redirect to.
    static func saveNew(
        _ draft: AppDraft, _ changes: [(String, JSONValue)], _ visit: SetupVisit, what: String, then action: String
    ) -> SetupOutcome {
        let (name, place) = (draft.name, visit.place)
        let patch = SetupChange.record("apps", ("name", name), of: visit.org, changes)
        return .save(patch, what: what) { org in
            let app = org.apps.first { $0.name == name }
            return SetupNotice.created.path(app.map { place.path($0.id, action) } ?? place.path)
        }
    }

    static func save(_ patch: JSONValue, what: String, then path: String) -> SetupOutcome {
        .save(patch, what: what, next: { _ in path })
    }
}

/// Why a visit is refused, in one sentence. Nothing was changed.
struct SetupRefusal: Error, Sendable {
    /// The HTTP status of the answer.
    let status: Int
    /// The message above the page.
    let sentence: String
    /// The form to show again; `nil` for a page with a link to Setup Home.
    var page: SetupPage?

    init(_ sentence: String, status: Int = 400, page: SetupPage? = nil) {
        self.status = status
        self.sentence = sentence
        self.page = page
    }

    static let notFound = SetupRefusal("This simulated org has no such Setup page.", status: 404)

    /// Returns the same refusal with the form to show again.
    func on(_ page: SetupPage) -> SetupRefusal { SetupRefusal(sentence, status: status, page: page) }
}

/// A message about the previous step. The URL contains only its name, so that a link from elsewhere cannot put other
/// text on a page.
enum SetupNotice: String, Sendable {
    case saved, propagates, created, deleted, revoked, code, moved

    /// Returns the sentence for the page.
    ///
    /// - Parameter propagatesGradually: Whether changes of apps reach the servers one after the other. The sentence
    ///   then names the default delays, even if the switches `editDelay` and `creationDelay` are set to others.
    func sentence(propagatesGradually: Bool) -> String {
        let delay = propagatesGradually ? " Changes can take 2-10 minutes to take effect." : Self.instant
        return switch self {
        case .saved: "Saved."
        case .propagates: "Saved.\(delay)"
        case .created:
            propagatesGradually
                ? "Saved. Changes can take 2-10 minutes to take effect, and a new app up to 30 minutes in this "
                    + "simulation."
                : "Saved.\(delay)"
        case .deleted: "Deleted.\(delay)"
        case .revoked: "The sessions have ended. The app can sign in again."
        case .moved: "Org time was changed."
        case .code: "A verification code was sent by mail."
        }
    }

    private static let instant = " In this simulation, changes are set to take effect at once."

    /// Returns a path with the message for the page there.
    func path(_ path: String) -> String { "\(path)?notice=\(rawValue)" }
}
