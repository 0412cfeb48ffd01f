package import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
package import Logging
internal import NIOCore
internal import NIOHTTP1
internal import ServiceLifecycle
internal import Synchronization

/// Where the server listens, and its connection limits.
package struct SettingsServerConfiguration: Sendable {
    /// The port if none is configured. The manual names it.
    package static let defaultPort = 7411

    /// A name or an IP address of this machine.
    var hostname: String
    /// 0 selects a free port.
    var port: Int
    var limits: ConnectionLimits
    /// `nil`: the server has no TLS of its own.
    var tls: ServedTLS?
    /// `nil`: the server is reached from this machine only, under a loopback name.
    package var publicURL: PublicURL?

    /// - Parameter allowsClearText: Whether other machines may reach the server although it has no TLS, because a proxy or
    ///   a container's network is before it.
    /// - Throws: ``ConnectedAppError`` with `.usage` if other machines could reach the server without TLS, or under no known
    ///   name, or if the port is out of range.
    package init(
        hostname: String = "127.0.0.1", port: Int = defaultPort,
        limits: ConnectionLimits = ConnectionLimits(maximum: 64), tls: ServedTLS? = nil, publicURL: PublicURL? = nil,
        allowsClearText: Bool = false
    ) throws(ConnectedAppError) {
        if !["127.0.0.1", "localhost", "::1"].contains(hostname) {
            guard tls != nil || allowsClearText else {
                throw ConnectedAppError(
                    .usage, subject: hostname,
                    detail: "Other machines could reach the Settings page without encryption at this address.",
                    remedy:
                        "Use 127.0.0.1, or give --tls-certificate and --tls-key. Behind a proxy with TLS on another "
                        + "machine, add --without-tls.")
            }
            guard publicURL != nil else {
                throw ConnectedAppError(
                    .usage, subject: hostname,
                    detail: "The server answers only requests that name it, and it is not known under which name other "
                        + "machines reach it.",
                    remedy: "Give --public-url, such as https://aprity.acme.example.")
            }
        }
        guard (0...65_535).contains(port) else {
            throw ConnectedAppError(
                .usage, subject: String(port), detail: "A port is a number from 0 to 65535; 0 selects a free port.")
        }
        self.hostname = hostname
        self.port = port
        self.limits = limits
        self.tls = tls
        self.publicURL = publicURL
    }

    /// The address to open, on this machine or under the public URL.
    ///
    /// - Parameter port: The port on which the server listens.
    package func url(port: Int) -> String {
        publicURL?.description ?? (tls == nil ? "http" : "https") + "://127.0.0.1:\(port)"
    }
}

/// The Settings page and the JSON API.
///
/// A graceful shutdown stops running tests and closes open event streams, so it does not wait for an org.
package struct SettingsServer {
    private let configuration: SettingsServerConfiguration
    private let logger: Logger
    private let runs: TestRuns
    private let followers: ChangeFollowers
    private let authority: ServedAuthority
    private let startToken: StartToken
    private let startTokenGate: StartTokenGate
    private let sessions: Sessions
    private let cookie: SessionCookie
    private let knownTokens = KnownTokens()
    let connections: OpenConnections
    let responder: RouterResponder<ServerContext>
    /// Every route, without those that only answer 405. Tests compare them with `openapi.yaml`.
    let routes: [(method: HTTPRequest.Method, path: String)]

    /// Builds the routes. ``run(onReady:)`` listens.
    ///
    /// - Parameters:
    ///   - startToken: Grants everything. ``run(onReady:)`` writes its file.
    ///   - noticeChannels: The channels that send test notices, and whose state the pages and the metrics show.
    ///   - startTokenUse: Until when the start token is accepted.
    ///   - metricsToken: Grants `/metrics` only. The start token grants it too.
    /// - Throws: If a template in the binary is invalid, or a route has no row in ``Permissions``, which are bugs.
    package init(
        service: AppService, configuration: SettingsServerConfiguration, startToken: StartToken,
        startTokenUse: StartTokenUse = .always, noticeChannels: [any NoticeChannel] = [],
        metricsToken: MetricsToken? = nil, surroundings: Surroundings, logger: Logger
    ) throws {
        self.configuration = configuration
        self.logger = logger
        self.startToken = startToken
        authority = ServedAuthority(
            port: configuration.port, hasTLS: configuration.tls != nil, publicURL: configuration.publicURL)
        connections = OpenConnections(maximum: configuration.limits.maximum)
        // Each entry point counts its failures separately.
        let page = FailedAttempts(.page, uptime: surroundings.uptime, logger: logger)
        let programs = FailedAttempts(.api, uptime: surroundings.uptime, logger: logger)
        let monitors = FailedAttempts(.metrics, uptime: surroundings.uptime, logger: logger)
        runs = TestRuns(service: service, surroundings: surroundings)
        followers = ChangeFollowers(service: service, surroundings: surroundings)
        sessions = Sessions(surroundings: surroundings)
        cookie = SessionCookie(authority: authority)
        startTokenGate = StartTokenGate(token: startToken, use: startTokenUse, service: service)
        let pages = try Pages()
        let sessionGate = SessionGate(
            service: service, sessions: sessions, cookie: cookie, startToken: startTokenGate, surroundings: surroundings
        )
        let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: SecurityHeaders())
        router.add(middleware: ProblemResponses(pages: pages, authority: authority, sessions: sessionGate))
        router.add(middleware: HostCheck(authority: authority))
        router.add(
            middleware: AccessCheck(
                sessions: sessionGate,
                programs: ProgramGate(
                    service: service, startToken: startTokenGate, failures: programs, connections: connections,
                    known: knownTokens),
                monitors: MonitorGate(
                    service: service, startToken: startTokenGate, metricsToken: metricsToken, failures: monitors)))
        Assets.add(to: router)
        HealthRoutes(service: service).add(to: router)
        APIRoutes(
            service: service, runs: runs, followers: followers, surroundings: surroundings,
            noticeChannels: noticeChannels
        ).add(to: router.group(RouterPath(APIRoutes.prefix)).add(middleware: RequestCheck()))
        MetricsRoute(
            service: service, channels: noticeChannels,
            serverFigures: ServerFigures(
                failures: [page, programs, monitors], connections: connections, troubles: surroundings.troubles)
        ).add(to: router.group())
        let signedIn = router.group().add(middleware: FormCheck(needsToken: true, authority: authority))
        let settings = SettingsRoutes(
            service: service, runs: runs, pages: pages, surroundings: surroundings, noticeChannels: noticeChannels)
        settings.add(to: signedIn)
        let diagnosis = DiagnosisPages(service: service, followers: followers, pages: pages)
        diagnosis.add(to: signedIn)
        AuditPages(service: service, pages: pages).add(to: signedIn)
        AddConnectionPages(service: service, pages: pages).add(to: signedIn)
        SetUpPages(service: service, pages: pages).add(to: signedIn)
        ConnectionSettingsPages(service: service, pages: pages).addForms(to: signedIn)
        CertificateImportPages(service: service, pages: pages)
            .add(
                to: router.group().add(
                    middleware: FormCheck(needsToken: true, authority: authority, acceptsFiles: true)))
        BundlePages(service: service, pages: pages).add(to: signedIn)
        RemainingKeyPages(service: service, pages: pages).add(to: signedIn)
        RemovalPages(service: service, pages: pages).add(to: signedIn)
        let rotation = RotationPages(service: service, pages: pages)
        rotation.add(to: signedIn)
        let compromise = CompromisePages(service: service, pages: pages)
        compromise.add(to: signedIn)
        let metadata = MetadataPages(service: service, pages: pages)
        metadata.addForms(to: signedIn)
        let live = LivePages(pages: pages, surroundings: surroundings)
        live.add("", to: signedIn) { try await settings.connection($0, $1) }
        live.add(RotationPages.name, to: signedIn) { try await rotation.shown($0, $1, nil) }
        live.add(CompromisePages.name, to: signedIn) { try await compromise.shown($0, $1, nil) }
        live.add(MetadataPages.name, to: signedIn) { try await metadata.shown($0, $1, nil) }
        live.add("change", to: signedIn) { try await diagnosis.change(of: $0, $1) }
        CausePages(pages: pages).add(to: signedIn)
        SignInRoutes(
            authority: authority, startToken: startTokenGate, sessions: sessions, cookie: cookie, failures: page,
            connections: connections, service: service, pages: pages, surroundings: surroundings
        ).add(
            signIn: router.group().add(middleware: FormCheck(needsToken: false, authority: authority)),
            signOut: signedIn)
        SalesforceSignInRoutes(
            authority: authority, pending: PendingSignIns(surroundings: surroundings), sessions: sessions,
            cookie: cookie, failures: page, connections: connections, service: service, pages: pages
        ).add(to: router.group())
        AccountPages(service: service, sessions: sessions, cookie: cookie, failures: page, pages: pages)
            .add(to: signedIn)
        UserPages(service: service, pages: pages).add(to: signedIn)
        SignInAppPages(authority: authority, service: service, pages: pages).add(to: signedIn)
        APITokenPages(service: service, pages: pages).add(to: signedIn)
        ClientPages(service: service, pages: pages).add(to: signedIn)
        routes = router.routes.map { ($0.method, $0.path.description) }
        try Self.checkPermissions(of: routes)
        Self.rejectOtherMethods(router)
        responder = router.buildResponder()
    }

    /// Checks that each route has a row in ``Permissions``.
    ///
    /// - Throws: ``ConnectedAppError`` with `.internalError`, which names the route.
    private static func checkPermissions(of routes: [(method: HTTPRequest.Method, path: String)]) throws {
        for route in routes where Permissions.admission(route.method, route.path) == nil {
            throw ConnectedAppError(
                .internalError, evidence: ["routeWithoutPermission": "\(route.method.rawValue) \(route.path)"])
        }
    }

    /// Adds routes that answer 405 with `Allow` if the path exists but not for this method. Call it last.
    private static func rejectOtherMethods(_ router: Router<ServerContext>) {
        let common: [HTTPRequest.Method] = [.get, .post, .put, .patch, .delete, .options]
        for (path, routes) in Dictionary(grouping: router.routes, by: \.path.description) {
            var offered = routes.map(\.method)
            if offered.contains(.get) { offered.append(.head) }
            for method in common where !offered.contains(method) {
                let allowed = offered
                router.on(RouterPath(path), method: method) { _, _ -> Response in
                    throw ServerRefusal(.methodNotAllowed, allowed: allowed)
                }
            }
            guard !offered.contains(.head) else { continue }
            let allowed = offered
            router.on(RouterPath(path), method: .head) { _, _ -> Response in
                throw ServerRefusal(.methodNotAllowed, allowed: allowed)
            }
        }
    }

    /// Serves until the task is cancelled or the surrounding `ServiceGroup` shuts down gracefully, then removes the
    /// start token's file.
    ///
    /// - Parameter onReady: Called once, with the port, when the server listens and the start token's file is written, if the
    ///   token is accepted.
    /// - Throws: ``ConnectedAppError`` with `.portTaken` if the port is in use or not permitted, or the errors of
    ///   ``StartToken/publish(port:patience:)``.
    package func run(onReady: @escaping @Sendable (Int) async -> Void) async throws {
        let startFailure = StartFailure()
        let application = application { channel in
            guard let port = channel.localAddress?.port else { return }
            authority.setPort(to: port)
            do {
                try await cancelWhenGracefulShutdown {
                    if try await startTokenGate.isOpen() { try await startToken.publish(port: port) }
                }
            } catch is CancellationError {
                return
            } catch {
                startFailure.stop(channel, error)
                return
            }
            await followers.resume(as: Principal(.settingsPage, name: "resumed"))
            await onReady(port)
        }
        defer { startToken.removeFile() }
        try await withGracefulShutdownHandler {
            do { try await application.run() } catch {
                throw startFailure.error ?? ConnectedAppError(listeningOn: configuration.port, error) ?? error
            }
        } onGracefulShutdown: {
            Task {
                await runs.stop()
                await followers.stop()
            }
        }
        await runs.stop()
        await followers.stop()
    }

    private func application(
        onServerRunning: @escaping @Sendable (any Channel) async -> Void
    ) -> Application<RouterResponder<ServerContext>> {
        let limits = configuration.limits
        return Application(
            responder: responder,
            server: .limited(tls: configuration.tls) {
                ConnectionDeadlines(
                    limits: limits, connections: connections, hasUnlimitedCredential: showsUnlimitedCredential)
            },
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.hostname, port: configuration.port),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    limits.maximum + ConnectionLimits.closingReserve, logger: logger)),
            onServerRunning: onServerRunning, logger: logger)
    }

    /// Whether a request has an unlimited credential: the start token, the session of an admin, or an unlimited API
    /// token that was accepted before. No other one counts: its holder must not be able to occupy all connections.
    private var showsUnlimitedCredential: @Sendable (HTTPHeaders) -> Bool {
        { headers in
            if let field = headers["Authorization"].first, let token = BearerToken.text(in: field) {
                return startToken.matches(token) || knownTokens.contains(token)
            }
            return cookie.anyValue(in: Cookies(from: headers["Cookie"])).map(sessions.isAdmin) ?? false
        }
    }
}

/// The error that stopped the server after it began to listen.
private final class StartFailure: Sendable {
    private let first = Mutex<(any Error)?>(nil)

    var error: (any Error)? { first.withLock { $0 } }

    /// Stops the server that owns this listening channel.
    func stop(_ channel: any Channel, _ error: any Error) {
        first.withLock { $0 = error }
        channel.close(promise: nil)
    }
}
