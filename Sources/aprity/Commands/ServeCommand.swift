internal import ArgumentParser
internal import ConnectedApp
internal import ConnectedAppSQLite
internal import ConnectedAppServer
internal import Foundation
internal import Logging
internal import ServiceLifecycle

struct ServeCommand: AprityCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the Settings page and the API; by default on this machine only.",
        discussion: Help.text(
            """
            In a new home, it first creates the store and the master key, as `aprity init` does.

            Also does the regular work: advances rotations, sends notices, exports audit checkpoints, retries the \
            revocations of blocks, pulls metadata as scheduled (`aprity connection set --pull-every`), and checks every app \
            once a day.

            People sign in with an account (`aprity user`), programs with an API token (`aprity api-token`) at /api/v1. \
            Whoever can read the start token's file can do both with it; the command prints its path. /metrics accepts all \
            tokens, or the one in the file that APRITY_METRICS_TOKEN_FILE names.
            """,
            examples: ["aprity serve", "aprity serve --port 0 --home /srv/aprity"]))
    static let logger: Logger? = serverLogger
    private static let serverLogger = ServerProcess.logger("aprity.serve")

    @Option(help: "The port (default 7411); 0 picks a free one.") var port: Int?
    @Flag(
        help:
            "Accept the start token only while there is neither an admin account nor an API token that may do everything."
    )
    var noStartToken = false
    @Option(
        help: ArgumentHelp(
            "The address to listen on (default 127.0.0.1); for other machines, also give --public-url and TLS.",
            valueName: "address"))
    var host: String?
    @Option(
        help: ArgumentHelp("The https address under which other machines reach the server.", valueName: "url"))
    var publicURL: String?
    @Option(
        help: ArgumentHelp(
            "The server's certificate chain for TLS, in PEM; read again when it changes.", valueName: "file"))
    var tlsCertificate: String?
    @Option(help: ArgumentHelp("The key of that certificate, in PEM.", valueName: "file")) var tlsKey: String?
    @Flag(help: "Listen for other machines without TLS, because a proxy with TLS is before the server.")
    var withoutTls = false
    @Option(
        help: ArgumentHelp(
            "The port of the gateway, through which clients read metadata (7415 in the manual); without it, there is no gateway.",
            valueName: "port"))
    var gatewayPort: Int?
    @OptionGroup var store: StoreOptions
    @OptionGroup var common: CommonOptions

    func perform(_ world: World) async throws -> ExitStatus {
        let settings = try Settings(
            options: store, port: port, noStartToken: noStartToken, environment: world.environment)
        let startTokenUse: StartTokenUse = try settings.hasNoStartToken() ? .whileNotReplaced : .always
        let serving = try servingSettings(world)
        let gatewayPort = try serving.checkGatewayPort()
        let configuration = try serving.configuration(
            port: settings.checkPort(), limits: ConnectionLimits(descriptors: DescriptorLimit.raise()),
            allowsClearText: withoutTls, world.surroundings)
        let home = Home(settings, world)
        if home.isNew {
            let made = try await home.setUp()
            try await world.opened.closeStore()
            world.output.say(
                "Created the store \(made.store) and the master key \(made.masterKeyFile). Keep a copy of the master key "
                    + "in a safe place: without it, no private key can be decrypted.")
        }
        let opened = try await world.open(store)
        world.warnOfNetwork()
        let channels = try await world.noticeChannels()
        let metricsToken = try MetricsSettings(environment: world.environment).token()
        let token = StartToken(folder: settings.home.value, randomBytes: world.surroundings.randomBytes)
        let logger = Self.serverLogger
        let server = try SettingsServer(
            service: opened.service, configuration: configuration, startToken: token, startTokenUse: startTokenUse,
            noticeChannels: channels, metricsToken: metricsToken, surroundings: world.surroundings, logger: logger)
        let gateway = gatewayPort.map {
            GatewayServer(service: opened.service, configuration: configuration, port: $0, logger: logger)
        }
        let output = world.output
        let running = RunningServer(
            server: server, gateway: gateway, service: opened.service, channels: channels, logger: logger
        ) { port, gatewayURL in
            let url = configuration.url(port: port)
            ServerProcess.ready(
                ServerProcess.Ready(url: url, startTokenFile: token.publishedPath, gatewayURL: gatewayURL), output)
            let way = token.publishedPath.map { "the start token is in \($0)" } ?? "there is no start token"
            output.say("The Settings page is at \(url); \(way).")
            if let gatewayURL { output.say("Clients read metadata through the gateway at \(gatewayURL).") }
        }
        try await ServerProcess.run(running, logger)
        return .done
    }

    private func servingSettings(_ world: World) throws -> ServingSettings {
        var options: [Setting: String] = [:]
        options[.host] = host
        options[.publicURL] = publicURL
        options[.tlsCertificateFile] = tlsCertificate
        options[.tlsKeyFile] = tlsKey
        options[.gatewayPort] = gatewayPort.map(String.init)
        return try ServingSettings(options: options, environment: world.environment)
    }

    /// The server, together with the regular work on the store. It ends with an error if a part of that work ends.
    private struct RunningServer: Service {
        let server: SettingsServer
        let gateway: GatewayServer?
        let service: AppService
        let channels: [any NoticeChannel]
        let logger: Logger
        /// Takes the port of the Settings page, and the address of the gateway if there is one.
        let onReady: @Sendable (Int, String?) async -> Void

        func run() async throws {
            var schedules: [@Sendable () async -> Void] = [
                { await service.blocks.runWatch() }, { await service.rotations.runAdvancing() },
                { await service.audit.runCheckpoints() },
                { await service.appCheck.runDailyChecks(onDrift: logDrift) },
                { await service.notices.runSending(over: channels, onFailure: logFailure) },
                { await service.pulls.run(onEnd: logPull) }, { await service.gateway.runFlushing() },
            ]
            if gateway != nil { schedules.append { await service.gatewayProbes.run(onProblem: logProbe) } }
            try await serving({ try await runServers() }, beside: schedules)
        }

        /// Both listen before ``onReady`` is called.
        private func runServers() async throws {
            guard let gateway else { return try await server.run { await onReady($0, nil) } }
            let (ports, port) = AsyncStream<Int>.makeStream()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await gateway.run { port.yield($0) } }
                group.addTask {
                    try await server.run { own in
                        for await gatewayPort in ports {
                            await onReady(own, gateway.url(port: gatewayPort))
                            break
                        }
                    }
                }
                // If one server cannot listen, the error stops the other one. `waitForAll` would wait for it.
                while try await group.next() != nil {}
            }
        }

        @Sendable private func logDrift(_ view: AppCheckView) {
            let names = view.settings.filter { $0.outcome == .differs }.map(\.label).joined(separator: ", ")
            logger.warning("The app of \(view.connection) differs from what was approved: \(names)")
        }

        @Sendable private func logProbe(_ probe: GatewayProbe) {
            let connection = Logger.MetadataValue.string(probe.connection)
            if probe.isUnsafe {
                logger.critical("The gateway did not refuse what it must refuse", metadata: ["connection": connection])
            } else if let cause = probe.readFailure {
                logger.warning(
                    "The gateway cannot read", metadata: ["connection": connection, "code": "\(cause.rawValue)"])
            }
        }

        @Sendable private func logPull(_ view: PullStatusView) {
            if let problem = view.problem {
                logger.warning(
                    "A pull of metadata failed",
                    metadata: [
                        "connection": "\(view.connection)", "code": "\(problem.code)", "detail": "\(problem.detail)",
                    ])
            } else if let result = view.result {
                logger.log(
                    level: result.newlyLeftOut > 0 || !result.keptAside.isEmpty ? .warning : .info,
                    "Metadata was pulled",
                    metadata: [
                        "connection": "\(view.connection)", "delivered": "\(result.delivered)",
                        "newlyLeftOut": "\(result.newlyLeftOut)", "keptAside": "\(result.keptAside.count)",
                    ])
            }
        }

        @Sendable private func logFailure(_ notice: NoticeView) {
            logger.warning(
                "A notice could not be sent",
                metadata: [
                    "channel": "\(notice.channel.rawValue)", "to": "\(notice.destination)",
                    "code": "\(notice.code?.rawValue ?? "")",
                    "reply": "\(notice.reply ?? "")",
                ])
        }
    }
}
