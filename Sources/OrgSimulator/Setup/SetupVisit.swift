import Foundation

/// One request for a Setup page, with all that a page may look at.
struct SetupVisit: Sendable {
    /// As an admin sees it: saved changes hold, whether or not the app servers know them.
    let org: Org
    let place: SetupPlace
    /// What follows the place in the path: `home`, `new`, or a record's id and an action.
    let steps: [String]
    let isPost: Bool
    let form: SetupForm
    /// What every form of this simulation carries.
    let formToken: String
    let management: ManagementAddress
    let clock: ClockView
    /// Whether changes take their time from server to server.
    let spreads: Bool
    /// The changes of this org's apps that some server does not hold yet.
    let spreading: [OrgTimePage.Change]
    /// The sign-ins of this org, oldest first.
    let logins: [LoginRecord]
    /// The sessions of this org that are not idle for too long.
    let sessions: [Sessions.Session]

    /// The last part of the path.
    var action: String { steps.last ?? "" }

    var isHome: Bool { steps == ["home"] && !isPost }

    /// The app that the path names, if it is of this kind.
    func app(_ kinds: App.Kind...) throws(SetupRefusal) -> App {
        guard steps.count == 2, let app = org.apps.first(where: { $0.id == steps[0] }), kinds.contains(app.kind) else {
            throw .notFound
        }
        return app
    }

    /// The address of another page of the record that the path names.
    func path(_ action: String) -> String { place.path(steps.first ?? "", action) }
}

/// What comes of a visit. The simulation carries it out; deciding it changes nothing.
enum SetupOutcome: Sendable {
    case page(SetupPage)
    case redirect(String)
    /// Saves, then goes where the closure says, which is given the org as it is then.
    case save(JSONValue, what: String, next: @Sendable (Org) -> String)
    /// Sends a verification code by mail, then asks for it.
    case sendCode(App, next: String)
    /// Shows key and secret if the code is the one that was sent.
    case checkCode(App, code: String)
    /// Ends the sessions of an app, of one user or of all.
    case revoke(App, userID: String, next: String)

    /// Moves org time, or changes how it goes.
    case adjustClock(ClockAdjustment, next: String)

    static func save(_ patch: JSONValue, what: String, then path: String) -> SetupOutcome {
        .save(patch, what: what, next: { _ in path })
    }
}

/// Why a visit comes to nothing, in one sentence. Nothing was changed.
struct SetupRefusal: Error, Sendable {
    let status: Int
    let sentence: String
    /// The form again, for a second try.
    var page: SetupPage?

    init(_ sentence: String, status: Int = 400, page: SetupPage? = nil) {
        self.status = status
        self.sentence = sentence
        self.page = page
    }

    static let notFound = SetupRefusal("This simulated org has no such Setup page.", status: 404)

    func on(_ page: SetupPage) -> SetupRefusal { SetupRefusal(sentence, status: status, page: page) }
}

/// What a page says about the step before. The address carries the name, so nobody can put words on a page.
enum SetupNotice: String, Sendable {
    case saved, propagates, created, deleted, revoked, code, moved

    /// - Parameter spreads: Whether changes take their time from server to server.
    func sentence(spreads: Bool) -> String {
        let delay = spreads ? " Changes can take 2-10 minutes to take effect." : Self.instant
        return switch self {
        case .saved: "Saved."
        case .propagates: "Saved.\(delay)"
        case .created:
            spreads
                ? "Saved. Changes can take 2-10 minutes to take effect, and a new app up to 30 minutes in this simulation."
                : "Saved.\(delay)"
        case .deleted: "Deleted.\(delay)"
        case .revoked: "The sessions are ended. The app can sign in again."
        case .moved: "Org time was changed."
        case .code: "A verification code was sent by mail."
        }
    }

    private static let instant = " This simulation is set to put changes into effect at once."

    func after(_ path: String) -> String { "\(path)?notice=\(rawValue)" }
}
