import HummingbirdCore
import Logging
import NIOCore
import NIOSSL
import NIOTLS

/// Adds TLS below a channel and saves the name that the client indicated (SNI) in a ``ServerNameHandler``.
struct NamedTLSChannel<Base: ServerChildChannel>: ServerChildChannel {
    typealias Value = Base.Value

    let base: Base
    let context: NIOSSLContext

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let name = ServerNameHandler()
            let reader = SNIHandler { result in
                if case .hostname(let indicated) = result { name.indicated = indicated }
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            try channel.pipeline.syncOperations.addHandlers([
                ByteToMessageHandler(reader), NIOSSLServerHandler(context: context), name,
            ])
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}

/// Saves the name that a client indicated during the TLS handshake. Used on the channel's event loop only.
final class ServerNameHandler: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    fileprivate var indicated: String?

    /// Returns the name, or `nil` if the client sent none.
    ///
    /// - Throws: An error of NIO if the channel has no such handler, for example because it does not use TLS.
    static func name(of channel: any Channel) async throws -> String? {
        try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.handler(type: ServerNameHandler.self).indicated
        }.get()
    }
}
