internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1

/// Closes a connection that exceeds a deadline of ``ConnectionLimits``, and marks a connection that presents an
/// unlimited credential as trusted.
///
/// Each connection has a handler of its own, which runs on the connection's event loop. A client cannot extend a
/// deadline by sending a few bytes at a time. The credential is checked as soon as the request head arrives, so a
/// trusted connection is protected from eviction before its route runs.
final class ConnectionDeadlines: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: ConnectionLimits
    private let connections: OpenConnections
    /// Whether these headers have an unlimited credential: the start token, an admin's session, or an API token for
    /// everything that was accepted before.
    private let hasUnlimitedCredential: @Sendable (HTTPHeaders) -> Bool
    /// Requests whose head has arrived and whose response is not complete.
    private var unanswered = 0
    private var isReadingBody = false
    /// Whether the server has asked for bytes that have not arrived yet.
    private var hasPendingRead = false
    private var isTrusted = false
    private var deadline: Scheduled<Void>?

    init(
        limits: ConnectionLimits, connections: OpenConnections,
        hasUnlimitedCredential: @escaping @Sendable (HTTPHeaders) -> Bool
    ) {
        self.limits = limits
        self.connections = connections
        self.hasUnlimitedCredential = hasUnlimitedCredential
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
        hasPendingRead = true
        context.read()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        hasPendingRead = false
        context.fireChannelReadComplete()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            unanswered += 1
            isReadingBody = true
            if !isTrusted, hasUnlimitedCredential(head.headers) {
                isTrusted = true
                connections.trust(context.channel)
            }
            setDeadline(limits.body, context)
        case .body: break
        case .end:
            isReadingBody = false
            if unanswered == 0 {
                // The response was complete before the request body was.
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
            // An answer to a head that could not be parsed (400) has no request that was counted.
            unanswered = max(0, unanswered - 1)
            if unanswered == 0, !isReadingBody { setDeadline(limits.idle, context, .idle) }
        }
        context.write(data, promise: promise)
    }

    /// Replaces the connection's deadline.
    ///
    /// - Parameters:
    ///   - limit: How long from now.
    ///   - reason: The drop to count if the deadline passes.
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
        // While the server has not asked for more of the body, the client is not late.
        guard !isReadingBody || hasPendingRead else { return setDeadline(limits.body, context) }
        connections.recordDrop(reason)
        context.close(promise: nil)
    }
}
