internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Stands between a program and a port of this machine, and can hold up what passes.
final class Relay: Sendable {
    enum Mode: Sendable {
        case open
        /// Nobody gets through.
        case closed
        /// Holds the first bytes of TLS that a client sends: it has signed by then, and sent nothing of the assertion.
        case holdHello
        /// Holds what the org sends once a client has sent its request: the org has acted, and nobody hears of it.
        case holdReplies
    }

    private struct State {
        var mode = Mode.open
        var held: [@Sendable () -> Void] = []
        var waiting: [CheckedContinuation<Void, Never>] = []
        /// When the last byte of a client went on to the org.
        var lastByteOut: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let channel = Mutex<(any Channel)?>(nil)

    var port: Int { channel.withLock { $0?.localAddress?.port ?? 0 } }
    var lastByteOut: ContinuousClock.Instant? { state.withLock { $0.lastByteOut } }

    /// - Parameter target: The port of this machine behind it.
    init(to target: Int) async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { [self] client in
                guard !isClosed else { return client.close() }
                return ClientBootstrap(group: client.eventLoop).connect(host: "127.0.0.1", port: target).flatMap {
                    org in
                    let pair = Pair()
                    return client.eventLoop.makeCompletedFuture {
                        try client.pipeline.syncOperations.addHandler(
                            Side(to: org, isClient: true, pair: pair, relay: self))
                        try org.pipeline.syncOperations.addHandler(
                            Side(to: client, isClient: false, pair: pair, relay: self))
                    }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        channel.withLock { $0 = server }
    }

    func close() async throws {
        let server = channel.withLock { $0 }
        try await server?.close()
    }

    private var isClosed: Bool { state.withLock { if case .closed = $0.mode { true } else { false } } }

    /// From now on; what was held goes on its way when the relay is opened.
    func set(_ mode: Mode) {
        let released = state.withLock { state in
            state.mode = mode
            guard case .open = mode else { return [@Sendable () -> Void]() }
            defer { state.held = [] }
            return state.held
        }
        for release in released { release() }
    }

    /// Returns once something is held.
    func holds() async {
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                if state.held.isEmpty { state.waiting.append(continuation) }
                return !state.held.isEmpty
            }
            if isHeld { continuation.resume() }
        }
    }

    fileprivate func shallHold(fromClient: Bool, isTLS: Bool, hasSentRequest: Bool) -> Bool {
        switch state.withLock({ $0.mode }) {
        case .open, .closed: false
        case .holdHello: fromClient && isTLS
        case .holdReplies: !fromClient && hasSentRequest
        }
    }

    fileprivate func hold(_ release: @escaping @Sendable () -> Void) {
        let waiting = state.withLock { state in
            state.held.append(release)
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    fileprivate func byteOut() { state.withLock { $0.lastByteOut = .now } }

    /// What both ends of a connection know.
    private final class Pair: Sendable {
        /// The client has sent more than its greeting.
        let hasSent = Mutex(false)
    }

    /// One end of a connection; writes what it reads to the other.
    private final class Side: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let other: any Channel
        private let isClient: Bool
        private let pair: Pair
        private let relay: Relay
        /// The first byte of TLS's greeting.
        private static let hello: UInt8 = 0x16
        private var isHolding = false

        init(to other: any Channel, isClient: Bool, pair: Pair, relay: Relay) {
            self.other = other
            self.isClient = isClient
            self.pair = pair
            self.relay = relay
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            let first = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self)
            if isClient, first != Self.hello, first != UInt8(ascii: "C") { pair.hasSent.withLock { $0 = true } }
            let hasSent = pair.hasSent.withLock { $0 }
            let isHeld =
                isHolding || relay.shallHold(fromClient: isClient, isTLS: first == Self.hello, hasSentRequest: hasSent)
            let (other, relay, isClient) = (other, relay, isClient)
            guard isHeld else { return Self.pass(bytes, to: other, relay, isClient) }
            isHolding = true
            relay.hold { other.eventLoop.execute { Self.pass(bytes, to: other, relay, isClient) } }
        }

        private static func pass(_ bytes: ByteBuffer, to other: any Channel, _ relay: Relay, _ isClient: Bool) {
            if isClient { relay.byteOut() }
            other.writeAndFlush(bytes, promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            guard !isHolding else { return }
            other.close(promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
