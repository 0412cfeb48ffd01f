internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// The guided set-up of a connection. What is done follows from the store, so the set-up can be left and continued at any
/// time.
struct SetUpPages: FormPage {
    /// The raw values are those of the field `act`.
    enum Act: String {
        case setConsumerKey = "set-consumer-key"
    }

    static let name = "set-up"

    let service: AppService
    let pages: Pages

    func add(to routes: RouterGroup<ServerContext>) { addForms(to: routes) }

    func perform(_ act: Act, _ form: FormFields, on alias: String, as principal: Principal) async throws {
        switch act {
        case .setConsumerKey:
            var changes = ConnectionChanges()
            // A missing field gets a value that the service rejects. No connection has the revision 0.
            changes.consumerKey = form["consumerKey"] ?? ""
            changes.expectedRevision = form["revision"].flatMap { Int($0) } ?? 0
            _ = try await service.connections.change(alias, changes, as: principal)
        }
    }

    func shown(_ alias: String, _ session: Session, _ problem: Problem?) async throws -> ShownPage {
        let (overview, clicks) = try await service.overviews.setUp(alias, as: session.principal)
        let page = SetUpPage(overview, clicks, session: session, problem: problem)
        return ShownPage(
            template: .setUp, content: page,
            frame: Pages.Frame(title: "Set up \(alias)", formToken: session.formToken, copies: true))
    }
}

/// The page's content. The property names are the tags of `setUp.mustache`.
struct SetUpPage {
    /// What there is to do, in order. Creating the app and pre-authorizing its user happen in Salesforce; the next step
    /// shows whether they are done.
    enum Stage: Int, Comparable {
        case download, create, preauthorize, test, done

        static func < (one: Stage, other: Stage) -> Bool { one.rawValue < other.rawValue }

        init(_ shown: ConnectionOverview) {
            let view = shown.connection
            guard view.consumerKey != nil else {
                self = shown.download?.sha256 == view.certificate.sha256 ? .create : .download
                return
            }
            switch view.state.code {
            case .works, .differs, .certificateEndsSoon, .uploadAwaited, .certificateExpired: self = .done
            case .untested, .consumerKeyMissing: self = .preauthorize
            case .blocked, .fails, .waiting, .unclear: self = .test
            }
        }
    }

    /// How a step stands to the present one.
    struct Step {
        let isDone: Bool
        let isCurrent: Bool
        /// The word beside the heading.
        let word: String
        let tone: Tone

        init(_ stage: Stage, at current: Stage) {
            isCurrent = stage == current
            // Only a sign-in shows whether the app and the pre-authorization are right.
            isDone = current == .done || stage == .download && stage < current
            (word, tone) =
                if isDone {
                    ("done", .good)
                } else if isCurrent {
                    ("now", .warn)
                } else if stage > current {
                    ("later", .plain)
                } else {
                    (stage == .create ? "Consumer Key saved" : "not known yet", .plain)
                }
        }
    }

    /// The `act` that each form sends.
    struct Acts {
        let setConsumerKey = SetUpPages.Act.setConsumerKey.rawValue
    }

    let place: ConnectionPlace
    let acts = Acts()
    let revision: Int
    let kind: String
    let username: String
    let loginHost: String
    let certificateFile: String
    let sha256: String
    /// Why the certificate should not be uploaded now; `nil` if it may be.
    let certificateWarning: String?
    let warnings: [String]
    let consumerKey: String?
    /// In characters, so that a key that was not copied completely can be seen. 0 if there is no key yet.
    let consumerKeyLength: Int
    let places: ComponentPlaces
    let appName = GuidedApp.proposedName
    let callbackURL = GuidedApp.callbackURL
    let permissionSet = AppPermissionSet.integration.rawValue
    /// The steps, in order.
    let download: Step
    let create: Step
    let preauthorize: Step
    let test: Step
    let isDone: Bool
    let createClicks: [Clicks]
    let consumerKeyClicks: [Clicks]
    let preauthorizeClicks: [Clicks]
    let state: ConnectionState
    let problem: ProblemCard?

    init(_ shown: ConnectionOverview, _ clicks: SetUpClicks, session: Session, problem: Problem?) {
        let view = shown.connection
        let stage = Stage(shown)
        place = ConnectionPlace(view.alias, page: SetUpPages.name, session: session)
        revision = view.revision
        kind = view.appKind.label
        username = view.username
        loginHost = view.loginHost
        certificateFile = CertificateForm.pem.fileName(of: view.alias, sha256: view.certificate.sha256)
        sha256 = ConnectionPage.grouped(view.certificate.sha256)
        warnings = view.warnings
        certificateWarning = view.certificateBeingReplaced?.sentence(for: .settingsPage)
        consumerKey = view.consumerKey
        consumerKeyLength = view.consumerKey?.count ?? 0
        places = ComponentPlaces(view.appKind)
        download = Step(.download, at: stage)
        create = Step(.create, at: stage)
        preauthorize = Step(.preauthorize, at: stage)
        test = Step(.test, at: stage)
        isDone = stage == .done
        createClicks = clicks.create.map(Clicks.init)
        consumerKeyClicks = clicks.consumerKey.map(Clicks.init)
        preauthorizeClicks = clicks.preauthorize.map(Clicks.init)
        state = ConnectionState(view.state, of: view.alias, isRotating: view.rotation != .steady)
        self.problem = problem.map(ProblemCard.init)
    }
}
