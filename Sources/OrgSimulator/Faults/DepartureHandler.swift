import NIOCore

/// Notices that the client has left: it has closed the connection, or its sending half. The server adds one to the
/// pipeline of each connection.
final class DepartureHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Never

    private var promise: EventLoopPromise<Void>?

    /// Returns a future that succeeds when the client has left, at once if it has left already.
    static func departure(from channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.flatSubmit {
            let handler = try? channel.pipeline.syncOperations.handler(type: DepartureHandler.self)
            return handler?.promise?.futureResult ?? channel.closeFuture
        }
    }

    func handlerAdded(context: ChannelHandlerContext) { promise = context.eventLoop.makePromise() }

    func handlerRemoved(context: ChannelHandlerContext) { promise?.succeed() }

    func channelInactive(context: ChannelHandlerContext) {
        promise?.succeed()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { promise?.succeed() }
        context.fireUserInboundEventTriggered(event)
    }
}
