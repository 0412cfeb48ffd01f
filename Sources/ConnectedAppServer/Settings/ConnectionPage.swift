internal import ConnectedApp
internal import Foundation

/// A connection's state in a few words, and when it was observed. The property names are tags of `connection.mustache`
/// and `connections.mustache`.
struct ConnectionState {
    let label: String
    let tone: String
    /// `nil` if no test or sign-in has shown the state.
    let seenAt: ShownTime?
    /// Why the connection fails, or what differs from what it should be.
    let because: String?
    /// The path of the test that showed the state; `nil` if it is not in the history.
    let testPath: String?

    /// What to do next; `nil` if there is nothing to do.
    let next: Next?

    /// A link to the page on which the next step is done.
    struct Next {
        let label: String
        let path: String
    }

    init(_ state: ConnectionStateView, of alias: String, isRotating: Bool) {
        next = Next(state, of: alias, isRotating: isRotating)
        (label, tone) =
            switch state.code {
            case .blocked: ("Blocked", "bad")
            case .consumerKeyMissing: ("Needs its Consumer Key", "warn")
            case .fails: ("Does not work", "bad")
            case .waiting: ("Waiting for a change to spread", "warn")
            case .certificateExpired: ("Certificate expired", "bad")
            case .differs: ("Works, but differs", "warn")
            case .uploadAwaited: ("Next certificate not uploaded yet", "warn")
            case .certificateEndsSoon: ("Certificate expires soon", "warn")
            case .unclear: ("Unknown whether it works", "warn")
            case .untested: ("Not tested yet", "plain")
            case .works: ("Works", "good")
            }
        // A test before the block says nothing about it. The card of the block has its time and its reason.
        let evidence = state.code == .blocked ? nil : state
        seenAt = evidence?.seenAt.map(ShownTime.init)
        because = evidence?.cause?.entry.summary
        testPath = evidence?.testID.map { SettingsPath.test($0, of: alias) }
    }
}

extension ConnectionState.Next {
    fileprivate init?(_ state: ConnectionStateView, of alias: String, isRotating: Bool) {
        let page = SettingsPath.connection(alias)
        switch state.code {
        case .untested where isRotating: self.init(continuingRotationOf: alias)
        case .consumerKeyMissing, .untested: self.init(label: "Continue the set-up", path: SettingsPath.setUp(alias))
        case .certificateExpired, .certificateEndsSoon, .uploadAwaited:
            if isRotating {
                self.init(continuingRotationOf: alias)
            } else {
                self.init(label: "Rotate the certificate", path: SettingsPath.rotation(alias))
            }
        case .fails, .differs, .unclear:
            self.init(
                label: "See what the test found",
                path: state.testID.map { SettingsPath.test($0, of: alias) } ?? page + "#tests")
        case .waiting: self.init(label: "Follow the change", path: page + "#tests")
        case .blocked, .works: return nil
        }
    }

    private init(continuingRotationOf alias: String) {
        self.init(label: "Continue the rotation", path: SettingsPath.rotation(alias))
    }
}

/// The page of one connection: the three components of its app, and the settings that must match those of the org. The
/// property names are the tags of `connection.mustache`.
struct ConnectionPage {
    let alias: String
    let path: String
    let kind: String
    let username: String
    let loginHost: String
    let state: ConnectionState
    /// The rotation's state as a badge; `nil` if no rotation is under way.
    let rotationLabel: String?
    /// Why the certificate should not be uploaded now; `nil` if it may be.
    let certificateWarning: String?
    let places: ComponentPlaces
    let certificate: CertificateView
    let keyStore: String
    let validity: ValidityBar
    let sha256: String
    let sha1: String
    let serialNumber: String
    let consumerKey: String?
    /// `nil` if aprity cannot decide on an audience.
    let audienceURL: String?
    let audienceReason: [Prose]
    let organizationID: String?
    let allowedHosts: [String]
    let hasOwnCertificateAuthorities: Bool
    let warnings: [String]
    /// The aliases of the other connections of the app, separated by commas; `nil` if there are none.
    let sharesAppWith: String?
    let formToken: String
    /// The revision that the Consumer Key form sends back, so that a change in the meantime is detected.
    let revision: Int
    /// The result of the form that was just submitted.
    let formResult: ShownResult?
    let problem: ProblemCard?
    let block: BlockCard?
    let budget: BudgetCard
    let rotationSummary: String
    let notices: NoticesCard
    let tests: [PastTest]
    /// The name under which a browser saves the certificate in force.
    let certificateFile: String
    /// `nil` if the certificate was never downloaded.
    let download: Download?
    /// `nil` if that is not known.
    let acceptedAt: ShownTime?
    /// `nil` if the app was never compared.
    let appCheck: AppCheckCard?
    let appDiffers: Bool
    let pulls: PullsCard
    let clients: ClientsCard
    /// The latest entries, the newest first.
    let auditEntries: AuditEntries
    /// Whether the certificate has expired or expires soon.
    let isToBeRotated: Bool

    /// The latest download. Its names must differ from those of the page, because a template looks up a missing name in
    /// the enclosing scope.
    struct Download {
        let savedAs: String
        /// In pairs of digits, as ``ConnectionPage/grouped(_:)`` formats them.
        let downloadedSHA256: String
        let relation: String
        let relationTone: String
        let downloadedAt: ShownTime
        let downloadedBy: String

        init(_ download: CertificateDownload, inForce: CertificateView, _ rotation: RotationView) {
            savedAs = download.file ?? "Standard output"
            downloadedSHA256 = ConnectionPage.grouped(download.sha256)
            downloadedAt = ShownTime(download.time)
            downloadedBy = Principal.words(for: download.principal.description)
            (relation, relationTone) =
                if rotation.isOtherUnproven, rotation.other?.sha256 == download.sha256 {
                    ("the \(rotation.otherRole.word) certificate of the rotation", "good")
                } else if download.sha256 == inForce.sha256 {
                    ("the certificate in force", "good")
                } else {
                    ("not the certificate in force", "warn")
                }
        }
    }

    /// What is stored of the app's comparison with its approval. Its names must differ from those of the page.
    struct AppCheckCard {
        struct Difference {
            let label: String
            let found: String
            let since: ShownTime
            let changedBy: String
        }

        let checkedAt: ShownTime?
        let approvedAt: ShownTime?
        let differences: [Difference]

        init(_ check: LastAppCheck) {
            checkedAt = check.checkedAt.map(ShownTime.init)
            approvedAt = check.approvedAt.map(ShownTime.init)
            differences = check.differences.map {
                Difference(
                    label: $0.label, found: $0.found.isEmpty ? "none" : $0.found, since: ShownTime($0.firstSeenAt),
                    changedBy: $0.changedBy ?? "unknown")
            }
        }
    }

    /// The content of `auditEntries.mustache`.
    struct AuditEntries {
        let rows: [AuditRow]
    }

    /// One row of the test history.
    struct PastTest {
        let path: String
        let finishedAt: ShownTime
        let label: String
        let tone: String
        let because: String?
        let principal: String

        init(_ view: TestSummaryView, of alias: String) {
            path = SettingsPath.test(view.id, of: alias)
            finishedAt = ShownTime(view.finishedAt)
            (label, tone) =
                switch view.outcome {
                case .passes: ("works", "good")
                case .fails: view.connects ? ("works, but differs", "warn") : ("does not work", "bad")
                case .unknown: ("unknown", "warn")
                case .waiting: ("waited for a change", "warn")
                }
            because = view.code?.entry.summary
            principal = Principal.words(for: view.principal)
        }
    }

    init(
        _ shown: ConnectionOverview, session: Session, now: Date, result: FormResult? = nil, problem: Problem? = nil
    ) {
        let view = shown.connection
        pulls = PullsCard(shown.pulls)
        clients = ClientsCard(shown.clients)
        block = shown.block.map { BlockCard($0) }
        budget = BudgetCard(shown.budget)
        rotationSummary = shown.rotation.summary
        notices = NoticesCard(shown.notices, tests: shown.testNotices, session: session)
        tests = shown.tests.map { PastTest(TestSummaryView($0), of: view.alias) }
        certificateFile = CertificateForm.pem.fileName(of: view.alias, sha256: view.certificate.sha256)
        download = shown.download.map { Download($0, inForce: view.certificate, shown.rotation) }
        acceptedAt = shown.acceptedAt.map(ShownTime.init)
        appCheck = shown.appCheck.map(AppCheckCard.init)
        appDiffers = shown.appCheck.map { !$0.differences.isEmpty } ?? false
        auditEntries = AuditEntries(rows: shown.audit.map { AuditRow($0, connections: nil) })
        isToBeRotated = view.certificate.isExpired || view.certificate.daysLeft < AppCertificate.soon
        alias = view.alias
        path = SettingsPath.connection(view.alias)
        kind = view.appKind.label
        username = view.username
        loginHost = view.loginHost
        state = ConnectionState(view.state, of: view.alias, isRotating: view.rotation != .steady)
        rotationLabel = view.rotation == .steady ? nil : "Rotation: " + RotationPage.label(of: shown.rotation)
        certificateWarning = view.certificateBeingReplaced?.sentence(for: .settingsPage)
        places = ComponentPlaces(view.appKind)
        certificate = view.certificate
        keyStore = view.keyStore.label
        validity = ValidityBar(view.certificate, now: now)
        sha256 = Self.grouped(view.certificate.sha256)
        sha1 = Self.grouped(view.certificate.sha1)
        serialNumber = Self.grouped(view.certificate.serialNumber)
        consumerKey = view.consumerKey
        audienceURL = view.audience.url
        audienceReason = Prose.pieces(view.audience.reason)
        organizationID = view.organizationID
        allowedHosts = view.allowedHosts
        hasOwnCertificateAuthorities = view.hasOwnCertificateAuthorities
        warnings = view.warnings
        sharesAppWith = view.sharesAppWith.isEmpty ? nil : view.sharesAppWith.joined(separator: ", ")
        formToken = session.formToken
        revision = view.revision
        formResult = result.map(ShownResult.init)
        self.problem = problem.map(ProblemCard.init)
    }

    /// A ``FormResult``, as the template shows it.
    struct ShownResult {
        let sentence: String
        let tone: Tone

        init(_ result: FormResult) {
            sentence = result.sentence
            tone =
                switch result {
                case .testNoticeRefused, .blocked: .warn
                case .consumerKeySet, .unblocked, .budgetSet, .testNoticeAccepted, .settingsSaved, .certificateImported:
                    .good
                }
        }
    }

    /// The result of a form. The redirect's address has the raw value as `done`, never the sentence, so a link cannot
    /// make the page show a text of its own.
    enum FormResult: String {
        case consumerKeySet = "consumer-key-set"
        case blocked, unblocked
        case budgetSet = "budget-set"
        case testNoticeAccepted = "notice-taken"
        case testNoticeRefused = "notice-not-taken"
        case settingsSaved = "settings-saved"
        case certificateImported = "certificate-imported"

        var sentence: String {
            switch self {
            case .consumerKeySet:
                "The Consumer Key is set. After a change of the app, wait 2 to 10 minutes, then test the connection."
            case .blocked: "The app is blocked. aprity signs nothing for it and hands out none of its tokens."
            case .unblocked: "The test passed, its token was revoked, and the app may be used again."
            case .budgetSet: "The sign-in budget is set."
            case .testNoticeAccepted: "Every receiver accepted the test notice."
            case .settingsSaved: "The settings are saved. Test the connection to see whether they match the org's."
            case .certificateImported:
                "The certificate is in use. Upload it into the app in Salesforce if it is not there yet, then test the "
                    + "connection."
            case .testNoticeRefused: "A receiver did not accept the test notice. Its answer is under Notices."
            }
        }
    }

    /// Formats hexadecimal digits as upper-case pairs with colons, as Setup and openssl show them: `0A:1B`.
    static func grouped(_ hex: String) -> String {
        let digits = Array(hex.uppercased())
        return stride(from: 0, to: digits.count, by: 2).map { String(digits[$0..<min($0 + 2, digits.count)]) }
            .joined(separator: ":")
    }
}

/// The paths of the pages. The templates append the last component of a form's or a file's path themselves.
enum SettingsPath {
    static let connections = WantedPage.afterSignIn
    static let causes = "/causes"
    static let audit = "/audit"
    static let addConnection = "/add-connection"
    static let remainingKeys = "/remaining-keys"
    static let blockAll = "/block"
    static let account = "/account"
    static let users = "/users"
    static let apiTokens = "/api-tokens"
    static let signInApp = "/sign-in-app"
    static func cause(_ cause: Cause) -> String { "\(causes)/\(cause.rawValue)" }

    static func connection(_ alias: String) -> String { "\(connections)/\(alias)" }
    /// The connection's page with the result of a form.
    static func connection(_ alias: String, after result: ConnectionPage.FormResult) -> String {
        "\(connection(alias))?done=\(result.rawValue)"
    }
    static func setUp(_ alias: String) -> String { "\(connection(alias))/\(SetUpPages.name)" }
    static func metadata(_ alias: String) -> String { "\(connection(alias))/\(MetadataPages.name)" }
    static func clients(_ alias: String) -> String { "\(connection(alias))/\(ClientPages.name)" }
    static func rotation(_ alias: String) -> String { "\(connection(alias))/rotation" }
    static func compromise(_ alias: String) -> String { "\(connection(alias))/compromise" }
    static func run(_ run: TestRun) -> String { test(run.id, of: run.alias) }
    static func test(_ id: String, of alias: String) -> String { "\(connection(alias))/tests/\(id)" }
}
