internal import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird

/// The page about a certificate rotation: its state, what to do now, and what it waits for.
struct RotationPages: FormPage {
    /// The raw value is the form field `act`.
    enum Act: String {
        case begin, uploaded, abort, rollback
    }

    static let name = "rotation"

    let service: AppService
    let pages: Pages

    func add(to routes: RouterGroup<ServerContext>) {
        addForms(to: routes)
        for form in CertificateForm.allCases {
            routes.get("connections/:alias/rotation/\(form.plainFileName)") { try await certificate(form, $1) }
        }
    }

    func perform(_ act: Act, _ form: FormFields, on alias: String, as principal: Principal) async throws {
        switch act {
        case .begin:
            let inSecondApp =
                form.value(CertificateDestination.field, as: CertificateDestination.self) == .secondApp
            let kind = form.value("appKind", as: AppKind.self)
            let keyStore = form.value("keyStore", as: KeyStoreKind.self)
            let days = try form.text("certificateDays").map { _ in
                try form.number(
                    "certificateDays", labelled: "Days that the certificate is valid",
                    in: NewConnection.certificateDaysRange)
            }
            _ = try await service.rotations.begin(
                .init(
                    inSecondApp: inSecondApp, appKind: inSecondApp ? kind : nil,
                    keySize: form.keySize(), keyStore: keyStore,
                    certificateDays: days), of: alias, as: principal)
        case .uploaded:
            _ = try await service.rotations.confirmUpload(
                of: alias, consumerKey: form.text("consumerKey"), as: principal)
        case .abort: _ = try await service.rotations.abort(of: alias, as: principal)
        case .rollback: _ = try await service.rotations.rollBack(of: alias, as: principal)
        }
    }

    func shown(_ alias: String, _ session: Session, _ problem: Problem?) async throws -> ShownPage {
        let (view, kind) = try await service.rotations.shown(of: alias, reader: .settingsPage, as: session.principal)
        // Somebody who reported the upload too early still needs its steps.
        let upload =
            view.isUploadReported && !view.hasSecondApp
            ? try await service.guides.upload(for: alias, reader: .settingsPage, as: session.principal) : []
        let page = RotationPage(
            view, kind: kind, upload: upload, keyStores: service.certificates.keyStoreKinds, session: session,
            problem: problem)
        return ShownPage(
            template: .rotation, content: page,
            frame: Pages.Frame(
                title: "Rotation of \(alias)", formToken: session.formToken,
                events: problem == nil ? LivePages.path(SettingsPath.connection(alias), Self.name) : nil,
                reloads: problem == nil && page.reloads))
    }

    private func certificate(_ form: CertificateForm, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let alias = try context.captured("alias")
        let certificate = try await service.certificates.next(of: alias, as: session.principal)
        return try await form.download(certificate, of: alias, from: service, as: session.principal)
    }
}

/// The page's content. The property names are the tags of `rotation.mustache`.
struct RotationPage {
    /// One of the five steps that the page shows in a row. Several states of the rotation can share one. After giving up,
    /// there is only one.
    struct Step {
        let label: String
        let tone: String
        /// The value of `aria-current`: `step` for the current one, otherwise `nil`.
        let current: String?
    }

    /// The `act` that each form sends.
    struct Acts {
        let begin = RotationPages.Act.begin.rawValue
        let uploaded = RotationPages.Act.uploaded.rawValue
        let abort = RotationPages.Act.abort.rawValue
        let rollback = RotationPages.Act.rollback.rawValue
    }

    /// An event of the rotation.
    struct Entry {
        let time: ShownTime
        let what: String
        let by: String
    }

    let place: ConnectionPlace
    let steps: [Step]
    let summary: String
    let tone: String
    let warnings: [String]
    let toDo: [Clicks]
    /// The steps of an upload that was reported already; empty in other states.
    let upload: [Clicks]
    /// The object of "Waits for", without a full stop.
    let waitsFor: String?
    /// When the rotation entered its state; `nil` if that is not recorded.
    let since: ShownTime?
    /// How long changes usually take to spread in this org, as a sentence; `nil` if that is not known.
    let usual: String?
    /// The earliest time at which the former or given-up key is destroyed; `nil` if no such key is kept.
    let until: ShownTime?
    /// When the next rotation is due.
    let dueAt: ShownTime
    /// The label of the certificate ``activeSHA256``.
    let activeLabel: String
    let activeSHA256: String
    let activeUntil: ShownTime
    /// The word for the other key, for example "former".
    let otherRole: String
    let otherLabel: String?
    let otherSHA256: String?
    let otherUntil: ShownTime?
    /// What shows which key the org trusts, as sentences.
    let evidence: String?
    let mayBegin: Bool
    let mayDownload: Bool
    let mayReportUpload: Bool
    /// When the upload was reported; `nil` if it was not, or if a server has accepted the key since.
    let reportedAt: ShownTime?
    /// Whether the second app's Consumer Key can still be entered again.
    let mayCorrectConsumerKey: Bool
    let asksConsumerKey: Bool
    let mayAbort: Bool
    let mayRollBack: Bool
    let acts = Acts()
    let destinations = FormChoice.destinations
    /// The kinds of a second app.
    let kinds: [FormChoice]
    let keySizes = KeySize.allCases.map {
        FormChoice(value: String($0.rawValue), label: "\($0.rawValue) bits", isChosen: false)
    }
    let mostDays = NewConnection.certificateDaysRange.upperBound
    /// The key stores for the next key. The form offers them only if there is more than one.
    let keyStores: [FormChoice]
    let hasKeyStores: Bool
    let activeKeyStore: String
    let otherKeyStore: String?
    /// The newest first.
    let log: [Entry]
    /// Whether the state is about to change without a form, so that the page reloads in a browser without scripts.
    let reloads: Bool
    let problem: ProblemCard?

    /// - Parameter upload: The steps of an upload that was reported already.
    init(
        _ view: RotationView, kind: AppKind, upload: [String], keyStores: [KeyStoreKind], session: Session,
        problem: Problem?
    ) {
        place = ConnectionPlace(view.connection, page: RotationPages.name, session: session)
        steps =
            view.isGivenUp ? [Step(label: Self.label(of: view), tone: "warn", current: "step")] : Self.steps(view)
        summary = view.summary
        tone = view.warnings.isEmpty ? "plain" : "warn"
        warnings = view.warnings
        toDo = view.toDo.map(Clicks.init)
        self.upload = upload.map(Clicks.init)
        waitsFor = view.waitsFor
        since = view.since.map(ShownTime.init)
        usual = view.isOtherUnproven ? view.usual?.sentence : nil
        until = view.until.map(ShownTime.init)
        dueAt = ShownTime(view.dueAt)
        activeLabel = view.isActiveRolledBack ? "Rolled-back certificate" : "Certificate in force"
        activeSHA256 = ConnectionPage.grouped(view.active.sha256)
        activeUntil = ShownTime(view.active.notAfter)
        otherRole = view.otherRole.word
        otherLabel = view.other.map { _ in view.otherRole.label + " certificate" }
        otherSHA256 = view.other.map { ConnectionPage.grouped($0.sha256) }
        otherUntil = view.other.map { ShownTime($0.notAfter) }
        evidence = view.evidence.flatMap { $0.sentences(on: view.otherRole) }
        mayBegin = view.state == .steady
        mayDownload = view.isOtherUnproven
        mayReportUpload = [RotationStateName.prepared, .publishing].contains(view.state) && !view.isUploadReported
        reportedAt = view.isUploadReported ? view.since.map(ShownTime.init) : nil
        mayCorrectConsumerKey = view.isUploadReported && view.hasSecondApp && !view.isRolledBack
        asksConsumerKey = view.hasSecondApp
        mayAbort = [RotationStateName.generating, .prepared].contains(view.state)
        mayRollBack = view.mayRollBack
        kinds = AppKind.allCases.map { FormChoice(value: $0.rawValue, label: $0.label, isChosen: $0 == kind) }
        hasKeyStores = keyStores.count > 1
        self.keyStores = keyStores.map {
            FormChoice(value: $0.rawValue, label: $0.label, isChosen: $0 == view.keyStore)
        }
        activeKeyStore = view.keyStore.label
        otherKeyStore = view.otherKeyStore?.label
        log = view.log.reversed().map {
            Entry(time: ShownTime($0.time), what: $0.what, by: Principal.words(for: $0.by))
        }
        reloads = [RotationStateName.generating, .publishing, .proving, .destroying].contains(view.state)
        self.problem = problem.map(ProblemCard.init)
    }

    /// The states of the steps, in the order of ``labels``.
    private static let order: [RotationStateName] = [.steady, .prepared, .publishing, .proving, .retiring]
    private static let labels = [
        "One key", "Next certificate ready", "Uploaded, not seen yet", "Being proven", "In force; former key kept",
    ]

    /// Returns the state at whose step a state is shown.
    private static func step(of state: RotationStateName) -> RotationStateName {
        switch state {
        case .generating: .prepared
        case .destroying: .retiring
        case .steady, .prepared, .publishing, .proving, .retiring: state
        }
    }

    private static func steps(_ view: RotationView) -> [Step] {
        let here = index(of: view.state)
        return labels.enumerated().map { index, label in
            Step(
                label: index == here ? Self.label(of: view) : label,
                tone: index < here ? "good" : index == here ? "warn" : "plain", current: index == here ? "step" : nil)
        }
    }

    private static func index(of state: RotationStateName) -> Int { order.firstIndex(of: step(of: state)) ?? 0 }

    /// Returns the label of the present step of a rotation.
    static func label(of view: RotationView) -> String {
        if view.isGivenUp { return "Next certificate given up; its key kept" }
        let label = labels[index(of: view.state)]
        guard view.isRolledBack else { return label }
        return switch view.state {
        case .publishing: "Rolled back, not seen yet"
        case .retiring, .destroying: "Former one in force again"
        case .steady, .generating, .prepared, .proving: label
        }
    }
}
