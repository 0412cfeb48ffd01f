internal import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird

/// The rotation of an app's certificate as a page: where it is, what to do now, what is waited for.
struct RotationPages: Sendable {
    let service: AppService
    let pages: Pages

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get("connections/:alias/rotation", use: show)
        routes.post("connections/:alias/rotation", use: act)
        for form in CertificateForm.allCases {
            routes.get("connections/:alias/rotation/\(form.plainFileName)") { try await certificate(form, $1) }
        }
    }

    @Sendable private func show(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        return try await page(context.captured("alias"), session, problem: nil)
    }

    /// One form for each thing that an admin can do; `act` says which.
    @Sendable private func act(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let alias = try context.captured("alias")
        do {
            try await perform(context.form, alias, as: session.principal)
        } catch let error as ConnectedAppError where error.cause != .unknownAlias {
            return try await page(alias, session, problem: Problem(error))
        }
        return .redirect(to: SettingsPath.rotation(alias), type: .normal)
    }

    private func perform(_ form: FormFields, _ alias: String, as principal: Principal) async throws {
        switch form["act"] {
        case "begin":
            let kind = form["appKind"].flatMap { AppKind(rawValue: $0) }
            let inSecondApp = form["mode"] == "second-app"
            let keyStore = form["keyStore"].flatMap { KeyStoreKind(rawValue: $0) }
            _ = try await service.rotations.begin(
                .init(inSecondApp: inSecondApp, appKind: inSecondApp ? kind : nil, keyStore: keyStore), of: alias,
                as: principal)
        case "uploaded":
            let key = form["consumerKey"].flatMap { $0.isEmpty ? nil : $0 }
            _ = try await service.rotations.tellUpload(of: alias, consumerKey: key, as: principal)
        case "abort": _ = try await service.rotations.abort(of: alias, as: principal)
        case "rollback": _ = try await service.rotations.rollBack(of: alias, as: principal)
        default: throw ConnectedAppError(.usage, detail: "The form does not say what is to be done.")
        }
    }

    private func page(_ alias: String, _ session: Session, problem: Problem?) async throws -> Response {
        let view = try await service.rotations.view(of: alias, reader: .settingsPage, as: session.principal)
        let kind = try await service.connections.named(alias, as: session.principal).appKind
        let page = RotationPage(
            view, kind: kind, keyStores: service.certificates.keyStoreKinds, session: session, problem: problem)
        return try pages.response(
            .rotation, page,
            frame: Pages.Frame(
                title: "Rotation of \(alias)", formToken: session.formToken,
                reloads: problem == nil && page.reloads), status: problem?.status ?? .ok)
    }

    private func certificate(_ form: CertificateForm, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let alias = try context.captured("alias")
        let certificate = try await service.certificates.next(of: alias, as: session.principal)
        return try await form.download(certificate, of: alias, from: service, as: session.principal)
    }
}

/// What the template shows of a rotation.
struct RotationPage {
    /// One of the five stations, in the words of the page.
    struct Station {
        let label: String
        let tone: String
        /// `step` for where the rotation is, as `aria-current` wants it.
        let current: String?
    }

    /// One choice of a list.
    struct Kind {
        let value: String
        let label: String
        let isChosen: Bool
    }

    struct Entry {
        let time: ShownTime
        let what: String
        let by: String
    }

    let alias: String
    let connectionPath: String
    let path: String
    let formToken: String
    let stations: [Station]
    let summary: String
    let tone: String
    let warnings: [String]
    let hasWarnings: Bool
    let toDo: [Clicks]
    let hasToDo: Bool
    let waitsFor: String?
    let since: ShownTime?
    let usual: String?
    let until: ShownTime?
    let dueAt: ShownTime
    let activeSHA256: String
    let activeUntil: ShownTime
    /// "former", say: the word for the other key.
    let otherRole: String
    let otherLabel: String?
    let otherSHA256: String?
    let otherUntil: ShownTime?
    let evidence: String?
    let mayBegin: Bool
    let mayDownload: Bool
    let mayTell: Bool
    let asksConsumerKey: Bool
    let mayAbort: Bool
    let mayRollBack: Bool
    let kinds: [Kind]
    /// Where the next key may be made; only where that is a choice.
    let keyStores: [Kind]
    let hasKeyStores: Bool
    let activeKeyStore: String
    let otherKeyStore: String?
    let log: [Entry]
    let hasLog: Bool
    let reloads: Bool
    let problem: ProblemCard?

    init(_ view: RotationView, kind: AppKind, keyStores: [KeyStoreKind], session: Session, problem: Problem?) {
        alias = view.connection
        connectionPath = SettingsPath.connection(view.connection)
        path = SettingsPath.rotation(view.connection)
        formToken = session.formToken
        stations =
            view.isGivenUp
            ? [Station(label: "Next certificate given up; its key kept", tone: "warn", current: "step")]
            : Self.stations(view.state)
        summary = view.summary
        tone = view.warnings.isEmpty ? "plain" : "warn"
        warnings = view.warnings
        hasWarnings = !view.warnings.isEmpty
        toDo = view.toDo.map(Clicks.init)
        hasToDo = !view.toDo.isEmpty
        waitsFor = view.waitsFor
        since = view.since.map(ShownTime.init)
        usual = view.hasNext ? view.usual?.sentence : nil
        until = view.until.map(ShownTime.init)
        dueAt = ShownTime(view.dueAt)
        activeSHA256 = ConnectionPage.grouped(view.active.sha256)
        activeUntil = ShownTime(view.active.notAfter)
        otherRole = view.otherRole.word
        otherLabel = view.other.map { _ in
            switch view.otherRole {
            case .next: "Next certificate"
            case .former: "Former certificate"
            case .givenUp: "Given-up certificate"
            }
        }
        otherSHA256 = view.other.map { ConnectionPage.grouped($0.sha256) }
        otherUntil = view.other.map { ShownTime($0.notAfter) }
        evidence = view.evidence.flatMap { Self.sentence($0, on: view.otherRole) }
        mayBegin = view.state == .steady
        mayDownload = view.hasNext
        mayTell = [RotationStateName.prepared, .publishing].contains(view.state)
        asksConsumerKey = view.hasSecondApp
        mayAbort = [RotationStateName.generating, .prepared].contains(view.state)
        mayRollBack = view.mayRollBack
        kinds = AppKind.allCases.map { Kind(value: $0.rawValue, label: $0.label, isChosen: $0 == kind) }
        hasKeyStores = keyStores.count > 1
        self.keyStores = keyStores.map {
            Kind(value: $0.rawValue, label: $0.label, isChosen: $0 == view.keyStore)
        }
        activeKeyStore = view.keyStore.label
        otherKeyStore = view.otherKeyStore?.label
        log = view.log.reversed().map { Entry(time: ShownTime($0.time), what: $0.what, by: $0.by) }
        hasLog = !view.log.isEmpty
        reloads = [RotationStateName.generating, .publishing, .proving, .destroying].contains(view.state)
        self.problem = problem.map(ProblemCard.init)
    }

    private static let order: [RotationStateName] = [.steady, .prepared, .publishing, .proving, .retiring]
    private static let labels = [
        "One key", "Next certificate ready", "Uploaded, not seen yet", "Being proven", "In force; former key kept",
    ]

    private static func station(of state: RotationStateName) -> RotationStateName {
        switch state {
        case .generating: .prepared
        case .destroying: .retiring
        case .steady, .prepared, .publishing, .proving, .retiring: state
        }
    }

    private static func stations(_ state: RotationStateName) -> [Station] {
        let here = order.firstIndex(of: station(of: state)) ?? 0
        return labels.enumerated().map { index, label in
            Station(
                label: label, tone: index < here ? "good" : index == here ? "warn" : "plain",
                current: index == here ? "step" : nil)
        }
    }

    /// - Returns: `nil` if no answers are waited for.
    private static func sentence(_ evidence: RotationView.EvidenceView, on other: RotationView.OtherRole) -> String? {
        guard evidence.isCounting else { return nil }
        let taken = "Taken \(evidence.taken) of \(evidence.takenNeeded) times that are needed"
        let refused = "\(evidence.counterRefused) of \(evidence.counterRefusedNeeded) times"
        let seen =
            if evidence.takenNeeded == 0 {
                "The \(other.word) key was refused \(refused) that are needed."
            } else if evidence.counterRefusedNeeded == 0 {
                taken + "."
            } else {
                taken + "; the other key refused \(refused)."
            }
        guard evidence.hasAnswers else { return seen }
        let percent = (evidence.missChance * 100).formatted(.number.precision(.fractionLength(1)))
        return seen + " One stale server of eight would be missed by chance in \(percent) % of cases."
    }
}
