internal import HTTPTypes
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1

/// An HTTP channel whose requests must arrive in time.
struct LimitedHTTPChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let base: HTTP1Channel
    let makeDeadlines: @Sendable () -> ConnectionDeadlines

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(makeDeadlines(), position: .after(decoder))
            return value
        }
    }

    func handle(value: Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}

/// Closes a connection whose request does not arrive in time, and marks a connection that presents a valid credential
/// as trusted.
///
/// A client cannot extend a deadline by sending a few bytes at a time. The credential is checked when the request head
/// arrives, not only by the routes: the connection is then safe from eviction even if the routes run late.
final class ConnectionDeadlines: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: ConnectionLimits
    private let connections: OpenConnections
    private let showsCredential: @Sendable (HTTPHeaders) -> Bool
    /// Requests whose head has arrived and whose response is not complete.
    private var unanswered = 0
    private var isReadingBody = false
    /// Whether the server is ready to read more bytes.
    private var wantsBytes = false
    private var isTrusted = false
    private var deadline: Scheduled<Void>?

    init(
        limits: ConnectionLimits, connections: OpenConnections,
        showsCredential: @escaping @Sendable (HTTPHeaders) -> Bool
    ) {
        self.limits = limits
        self.connections = connections
        self.showsCredential = showsCredential
    }

    func handlerAdded(context: ChannelHandlerContext) {
        connections.add(context.channel)
        setDeadline(limits.head, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) { clearDeadline() }

    func channelInactive(context: ChannelHandlerContext) {
        clearDeadline()
        context.fireChannelInactive()
    }

    func read(context: ChannelHandlerContext) {
        wantsBytes = true
        context.read()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        wantsBytes = false
        context.fireChannelReadComplete()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            unanswered += 1
            isReadingBody = true
            if !isTrusted, showsCredential(head.headers) {
                isTrusted = true
                connections.trust(context.channel)
            }
            setDeadline(limits.body, context)
        case .body: break
        case .end:
            isReadingBody = false
            if unanswered == 0 {
                setDeadline(limits.idle, context, .idle)
            } else if isTrusted {
                clearDeadline()
            } else {
                setDeadline(limits.answer, context)
            }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            unanswered = max(0, unanswered - 1)
            if unanswered == 0, !isReadingBody { setDeadline(limits.idle, context, .idle) }
        }
        context.write(data, promise: promise)
    }

    /// - Parameter reason: What to count if the deadline passes.
    private func setDeadline(
        _ limit: Duration, _ context: ChannelHandlerContext, _ reason: OpenConnections.Drop = .deadline
    ) {
        clearDeadline()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limit)) {
            self.deadlinePassed(context, reason)
        }
    }

    private func clearDeadline() {
        deadline?.cancel()
        deadline = nil
    }

    private func deadlinePassed(_ context: ChannelHandlerContext, _ reason: OpenConnections.Drop) {
        // The server has not asked for more of the body, so the client is not late.
        guard !isReadingBody || wantsBytes else { return setDeadline(limits.body, context) }
        connections.recordDrop(reason)
        context.close(promise: nil)
    }
}
