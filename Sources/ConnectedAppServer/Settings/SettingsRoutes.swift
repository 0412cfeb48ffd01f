internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// The routes of the list of connections, of a connection's page and its forms, and of tests. They need a session.
struct SettingsRoutes: Sendable {
    let service: AppService
    let runs: TestRuns
    let pages: Pages
    let surroundings: Surroundings
    var noticeChannels: [any NoticeChannel] = []

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get("/") { _, _ in Response.redirect(to: SettingsPath.connections, type: .normal) }
        routes.get("connections", use: connections)
        routes.post("block", use: blockAll)
        routes.get("connections/:alias", use: connection)
        routes.post("connections/:alias/consumer-key", use: setConsumerKey)
        for form in CertificateForm.allCases {
            routes.get("connections/:alias/\(form.plainFileName)") { try await certificate(form, $1) }
        }
        routes.post("connections/:alias/block", use: block)
        routes.post("connections/:alias/unblock", use: unblock)
        routes.post("connections/:alias/budget", use: setBudget)
        routes.post("connections/:alias/notices/test", use: testNotices)
        routes.post("connections/:alias/test", use: startTest)
        routes.get("connections/:alias/tests/:run", use: showTest)
        routes.get("connections/:alias/tests/:run/events", use: testEvents)
    }

    @Sendable private func connections(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let query = ConnectionQuery(request)
        let list = try await service.overviews.list(query, as: session.principal)
        let remainingKeys = try await service.connections.remainingKeys(as: session.principal)
        let page = ConnectionsPage(list, query, remainingKeys, session: session, now: surroundings.now())
        return try pages.response(
            .connections, page, frame: Pages.Frame(title: "Connections", formToken: session.formToken))
    }

    /// Blocks all apps. A failure has a page of its own.
    @Sendable private func blockAll(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        try context.form.checkConfirmation(names: ConnectionsPage.allApps)
        _ = try await service.blocks.block(nil, reason: context.form["reason"] ?? "", as: session.principal)
        return .redirect(to: SettingsPath.connections, type: .normal)
    }

    @Sendable private func connection(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let result = request.uri.queryParameters["done"].flatMap { ConnectionPage.FormResult(rawValue: String($0)) }
        return try page(try await content(context.captured("alias"), session, result: result), session)
    }

    /// Performs the action of a form on the connection's page, and shows its result or failure there. The page never
    /// shows the input again, because it may be a secret.
    private func submit(
        _ context: ServerContext,
        _ perform: (_ alias: String, _ principal: Principal) async throws -> ConnectionPage.FormResult
    ) async throws -> Response {
        try await context.submit { alias, session in
            let result = try await perform(alias, session.principal)
            return .redirect(to: SettingsPath.connection(alias, after: result), type: .normal)
        } refused: { alias, session, problem in
            try page(try await content(alias, session, problem: problem), session, status: problem.status)
        }
    }

    @Sendable private func setConsumerKey(_ request: Request, _ context: ServerContext) async throws -> Response {
        try await submit(context) { alias, principal in
            var changes = ConnectionChanges()
            // A missing field gets a value that the service rejects. No connection has the revision 0.
            changes.consumerKey = context.form["consumerKey"] ?? ""
            changes.expectedRevision = context.form["revision"].flatMap { Int($0) } ?? 0
            _ = try await service.connections.change(alias, changes, as: principal)
            return .consumerKeySet
        }
    }

    @Sendable private func block(_ request: Request, _ context: ServerContext) async throws -> Response {
        try await submit(context) { alias, principal in
            _ = try await service.blocks.block(alias, reason: context.form["reason"] ?? "", as: principal)
            return .blocked
        }
    }

    @Sendable private func unblock(_ request: Request, _ context: ServerContext) async throws -> Response {
        try await submit(context) { alias, principal in
            let view = try await service.blocks.unblock(alias, as: principal)
            guard !view.isUnblocked else { return .unblocked }
            throw ConnectedAppError(stillBlocked: alias, view.test.cause)
        }
    }

    @Sendable private func setBudget(_ request: Request, _ context: ServerContext) async throws -> Response {
        try await submit(context) { alias, principal in
            let perHour = try context.form.number(
                "perHour", labelled: "Sign-ins an hour", in: SignInBudget.perHourRange)
            let reserve = try context.form.number("reserve", labelled: "Left to other programs", in: 0...perHour - 1)
            _ = try await service.tokens.setBudget(of: alias, perHour: perHour, reserve: reserve, as: principal)
            return .budgetSet
        }
    }

    /// Sends a test notice on every channel. The page then shows each result among the sent notices.
    @Sendable private func testNotices(_ request: Request, _ context: ServerContext) async throws -> Response {
        try await submit(context) { alias, principal in
            _ = try await service.connections.named(alias, as: principal)
            let views = try await service.notices.test(over: noticeChannels, as: principal)
            return views.allSatisfy { $0.state == .sent } ? .testNoticeAccepted : .testNoticeRefused
        }
    }

    private func content(
        _ alias: String, _ session: Session, result: ConnectionPage.FormResult? = nil, problem: Problem? = nil
    ) async throws -> ConnectionPage {
        let view = try await service.overviews.connection(
            alias, over: noticeChannels, noticeLimit: NoticesCard.limit, as: session.principal)
        return ConnectionPage(view, session: session, now: surroundings.now(), result: result, problem: problem)
    }

    /// The page of a connection as it is now.
    func connection(_ alias: String, _ session: Session) async throws -> ShownPage {
        Self.page(try await content(alias, session), session)
    }

    private func page(_ page: ConnectionPage, _ session: Session, status: HTTPResponse.Status = .ok) throws -> Response
    {
        try pages.response(Self.page(page, session), status: status)
    }

    private static func page(_ page: ConnectionPage, _ session: Session) -> ShownPage {
        ShownPage(
            template: .connection, content: page,
            frame: Pages.Frame(
                title: page.alias, formToken: session.formToken,
                events: page.problem == nil ? LivePages.path(SettingsPath.connection(page.alias), "") : nil))
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
        let isSetUp: Bool
        do {
            isSetUp = try await service.connections.named(run.alias, as: session.principal).organizationID != nil
        } catch is ConnectedAppError {
            // The test's own verdict says what is wrong with the connection. There is no set-up to lead to.
            isSetUp = true
        }
        let page = TestRunPage(
            run, clicks: try await clicks(after: run, session), isSetUp: isSetUp, session: session)
        return try pages.response(
            .testRun, page,
            frame: Pages.Frame(
                title: "Test of \(run.alias)", formToken: session.formToken, isRunning: page.isRunning))
    }

    /// Returns the steps in Setup that fix what a test found; empty if there are none.
    private func clicks(after run: TestRun, _ session: Session) async throws -> [String] {
        guard case .finished(let view, _)? = run.progress.ending, let cause = view.cause, !cause.clicks.isEmpty
        else { return [] }
        return try await service.guides.steps(
            against: cause.code, for: run.alias, reader: .settingsPage, as: session.principal)
    }

    @Sendable private func testEvents(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let run = try await runs.find(context.captured("run"), of: context.captured("alias"), as: session.principal)
        return TestRunEvents(run: run).response(to: request)
    }
}
