package import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
package import Logging
internal import NIOCore
internal import ServiceLifecycle

/// The gateway's listener. It looks like a Salesforce instance to clients, which need only its address and a handle.
package struct GatewayServer: Sendable {
    private let configuration: SettingsServerConfiguration
    private let port: Int
    private let logger: Logger
    private let responder: GatewayResponder
    private let connections: OpenConnections

    /// - Parameters:
    ///   - configuration: Of the Settings page: address, TLS and limits are the same.
    ///   - port: 0 selects a free port.
    package init(service: AppService, configuration: SettingsServerConfiguration, port: Int, logger: Logger) {
        self.configuration = configuration
        self.port = port
        self.logger = logger
        responder = GatewayResponder(
            gateway: service.gateway, exchange: TokenExchangeEndpoint(exchange: service.tokenExchange), logger: logger)
        connections = OpenConnections(maximum: configuration.limits.maximum)
    }

    /// Serves until the task is cancelled or the surrounding `ServiceGroup` shuts down gracefully.
    ///
    /// - Parameter onReady: Called once, with the port, when the gateway listens.
    /// - Throws: ``ConnectedAppError`` with `.portTaken`.
    package func run(onReady: @escaping @Sendable (Int) async -> Void) async throws {
        var limits = configuration.limits
        // An archive takes as long as the org needs.
        limits.answer = .seconds(1_800)
        let (deadlines, connections) = (limits, connections)
        let application = Application(
            responder: responder,
            server: .limited(tls: configuration.tls) {
                ConnectionDeadlines(limits: deadlines, connections: connections) { _ in false }
            },
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.hostname, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    limits.maximum + ConnectionLimits.closingReserve, logger: logger)),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { await onReady(port) }
            }, logger: logger)
        do { try await application.run() } catch { throw ConnectedAppError(listeningOn: port, error) ?? error }
    }

    /// The address for clients.
    ///
    /// - Parameter port: The port on which the gateway listens.
    package func url(port: Int) -> String {
        let host = configuration.publicURL.map {
            String($0.description.dropFirst("https://".count).prefix { $0 != ":" })
        }
        return (configuration.tls == nil && configuration.publicURL == nil ? "http" : "https")
            + "://\(host ?? "127.0.0.1"):\(port)"
    }
}

/// Answers the requests of clients.
struct GatewayResponder: HTTPResponder {
    typealias Context = GatewayContext

    let gateway: Gateway
    let exchange: TokenExchangeEndpoint
    let logger: Logger

    func respond(to request: Request, context: Context) async throws -> Response {
        if request.head.path == TokenExchangeEndpoint.path {
            return await exchange.respond(to: request, from: context.address)
        }
        // A request may be refused before it is parsed, so its path selects the protocol of the refusal.
        let shape: GatewayShape = (request.head.path ?? "").hasPrefix("/services/Soap/") ? .soap : .rest
        do {
            let answer = try await answer(request, shape, from: context.address)
            return Response(
                status: HTTPResponse.Status(code: answer.status), headers: answer.headers.withoutSniffing,
                body: ResponseBody { writer in
                    var writer = writer
                    do { try await answer.write { try await writer.write(ByteBuffer(bytes: $0)) } } catch {
                        log(error)
                        throw error
                    }
                    try await writer.finish(nil)
                })
        } catch let error as GatewayError {
            return shape.response(error)
        }
    }

    /// The client sees only that its answer broke off.
    private func log(_ error: any Error) {
        switch error {
        // The client has closed the connection, or the server stops.
        case is ChannelError, is IOError, is CancellationError: return
        case let error as ConnectedAppError:
            logger.warning("An answer of the gateway broke off", metadata: ["code": "\(error.cause.rawValue)"])
        case is GatewayError: logger.info("An answer of the gateway was ended, because its client may no longer read")
        case _: logger.warning("An answer of the gateway broke off", metadata: ["error": "\(type(of: error))"])
        }
    }

    private func answer(_ request: Request, _ shape: GatewayShape, from address: String) async throws -> GatewayAnswer {
        switch shape {
        case .rest:
            let caller = try await gateway.caller(request.bearer, from: address)
            return try await gateway.rest(
                method: request.method.rawValue, target: request.head.path ?? "", hasBody: request.hasBody,
                overridesMethod: request.overridesMethod, from: caller)
        case .soap: return try await SOAPReading(gateway: gateway).answer(request, from: address)
        }
    }
}

/// What the gateway knows about a request besides the request itself.
struct GatewayContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The caller's IP address; empty if the connection has none.
    let address: String

    init(source: Source) {
        coreContext = .init(source: source)
        address = source.channel.remoteAddress?.ipAddress ?? ""
    }
}
