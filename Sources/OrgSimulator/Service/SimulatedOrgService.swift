public import Foundation
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix
import NIOSSL
public import ServiceLifecycle

/// A simulated Salesforce org with its management port, as a service that a `ServiceGroup` runs and stops.
public struct SimulatedOrgService: Service {
    private let configuration: SimulatorConfiguration
    private let logger: Logger
    private let onReady: @Sendable (SimulatorAddresses) async -> Void
    private let clock: any Clock<Duration>
    let simulation: OrgSimulation

    /// - Parameters:
    ///   - wallTime: Wall time; org time starts from it.
    ///   - clock: What faults wait by.
    ///   - onReady: Called once, when both ports take connections.
    /// - Throws: ``SimulatorStartError`` when the seed cannot be used.
    public init(
        configuration: SimulatorConfiguration = .init(), logger: Logger,
        wallTime: @escaping @Sendable () -> Date = { Date() },
        clock: any Clock<Duration> = ContinuousClock(),
        onReady: @escaping @Sendable (SimulatorAddresses) async -> Void = { _ in }
    ) throws(SimulatorStartError) {
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
    /// - Throws: ``SimulatorStartError`` when a port cannot be had or the TLS files cannot be used.
    public func run() async throws {
        log(await simulation.sourceNotes)
        let names = await simulation.state.certificateNames
        let tls = try configuration.tlsContext(names: names, now: await simulation.wallTime)
        let readiness = Readiness(expectsProxy: configuration.proxyPort != nil, onReady: onReady)
        let scheme = tls == nil ? "http" : "https"
        let org = try orgServer(tls, scheme) { address in
            let url = "\(scheme)://\(configuration.hostInURL):\(address?.port ?? 0)"
            await simulation.listens(at: url)
            await readiness.orgListens(at: url, address)
        }
        let management = managementServer { port in
            let url = "http://127.0.0.1:\(port)"
            await simulation.managementListens(at: url)
            await readiness.managementListens(at: url)
        }
        // The last is stopped first. The proxy's tunnels end with the connections of the org's port.
        let services =
            (proxy(readiness).map { [NamedPort(port: .proxy, number: $0.port, service: $0)] } ?? []) + [
                NamedPort(port: .org, number: configuration.port, service: org),
                NamedPort(port: .management, number: configuration.managementPort, service: management),
            ]
        try await ServiceGroup(configuration: .init(services: services, logger: logger)).run()
    }

    /// So many notes about the source folder are logged one by one.
    private static let noteLimit = 20

    private func log(_ notes: [SourceProblem]) {
        for note in notes.prefix(Self.noteLimit) {
            logger.warning("Source folder: \(note)")
        }
        guard notes.count > Self.noteLimit else { return }
        logger.warning("Source folder: \(notes.count - Self.noteLimit) more files are not served as they are.")
    }

    /// The org's port. It builds the server itself: an `Application` would write its own `Date` header.
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
                port: port, isServed: { await simulation.isServed($0) }, target: { await readiness.orgAddress },
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

/// Waits for all ports, then tells where they are.
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
        await tell()
    }

    func managementListens(at url: String) async {
        managementURL = url
        await tell()
    }

    func proxyListens(at url: String) async {
        proxyURL = url
        await tell()
    }

    private func tell() async {
        guard let url, let managementURL, !expectsProxy || proxyURL != nil else { return }
        await onReady(SimulatorAddresses(url: url, managementURL: managementURL, proxyURL: proxyURL))
    }
}

extension SimulatorConfiguration {
    /// An IPv6 address stands in brackets in a URL.
    fileprivate var hostInURL: String { hostname.contains(":") ? "[\(hostname)]" : hostname }

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

    /// A seed's own source is a part of the seed.
    fileprivate func startError(_ problem: StateProblem) -> SimulatorStartError {
        guard let refusal = problem.source, refusal.folder == sourceDirectory else {
            return SimulatorStartError(cause: .seedRefused, description: "The seed is refused: \(problem)")
        }
        return SimulatorStartError(
            cause: refusal.isMissing ? .sourceMissing : .sourceRefused, description: "\(refusal)")
    }
}
