internal import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird

/// A key in other hands, as a page: the steps, which of them is now, and a form for what only an admin can know.
struct CompromisePages: Sendable {
    let service: AppService
    let pages: Pages

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get("connections/:alias/compromise", use: show)
        routes.post("connections/:alias/compromise", use: act)
    }

    @Sendable private func show(_ request: Request, _ context: ServerContext) async throws -> Response {
        try await page(context.captured("alias"), context.signedIn(), problem: nil)
    }

    @Sendable private func act(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let alias = try context.captured("alias")
        do {
            try await perform(context.form, alias, as: session.principal)
        } catch let error as ConnectedAppError where error.cause != .unknownAlias {
            return try await page(alias, session, problem: Problem(error))
        }
        return .redirect(to: SettingsPath.compromise(alias), type: .normal)
    }

    private func perform(_ form: FormFields, _ alias: String, as principal: Principal) async throws {
        switch form["act"] {
        case "report":
            _ = try await service.blocks.reportCompromise(
                of: alias, reason: form["reason"] ?? "",
                replacement: .init(inSecondApp: form["mode"] == "second-app"), as: principal)
        case "blockedInSalesforce": _ = try await service.blocks.tell(.blockedInSalesforce, of: alias, as: principal)
        case "upload":
            let key = form["consumerKey"].flatMap { $0.isEmpty ? nil : $0 }
            _ = try await service.blocks.tell(.uploaded(consumerKey: key), of: alias, as: principal)
        case "revokedInSalesforce": _ = try await service.blocks.tell(.revokedInSalesforce, of: alias, as: principal)
        case "continue": _ = try await service.blocks.continueCompromise(of: alias, as: principal)
        case "withdraw": try await service.blocks.withdrawCompromise(of: alias, as: principal)
        default: throw ConnectedAppError(.usage, detail: "The form does not say what is to be done.")
        }
    }

    private func page(_ alias: String, _ session: Session, problem: Problem?) async throws -> Response {
        let connection = try await service.connections.named(alias, as: session.principal)
        let view: CompromiseView?
        do {
            view = try await service.blocks.compromise(of: alias, reader: .settingsPage, as: session.principal)
        } catch let
            error
            as ConnectedAppError
            where error.cause == .notBlocked
        { view = nil }
        return try pages.response(
            .compromise, CompromisePage(connection, view, session: session, problem: problem),
            frame: Pages.Frame(title: "A key of \(alias) in other hands", formToken: session.formToken),
            status: problem?.status ?? .ok)
    }
}

/// What the template shows.
struct CompromisePage {
    struct Step {
        let title: String
        let word: String
        let tone: String
        let at: ShownTime?
        let isNow: Bool
        let clicks: [Clicks]
        let hasClicks: Bool
        /// What the form says, where one is to be said.
        let act: String?
        let button: String?
        let asksConsumerKey: Bool
    }

    let alias: String
    let connectionPath: String
    let path: String
    let rotationPath: String
    let formToken: String
    let isReported: Bool
    let reason: String?
    let toldAt: ShownTime?
    let certificateSHA256: String?
    let steps: [Step]
    let isOver: Bool
    let evidence: [Clicks]
    let mayDownload: Bool
    let problem: ProblemCard?

    init(_ connection: ConnectionView, _ view: CompromiseView?, session: Session, problem: Problem?) {
        alias = connection.alias
        connectionPath = SettingsPath.connection(alias)
        path = SettingsPath.compromise(alias)
        rotationPath = SettingsPath.rotation(alias)
        formToken = session.formToken
        isReported = view != nil
        reason = view?.reason
        toldAt = view.map { ShownTime($0.toldAt) }
        certificateSHA256 = view.map { ConnectionPage.grouped($0.certificateSHA256) }
        steps = view.map { view in view.steps.map { Step($0, hasSecondApp: view.rotation.hasSecondApp) } } ?? []
        isOver = view?.isOver ?? false
        evidence = view?.evidence.map(Clicks.init) ?? []
        mayDownload = view?.rotation.hasNext ?? false
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
        hasClicks = !clicks.isEmpty
        asksConsumerKey = step.id == .upload && hasSecondApp
        (act, button) =
            switch step.id {
            case .blockedInSalesforce: (step.id.rawValue, "It is blocked in Salesforce")
            case .upload: (step.id.rawValue, "It is saved, and the app unblocked")
            case .revokedInSalesforce: (step.id.rawValue, "All are revoked")
            case .blockedHere, .nextCertificate, .replaced, .knownTokensDead: ("continue", "Look again")
            }
    }
}
