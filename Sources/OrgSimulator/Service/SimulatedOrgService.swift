public import Foundation
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix
import NIOSSL
public import ServiceLifecycle

/// A simulator of Salesforce orgs with its ports. A `ServiceGroup` can run and stop it.
public struct SimulatedOrgService: Service {
    private let configuration: SimulatorConfiguration
    private let logger: Logger
    private let onReady: @Sendable (SimulatorAddresses) async -> Void
    private let clock: any Clock<Duration>
    let simulation: OrgSimulation

    /// Reads the seed and the source folders. ``run()`` opens the ports.
    ///
    /// - Parameters:
    ///   - wallTime: Returns wall time. Org time starts from it, unless the seed sets org time.
    ///   - clock: The clock for the delays of faults.
    ///   - onReady: Called once, when all ports accept connections.
    /// - Throws: ``SimulatorStartError`` if a port is out of range, or the seed or the source folder cannot be used.
    public init(
        configuration: SimulatorConfiguration = .init(), logger: Logger,
        wallTime: @escaping @Sendable () -> Date = { Date() },
        clock: any Clock<Duration> = ContinuousClock(),
        onReady: @escaping @Sendable (SimulatorAddresses) async -> Void = { _ in }
    ) throws(SimulatorStartError) {
        try configuration.checkPorts()
        self.configuration = configuration
        self.logger = logger
        self.clock = clock
        self.onReady = onReady
        do {
            simulation = try OrgSimulation(seed: try configuration.initialState(), wall: wallTime)
        } catch {
            throw configuration.startError(error)
        }
    }

    /// Runs until the task is cancelled or the service group shuts down gracefully.
    ///
    /// - Throws: ``SimulatorStartError`` if a port is not available or the TLS files cannot be used; otherwise an error
    ///   of a server.
    public func run() async throws {
        log(await simulation.sourceNotes)
        let names = await simulation.state.certificateNames
        let tls = try configuration.tlsContext(names: names, now: await simulation.wallTime)
        let readiness = Readiness(expectsProxy: configuration.proxyPort != nil, onReady: onReady)
        let scheme = tls == nil ? "http" : "https"
        let org = try orgServer(tls, scheme) { address in
            let url = "\(scheme)://\(configuration.hostInURL):\(address?.port ?? 0)"
            await simulation.setListeningURL(at: url)
            await readiness.orgListens(at: url, address)
        }
        let management = managementServer { port in
            let url = "http://127.0.0.1:\(port)"
            await simulation.setManagementURL(at: url)
            await readiness.managementListens(at: url)
        }
        // The last service is stopped first. The proxy's tunnels end when the org's port closes its connections.
        let services =
            (proxy(readiness).map { [NamedPort(port: .proxy, number: $0.port, service: $0)] } ?? []) + [
                NamedPort(port: .org, number: configuration.port, service: org),
                NamedPort(port: .management, number: configuration.managementPort, service: management),
            ]
        try await ServiceGroup(configuration: .init(services: services, logger: logger)).run()
    }

    /// The number of notes about the source folder that are logged one by one.
    private static let noteLimit = 20

    private func log(_ notes: [SourceProblem]) {
        for note in notes.prefix(Self.noteLimit) {
            logger.warning("Source folder: \(note)")
        }
        let more = notes.count - Self.noteLimit
        guard more > 0 else { return }
        logger.warning(
            "Source folder: \(more) more notes like these. Each names a file that is not served, or is served with changes."
        )
    }

    /// Builds the server of the org's port directly, because an `Application` would write its own `Date` header.
    private func orgServer(
        _ tls: NIOSSLContext?, _ scheme: String, onRunning: @escaping @Sendable (SocketAddress?) async -> Void
    ) throws -> any Service {
        let responder = OrgResponder(simulation: simulation, clock: clock, scheme: scheme)
        let builder = HTTPServerBuilder { respond in
            let http = HTTP1Channel(
                responder: respond, configuration: .init(additionalChannelHandlers: [DepartureHandler()]))
            return if let tls { NamedTLSChannel(base: http, context: tls) } else { http }
        }
        return try builder.buildServer(
            configuration: .init(address: .hostname(configuration.hostname, port: configuration.port)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger
        ) { request, writer, channel in
            responder.forgetWhenClosed(channel)
            try await responder.respond(to: request, writer, on: channel)
        } onServerRunning: { channel in
            await onRunning(channel.localAddress)
        }
    }

    private func proxy(_ readiness: Readiness) -> ConnectProxy? {
        configuration.proxyPort.map { port in
            ConnectProxy(
                port: port, isServed: { await simulation.answersFor($0) }, target: { await readiness.orgAddress },
                onRunning: { await readiness.proxyListens(at: "http://127.0.0.1:\($0)") })
        }
    }

    private func managementServer(onRunning: @escaping @Sendable (Int) async -> Void) -> any Service {
        Application(
            router: ManagementRouter(simulation: simulation).router(),
            configuration: .init(address: .hostname("127.0.0.1", port: configuration.managementPort)),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? 0) }, logger: logger)
    }
}

/// Waits until all ports listen, then reports their addresses.
private actor Readiness {
    private let expectsProxy: Bool
    private let onReady: @Sendable (SimulatorAddresses) async -> Void
    private var url: String?
    private(set) var orgAddress: SocketAddress?
    private var managementURL: String?
    private var proxyURL: String?

    init(expectsProxy: Bool, onReady: @escaping @Sendable (SimulatorAddresses) async -> Void) {
        self.expectsProxy = expectsProxy
        self.onReady = onReady
    }

    func orgListens(at url: String, _ address: SocketAddress?) async {
        self.url = url
        orgAddress = address
        await reportWhenReady()
    }

    func managementListens(at url: String) async {
        managementURL = url
        await reportWhenReady()
    }

    func proxyListens(at url: String) async {
        proxyURL = url
        await reportWhenReady()
    }

    private func reportWhenReady() async {
        guard let url, let managementURL, !expectsProxy || proxyURL != nil else { return }
        await onReady(SimulatorAddresses(url: url, managementURL: managementURL, proxyURL: proxyURL))
    }
}

extension SimulatorConfiguration {
    /// NIO would use a larger or negative number modulo 65536.
    ///
    /// - Throws: ``SimulatorStartError`` with `.portOutOfRange`.
    fileprivate func checkPorts() throws(SimulatorStartError) {
        for (port, number) in [(SimulatorPort.org, port), (.management, managementPort), (.proxy, proxyPort ?? 0)]
        where !(0...65_535).contains(number) {
            throw SimulatorStartError(
                cause: .portOutOfRange(port), description: "The port must be from 0 to 65535; 0 picks a free one.")
        }
    }

    /// The host name for a URL: an IPv6 address is written in brackets.
    fileprivate var hostInURL: String { hostname.contains(":") ? "[\(hostname)]" : hostname }

    /// The state of the seed, with the options of the configuration applied.
    fileprivate func initialState() throws(StateProblem) -> SimulatorState {
        var state = try seed.map { bytes throws(StateProblem) in try StateDocument.read(bytes) } ?? .harbourBikes
        if let speed { state.clock.speed = speed }
        if let randomSeed { state.random.seed = randomSeed }
        if adverse { state.switches.adverse = true }
        if let sourceDirectory, !state.orgs.isEmpty, state.orgs[0].source == nil {
            state.orgs[0].source = sourceDirectory
        }
        return state
    }

    /// Converts a problem with the initial state. A problem with a source folder counts as one of `--source` if the
    /// configuration names that folder, otherwise as one of the seed.
    fileprivate func startError(_ problem: StateProblem) -> SimulatorStartError {
        guard let refusal = problem.source, refusal.folder == sourceDirectory else {
            return SimulatorStartError(cause: .seedRejected, description: "The seed is not valid: \(problem)")
        }
        return SimulatorStartError(
            cause: refusal.isMissing ? .sourceMissing : .sourceRejected, description: "\(refusal)")
    }
}
