internal import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird

/// Serves the pages about the app in Salesforce: the steps in Setup, the comparison with what was approved, and the
/// progress of a change. The form for a report is here too.
struct DiagnosisPages: Sendable {
    let service: AppService
    let followers: ChangeFollowers
    let pages: Pages

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get("connections/:alias/guide", use: guide)
        routes.get("connections/:alias/app", use: showApp)
        routes.post("connections/:alias/app", use: checkApp)
        routes.get("connections/:alias/change", use: showChange)
        routes.post("connections/:alias/change", use: recordChange)
        routes.post("connections/:alias/report", use: report)
    }

    @Sendable private func guide(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let alias = try context.captured("alias")
        let guides = try await service.guides.all(for: alias, reader: .settingsPage, as: session.principal)
        let open = request.uri.queryParameters["task"].map { String($0) }
        return try pages.response(
            .guide, GuidePage(guides, open: open),
            frame: Pages.Frame(title: "\(alias) in Setup", formToken: session.formToken))
    }

    @Sendable private func showApp(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let alias = try context.captured("alias")
        _ = try await service.connections.named(alias, as: session.principal)
        return try app(AppPage(alias, nil, session: session, problem: nil), session)
    }

    /// Checks the app and shows the result. Reading the org uses API calls, and a sign-in if there is no token, so it
    /// requires a form: a mere visit to the page does nothing.
    @Sendable private func checkApp(_ request: Request, _ context: ServerContext) async throws -> Response {
        try await context.submit { alias, session in
            let approves = context.form.value(AppPage.Approval.field, as: AppPage.Approval.self) == .yes
            let view = try await service.appCheck.check(of: alias, approving: approves, as: session.principal)
            return try app(AppPage(alias, view, session: session, problem: nil), session)
        } refused: { alias, session, problem in
            try app(AppPage(alias, nil, session: session, problem: problem), session, status: problem.status)
        }
    }

    private func app(_ page: AppPage, _ session: Session, status: HTTPResponse.Status = .ok) throws -> Response {
        try pages.response(
            .app, page, frame: Pages.Frame(title: "The app of \(page.alias)", formToken: session.formToken),
            status: status)
    }

    @Sendable private func showChange(_ request: Request, _ context: ServerContext) async throws -> Response {
        try pages.response(try await change(of: context.captured("alias"), context.signedIn()))
    }

    /// The page about the latest change of a connection's app.
    func change(of alias: String, _ session: Session) async throws -> ShownPage {
        let view = try await service.diagnosis.change(of: alias, as: session.principal)
        return ShownPage(
            template: .change, content: ChangePage(view, try await refusal(in: view, session), session: session),
            frame: Pages.Frame(
                title: "Change of \(view.connection)", formToken: session.formToken,
                events: LivePages.path(SettingsPath.connection(alias), "change"), reloads: view.outcome == .waiting))
    }

    /// Why the org still refuses sign-ins, and what to do about it; `nil` if the answers agree, or if none was a refusal.
    private func refusal(in view: ChangeWatchView, _ session: Session) async throws -> ChangePage.Refusal? {
        guard view.outcome != .passes, let cause = view.code else { return nil }
        // While the change may still be spreading, there is nothing to repair.
        guard view.outcome != .waiting else { return ChangePage.Refusal(cause) }
        let clicks = try await service.guides.steps(
            against: cause, for: view.connection, reader: .settingsPage, as: session.principal)
        return ChangePage.Refusal(
            cause, remedy: ConnectedAppError(cause, connection: view.connection).remedyOnPage, clicks: clicks)
    }

    @Sendable private func recordChange(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let alias = try context.captured("alias")
        _ = try await service.diagnosis.reportChange(of: alias, as: session.principal)
        await followers.follow(alias, as: session.principal)
        return .redirect(to: SettingsPath.connection(alias) + "/change", type: .normal)
    }

    @Sendable private func report(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let alias = try context.captured("alias")
        let report = try await service.diagnosis.report(
            on: alias, showingNames: context.form["showNames"] != nil, as: session.principal)
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/markdown; charset=utf-8",
                .contentDisposition: "attachment; filename=\"aprity-report.md\"",
            ],
            body: .init(byteBuffer: ByteBuffer(string: report.markdown)))
    }
}

/// One sentence, with its commands marked as code. Used for steps in Setup and for lists of evidence. The template tag
/// is `pieces`.
struct Clicks {
    let pieces: [Prose]

    init(_ sentence: String) { pieces = Prose.pieces(sentence) }
}

/// The steps in Setup of every task. The property names are the tags of `guide.mustache`.
struct GuidePage {
    struct Task {
        let id: String
        let title: String
        let steps: [Clicks]
        let isOpen: Bool
    }

    let alias: String
    let connectionPath: String
    let kind: String
    let tasks: [Task]

    init(_ guides: [GuideView], open: String?) {
        alias = guides.first?.connection ?? ""
        connectionPath = SettingsPath.connection(alias)
        kind = guides.first?.appKind.label ?? ""
        tasks = guides.map { guide in
            Task(
                id: guide.task.rawValue, title: guide.title, steps: guide.steps.map(Clicks.init),
                isOpen: guide.task.rawValue == open)
        }
    }
}

/// The comparison of the app with what was approved. The property names are the tags of `app.mustache`.
struct AppPage {
    struct Row {
        let label: String
        let word: String
        let tone: String
        let approved: String
        let found: String
        let remark: String
    }

    /// Settings that could not be read for the same reason.
    struct Unread {
        let settings: String
        let reason: String
    }

    /// The field and its value in the form that approves the app as it is.
    enum Approval: String {
        case yes

        static let field = "approve"
    }

    let alias: String
    let connectionPath: String
    let formToken: String
    let approval = Approval.yes.rawValue
    /// Whether the page shows the result of a check. If not, the properties of the result are empty and not shown.
    let isChecked: Bool
    let heading: String
    let tone: String
    let rows: [Row]
    /// Why settings are unknown, each reason once.
    let unread: [Unread]
    let reachTone: String
    /// Whom the key can sign in as, as a sentence.
    let reach: String
    let usernames: String
    let checkedAt: ShownTime?
    /// When and by whom the app was approved, as a sentence.
    let approved: String?
    /// The heading of the column with the values to compare with.
    let expectedLabel: String
    let problem: ProblemCard?

    init(_ alias: String, _ view: AppCheckView?, session: Session, problem: Problem?) {
        self.alias = alias
        connectionPath = SettingsPath.connection(alias)
        formToken = session.formToken
        isChecked = view != nil
        self.problem = problem.map(ProblemCard.init)
        rows = (view?.settings ?? []).map(Row.init)
        unread = (view?.unread ?? []).map {
            Unread(settings: $0.labels.joined(separator: ", "), reason: $0.because)
        }
        heading = view?.headline ?? ""
        tone = (view?.outcome.tone ?? .plain).rawValue
        reachTone = (view?.reach.isRight.map { $0 ? Tone.good : .bad } ?? .warn).rawValue
        reach = view?.reach.extent.map { "The key \($0)." } ?? view?.reach.because ?? ""
        usernames = view?.reach.usernames.joined(separator: ", ") ?? ""
        checkedAt = view.map { ShownTime($0.checkedAt) }
        expectedLabel = view?.approvedAt == nil ? "Expected" : "Approved"
        approved = view?.approvedAt.map {
            "Approved \(ShownTime($0).text) by \(Principal.words(for: view?.approvedBy ?? ""))."
        }
    }
}

extension AppPage.Row {
    init(_ setting: AppCheckView.Setting) {
        label = setting.label
        (word, tone) =
            switch setting.outcome {
            case .same: ("same", "good")
            case .differs: ("differs", "bad")
            case .unknown: ("unknown", "warn")
            case .notCompared: ("not compared", "plain")
            }
        approved = Self.shown(setting.approved)
        found = setting.outcome == .unknown ? "" : Self.shown(setting.found)
        var remarks: [String] = []
        if let since = setting.firstSeenAt { remarks.append("First seen \(ShownTime(since).text).") }
        if let who = setting.changedBy { remarks.append("\(who) changed the app: \(setting.change ?? "")") }
        remark = remarks.joined(separator: " ")
    }

    /// - Returns: An empty text if there is no value; `none` for an empty value.
    private static func shown(_ value: String?) -> String {
        guard let value else { return "" }
        return value.isEmpty ? "none" : value
    }
}

/// The progress of a change in Salesforce. The property names are the tags of `change.mustache`.
struct ChangePage {
    struct Answer {
        let time: ShownTime
        let word: String
        let tone: String
        let code: String
    }

    /// The latest refusal. Its names must differ from those of the page.
    struct Refusal {
        let summary: String
        let code: String
        let manualPath: String
        let remedy: [Prose]
        let clicks: [Clicks]

        init(_ cause: Cause, remedy: String = "", clicks: [String] = []) {
            summary = cause.entry.summary
            code = cause.rawValue
            manualPath = SettingsPath.cause(cause)
            self.remedy = Prose.pieces(remedy)
            self.clicks = clicks.map(Clicks.init)
        }
    }

    let alias: String
    let connectionPath: String
    let formToken: String
    let heading: String
    let tone: String
    let because: [Prose]
    /// `nil` if the org does not refuse sign-ins any more.
    let refusal: Refusal?
    let toldAt: ShownTime
    let deadline: ShownTime
    /// When aprity signs in next; `nil` if the change is no longer followed.
    let nextAt: ShownTime?
    /// How long such changes usually take, as a sentence; `nil` if too few are known.
    let usual: String?
    /// Sign-ins.
    let used: Int
    /// The maximum number of sign-ins for this change.
    let budget: Int
    /// The newest first.
    let answers: [Answer]

    init(_ view: ChangeWatchView, _ refusal: Refusal?, session: Session) {
        self.refusal = refusal
        alias = view.connection
        connectionPath = SettingsPath.connection(alias)
        formToken = session.formToken
        heading = view.headline
        tone = view.outcome.tone.rawValue
        because = Prose.pieces(view.because)
        toldAt = ShownTime(view.toldAt)
        deadline = ShownTime(view.deadline)
        nextAt = view.nextAnswerAt.map(ShownTime.init)
        usual = view.usual?.sentence
        used = view.answers.count
        budget = view.signInBudget
        answers = view.answers.reversed().map { answer in
            Answer(
                time: ShownTime(answer.time), word: answer.code == nil ? "as expected" : "not yet",
                tone: answer.code == nil ? "good" : "warn", code: answer.code?.rawValue ?? "")
        }
    }
}
