import HummingbirdCore
import Logging
import NIOCore
import NIOSSL
import NIOTLS

/// TLS below a channel, with the name that the client indicated (SNI) kept for whoever asks.
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

/// Keeps the name that a client indicated while it set up TLS.
final class ServerNameHandler: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    fileprivate var indicated: String?

    /// The name, or nil where the client gave none.
    static func name(of channel: any Channel) async throws -> String? {
        try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.handler(type: ServerNameHandler.self).indicated
        }.get()
    }
}
