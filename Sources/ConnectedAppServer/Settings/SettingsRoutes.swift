internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// The pages of somebody who is signed in.
struct SettingsRoutes: Sendable {
    let service: AppService
    let runs: TestRuns
    let pages: Pages
    let surroundings: Surroundings
    var noticeChannels: [any NoticeChannel] = []

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get("/") { _, _ in Response.redirect(to: SettingsPath.connections, type: .normal) }
        routes.get("connections", use: connections)
        routes.get("connections/:alias", use: connection)
        routes.post("connections/:alias/consumer-key", use: setConsumerKey)
        for form in CertificateForm.allCases {
            routes.get("connections/:alias/\(form.plainFileName)") { try await certificate(form, $1) }
        }
        routes.post("connections/:alias/block", use: block)
        routes.post("connections/:alias/unblock", use: unblock)
        routes.post("connections/:alias/budget", use: setBudget)
        routes.post("connections/:alias/notices/test", use: testNotices)
        routes.get("audit", use: audit)
        routes.post("connections/:alias/test", use: startTest)
        routes.get("connections/:alias/tests/:run", use: showTest)
        routes.get("connections/:alias/tests/:run/events", use: testEvents)
    }

    @Sendable private func connections(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let page = ConnectionsPage(try await service.connections.all(as: session.principal))
        return try pages.response(
            .connections, page, frame: Pages.Frame(title: "Connections", formToken: session.formToken))
    }

    @Sendable private func connection(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let view = try await shown(context.captured("alias"), session)
        let notice = request.uri.queryParameters["done"].flatMap { ConnectionPage.Notice(rawValue: String($0)) }
        return try page(ConnectionPage(view, session: session, now: surroundings.now(), notice: notice), session)
    }

    /// A refusal is shown on the connection's own page; what was typed is not shown again, since it may be a secret.
    @Sendable private func setConsumerKey(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let alias = try context.captured("alias")
        var changes = ConnectionChanges()
        changes.consumerKey = context.form["consumerKey"] ?? ""
        changes.expectedRevision = context.form["revision"].flatMap { Int($0) } ?? 0
        do {
            _ = try await service.connections.change(alias, changes, as: session.principal)
        } catch let error as ConnectedAppError where error.cause != .unknownAlias {
            return try await page(alias, session, Problem(error))
        }
        return done(.consumerKeySet, alias)
    }

    @Sendable private func block(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let alias = try context.captured("alias")
        do {
            _ = try await service.blocks.block(alias, reason: context.form["reason"] ?? "", as: session.principal)
        } catch let error as ConnectedAppError where error.cause != .unknownAlias {
            return try await page(alias, session, Problem(error))
        }
        return done(.blocked, alias)
    }

    @Sendable private func unblock(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let alias = try context.captured("alias")
        do {
            let view = try await service.blocks.unblock(alias, as: session.principal)
            guard let cause = view.test.cause, !view.isUnblocked else { return done(.unblocked, alias) }
            throw ConnectedAppError(.unblockTestFailed, subject: alias, detail: cause.summary + " " + cause.remedy)
        } catch let error as ConnectedAppError where error.cause != .unknownAlias {
            return try await page(alias, session, Problem(error))
        }
    }

    @Sendable private func setBudget(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let alias = try context.captured("alias")
        do {
            _ = try await service.tokens.setBudget(
                of: alias, perHour: context.form["perHour"].flatMap { Int($0) } ?? 0,
                reserve: context.form["reserve"].flatMap { Int($0) } ?? -1, as: session.principal)
        } catch let error as ConnectedAppError where error.cause != .unknownAlias {
            return try await page(alias, session, Problem(error))
        }
        return done(.budgetSet, alias)
    }

    /// How it went stands on the page that follows, among what was sent.
    @Sendable private func testNotices(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let alias = try context.captured("alias")
        _ = try await service.connections.named(alias, as: session.principal)
        do {
            let views = try await service.notices.test(over: noticeChannels, as: session.principal)
            return done(views.allSatisfy { $0.state == "sent" } ? .noticeTaken : .noticeNotTaken, alias)
        } catch let error as ConnectedAppError {
            return try await page(alias, session, Problem(error))
        }
    }

    @Sendable private func audit(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let connection = request.uri.queryParameters["connection"].map { String($0) } ?? ""
        let records = try await service.audit.records(
            connection: connection.isEmpty ? nil : connection, limit: AuditPage.limit, as: session.principal)
        let page = AuditPage(
            records, try await service.audit.verify(as: session.principal), connection: connection)
        return try pages.response(
            .audit, page, frame: Pages.Frame(title: "Audit record", formToken: session.formToken))
    }

    private func done(_ notice: ConnectionPage.Notice, _ alias: String) -> Response {
        .redirect(to: "\(SettingsPath.connection(alias))?done=\(notice.rawValue)", type: .normal)
    }

    private func shown(_ alias: String, _ session: Session) async throws -> ConnectionPage.Shown {
        ConnectionPage.Shown(
            connection: try await service.connections.named(alias, as: session.principal),
            block: try await service.blocks.view(of: alias, as: session.principal),
            budget: try await service.tokens.budget(of: alias, as: session.principal),
            rotation: try await service.rotations.view(of: alias, as: session.principal),
            notices: try await service.notices.view(
                of: alias, over: noticeChannels, limit: NoticesCard.limit, as: session.principal),
            noticeTests: try await service.notices.tests(limit: NoticesCard.limit, as: session.principal),
            tests: try await service.diagnosis.tests(of: alias, as: session.principal),
            download: try await service.certificates.latestDownload(of: alias, as: session.principal))
    }

    private func page(_ alias: String, _ session: Session, _ problem: Problem) async throws -> Response {
        let shown = try await shown(alias, session)
        let page = ConnectionPage(shown, session: session, now: surroundings.now(), problem: problem)
        return try self.page(page, session, status: problem.status)
    }

    private func page(_ page: ConnectionPage, _ session: Session, status: HTTPResponse.Status = .ok) throws -> Response
    {
        try pages.response(
            .connection, page, frame: Pages.Frame(title: page.alias, formToken: session.formToken), status: status)
    }

    private func certificate(_ form: CertificateForm, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let alias = try context.captured("alias")
        let certificate = try await service.certificates.current(of: alias, as: session.principal)
        return try await form.download(certificate, of: alias, from: service, as: session.principal)
    }

    @Sendable private func startTest(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let run = try await runs.start(context.captured("alias"), as: session.principal)
        return .redirect(to: SettingsPath.run(run), type: .normal)
    }

    @Sendable private func showTest(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let run = try await runs.find(context.captured("run"), of: context.captured("alias"), as: session.principal)
        let page = TestRunPage(run, clicks: try await clicks(after: run, session), session: session)
        return try pages.response(
            .testRun, page,
            frame: Pages.Frame(
                title: "Test of \(run.alias)", formToken: session.formToken, isRunning: page.isRunning))
    }

    /// The clicks that mend what a test found.
    private func clicks(after run: TestRun, _ session: Session) async throws -> [String] {
        guard case .finished(let view)? = run.progress.ending, let cause = view.cause,
            !cause.clicks.isEmpty, let task = cause.code.entry.task
        else { return [] }
        return try await service.guides.guide(task, for: run.alias, reader: .settingsPage, as: session.principal).steps
    }

    @Sendable private func testEvents(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let run = try await runs.find(context.captured("run"), of: context.captured("alias"), as: session.principal)
        return TestRunEvents(run: run).response(to: request)
    }
}
