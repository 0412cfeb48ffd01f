internal import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird

/// The page about a compromised key: all steps, the current one, and a form to confirm what only somebody
/// with access to Setup can know.
struct CompromisePages: FormPage {
    /// The raw value is the value of the form field `act`.
    enum Act: String {
        case report, blockedInSalesforce, upload, revokedInSalesforce
        case goOn = "continue"
        case withdraw
    }

    static let name = "compromise"

    let service: AppService
    let pages: Pages

    func add(to routes: RouterGroup<ServerContext>) { addForms(to: routes) }

    func perform(_ act: Act, _ form: FormFields, on alias: String, as principal: Principal) async throws {
        switch act {
        case .report:
            let inSecondApp =
                form.value(CertificateDestination.field, as: CertificateDestination.self) == .secondApp
            _ = try await service.blocks.reportCompromise(
                of: alias, reason: form["reason"] ?? "", replacement: .init(inSecondApp: inSecondApp), as: principal)
        case .blockedInSalesforce: _ = try await service.blocks.confirm(.blockedInSalesforce, of: alias, as: principal)
        case .upload:
            _ = try await service.blocks.confirm(
                .uploaded(consumerKey: form.text("consumerKey")), of: alias, as: principal)
        case .revokedInSalesforce: _ = try await service.blocks.confirm(.revokedInSalesforce, of: alias, as: principal)
        case .goOn: _ = try await service.blocks.continueCompromise(of: alias, as: principal)
        case .withdraw: try await service.blocks.withdrawCompromise(of: alias, as: principal)
        }
    }

    func shown(_ alias: String, _ session: Session, _ problem: Problem?) async throws -> ShownPage {
        let view = try await compromise(alias, as: session.principal)
        return ShownPage(
            template: .compromise, content: CompromisePage(alias, view, session: session, problem: problem),
            frame: Pages.Frame(
                title: "Compromised key of \(alias)", formToken: session.formToken,
                events: problem == nil ? LivePages.path(SettingsPath.connection(alias), Self.name) : nil))
    }

    /// - Returns: `nil` if no key was reported as compromised.
    private func compromise(_ alias: String, as principal: Principal) async throws -> CompromiseView? {
        do {
            return try await service.blocks.compromise(of: alias, reader: .settingsPage, as: principal)
        } catch let error as ConnectedAppError where error.cause == .compromiseNotReported {
            return nil
        }
    }
}

/// The page's content. The property names are the tags of `compromise.mustache`.
struct CompromisePage {
    struct Step {
        let title: String
        let word: String
        let tone: String
        /// When the step was done; `nil` if it is not done, or if the time is not known.
        let at: ShownTime?
        /// Whether this is the current step. Only the current step has clicks and a form.
        let isNow: Bool
        let clicks: [Clicks]
        /// The `act` that the step's form sends.
        let act: String
        let button: String
        let asksConsumerKey: Bool
    }

    /// The `act` that each of the other forms sends.
    struct Acts {
        let report = CompromisePages.Act.report.rawValue
        let withdraw = CompromisePages.Act.withdraw.rawValue
    }

    let acts = Acts()
    let destinations = FormChoice.destinations
    let place: ConnectionPlace
    let rotationPath: String
    let isReported: Bool
    let reason: String?
    let reportedAt: ShownTime?
    let certificateSHA256: String?
    let steps: [Step]
    let isOver: Bool
    /// Where to look for traces of an intruder.
    let evidence: [Clicks]
    let mayDownload: Bool
    let problem: ProblemCard?

    init(_ alias: String, _ view: CompromiseView?, session: Session, problem: Problem?) {
        place = ConnectionPlace(alias, page: CompromisePages.name, session: session)
        rotationPath = SettingsPath.rotation(alias)
        isReported = view != nil
        reason = view?.reason
        reportedAt = view.map { ShownTime($0.toldAt) }
        certificateSHA256 = view.map { ConnectionPage.grouped($0.certificateSHA256) }
        steps = view.map { view in view.steps.map { Step($0, hasSecondApp: view.rotation.hasSecondApp) } } ?? []
        isOver = view?.isOver ?? false
        evidence = view?.evidence.map(Clicks.init) ?? []
        mayDownload = view?.rotation.isOtherUnproven ?? false
        self.problem = problem.map(ProblemCard.init)
    }
}

extension CompromisePage.Step {
    init(_ step: CompromiseView.Step, hasSecondApp: Bool) {
        title = step.title
        (word, tone) =
            switch step.state {
            case .done: ("done", "good")
            case .now: ("now", "warn")
            case .later: ("later", "plain")
            }
        at = step.at.map(ShownTime.init)
        isNow = step.state == .now
        clicks = step.state == .now ? step.clicks.map(Clicks.init) : []
        asksConsumerKey = step.id == .upload && hasSecondApp
        let act: CompromisePages.Act
        (act, button) =
            switch step.id {
            case .blockedInSalesforce: (.blockedInSalesforce, "I blocked it in Salesforce")
            case .upload: (.upload, "I saved it and unblocked the app")
            case .revokedInSalesforce: (.revokedInSalesforce, "I revoked all tokens")
            case .blockedHere, .nextCertificate, .replaced, .knownTokensDead: (.goOn, "Check again")
            }
        self.act = act.rawValue
    }
}
