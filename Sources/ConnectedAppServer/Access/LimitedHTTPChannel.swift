internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1

/// An HTTP channel with ``ConnectionDeadlines`` and a ``TargetHostHandler``.
struct LimitedHTTPChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let base: HTTP1Channel
    /// Called once per connection.
    let makeDeadlines: @Sendable () -> ConnectionDeadlines

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            // After the decoder, so that the handler sees parsed requests.
            try pipeline.addHandler(makeDeadlines(), position: .after(decoder))
            try pipeline.addHandler(TargetHostHandler(), position: .after(decoder))
            return value
        }
    }

    func handle(value: Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}
