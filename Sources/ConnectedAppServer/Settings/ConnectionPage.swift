internal import ConnectedApp
internal import Foundation

/// A connection's state in a few words, and when it was observed.
struct ConnectionState {
    let label: String
    let tone: String
    let seenAt: ShownTime?
    /// Why the connection fails, or what differs from what it should be.
    let because: String?
    /// The path of the test that showed it.
    let testPath: String?

    init(_ view: ConnectionView) {
        let state = view.state
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
        seenAt = state.seenAt.map(ShownTime.init)
        because = state.cause?.entry.summary
        testPath = state.testID.map { SettingsPath.test($0, of: view.alias) }
    }
}

/// The list of connections.
struct ConnectionsPage {
    struct Row {
        let alias: String
        let path: String
        let username: String
        let loginHost: String
        let kind: String
        let organizationID: String?
        let daysLeft: String
        let daysTone: String
        let state: ConnectionState
    }

    let rows: [Row]

    init(_ views: [ConnectionView]) {
        rows = views.map { view in
            Row(
                alias: view.alias, path: SettingsPath.connection(view.alias), username: view.username,
                loginHost: view.loginHost, kind: view.appKind.label, organizationID: view.organizationID,
                daysLeft: ValidityBar.caption(view.certificate),
                daysTone: view.certificate.isExpired
                    ? "bad" : view.certificate.daysLeft < AppCertificate.soon ? "warn" : "plain",
                state: ConnectionState(view))
        }
    }
}

/// The page of one connection: the three components of its app, and the settings that must match those of the org.
struct ConnectionPage {
    let alias: String
    let path: String
    let kind: String
    let username: String
    let loginHost: String
    let state: ConnectionState
    let places: ComponentPlaces
    let certificate: CertificateView
    let keyStore: String
    let validity: ValidityBar
    let sha256: String
    let sha1: String
    let serialNumber: String
    let consumerKey: String?
    let audienceURL: String?
    let audienceReason: [Prose]
    let organizationID: String?
    let allowedHosts: [String]
    let hasOwnCertificateAuthorities: Bool
    let warnings: [String]
    let sharesAppWith: String?
    let formToken: String
    let revision: Int
    /// The result of the form that was just submitted.
    let notice: Said?
    let problem: ProblemCard?
    let block: BlockCard?
    let budget: BudgetCard
    let rotationSummary: String
    let notices: NoticesCard
    let tests: [PastTest]
    /// The file name for downloads of the certificate in force.
    let certificateFile: String
    let download: Download?
    /// Whether the certificate has expired or expires soon.
    let isToBeRotated: Bool

    /// The latest download. Its members have names of their own, because a template looks up missing names in the
    /// enclosing scope.
    struct Download {
        let savedAs: String
        let downloadedSHA256: String
        let relation: String
        let relationTone: String
        let downloadedAt: ShownTime
        let downloadedBy: String

        init(_ download: CertificateDownload, inForce: CertificateView, _ rotation: RotationView) {
            savedAs = download.file ?? "Standard output"
            downloadedSHA256 = ConnectionPage.grouped(download.sha256)
            downloadedAt = ShownTime(download.time)
            downloadedBy = download.principal.description
            (relation, relationTone) =
                if rotation.hasNext, rotation.other?.sha256 == download.sha256 {
                    ("the next certificate of the rotation", "good")
                } else if download.sha256 == inForce.sha256 {
                    ("the certificate in force", "good")
                } else {
                    ("not the certificate in force", "warn")
                }
        }
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
            principal = view.principal
        }
    }

    init(_ shown: ConnectionOverview, session: Session, now: Date, notice: Notice? = nil, problem: Problem? = nil) {
        let view = shown.connection
        block = shown.block.map { BlockCard($0) }
        budget = BudgetCard(shown.budget)
        rotationSummary = shown.rotation.summary
        notices = NoticesCard(shown.notices, tests: shown.noticeTests, session: session)
        tests = shown.tests.map { PastTest(TestSummaryView($0), of: view.alias) }
        certificateFile = CertificateForm.pem.fileName(of: view.alias, sha256: view.certificate.sha256)
        download = shown.download.map { Download($0, inForce: view.certificate, shown.rotation) }
        isToBeRotated = view.certificate.isExpired || view.certificate.daysLeft < AppCertificate.soon
        alias = view.alias
        path = SettingsPath.connection(view.alias)
        kind = view.appKind.label
        username = view.username
        loginHost = view.loginHost
        state = ConnectionState(view)
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
        self.notice = notice.map { Said(sentence: $0.sentence, tone: $0 == .noticeNotTaken ? "warn" : "good") }
        self.problem = problem.map(ProblemCard.init)
    }

    struct Said {
        let sentence: String
        let tone: String
    }

    /// The result of a form. The redirect's address contains the raw value, never the sentence.
    enum Notice: String {
        case consumerKeySet = "consumer-key-set"
        case blocked, unblocked
        case budgetSet = "budget-set"
        case noticeTaken = "notice-taken"
        case noticeNotTaken = "notice-not-taken"

        var sentence: String {
            switch self {
            case .consumerKeySet:
                "The Consumer Key is set. After a change of the app, wait 2 to 10 minutes, then test the connection."
            case .blocked: "The app is blocked. aprity signs nothing and gives out no token."
            case .unblocked: "The test passed, its token was revoked, and the app may be used again."
            case .budgetSet: "The sign-in budget is set."
            case .noticeTaken: "Every receiver accepted the test notice."
            case .noticeNotTaken: "A receiver did not accept the test notice. Its answer is under Notices."
            }
        }
    }

    /// Formats hexadecimal digits in upper-case pairs, as Setup and openssl show them.
    static func grouped(_ hex: String) -> String {
        let digits = Array(hex.uppercased())
        return stride(from: 0, to: digits.count, by: 2).map { String(digits[$0..<min($0 + 2, digits.count)]) }
            .joined(separator: ":")
    }
}

/// The paths of the pages.
enum SettingsPath {
    static let connections = WantedPage.afterSignIn
    static let causes = "/causes"
    static func cause(_ cause: Cause) -> String { "\(causes)/\(cause.rawValue)" }

    static func connection(_ alias: String) -> String { "\(connections)/\(alias)" }
    static func rotation(_ alias: String) -> String { "\(connection(alias))/rotation" }
    static func compromise(_ alias: String) -> String { "\(connection(alias))/compromise" }
    static func run(_ run: TestRun) -> String { test(run.id, of: run.alias) }
    static func test(_ id: String, of alias: String) -> String { "\(connection(alias))/tests/\(id)" }
}
