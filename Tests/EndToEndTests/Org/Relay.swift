internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A relay between a program and a local port, which can delay data.
final class Relay: Sendable {
    enum Mode: Sendable {
        case open
        /// Rejects every connection.
        case closed
        /// Holds a client's ClientHello: the client has signed by then, but has not sent the assertion.
        case holdHello
        /// Holds the org's responses once a client has sent its request: the org has acted, but nobody receives the
        /// answer.
        case holdReplies
    }

    private struct State {
        var mode = Mode.open
        var held: [@Sendable () -> Void] = []
        var waiting: [CheckedContinuation<Void, Never>] = []
        /// When a client's last byte was forwarded to the org.
        var lastByteOut: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let channel = Mutex<(any Channel)?>(nil)

    var port: Int { channel.withLock { $0?.localAddress?.port ?? 0 } }
    var lastByteOut: ContinuousClock.Instant? { state.withLock { $0.lastByteOut } }

    /// - Parameter target: The local port behind the relay.
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

    /// Sets the mode. Opening the relay forwards what was held.
    func set(_ mode: Mode) {
        let released = state.withLock { state in
            state.mode = mode
            guard case .open = mode else { return [@Sendable () -> Void]() }
            defer { state.held = [] }
            return state.held
        }
        for release in released { release() }
    }

    /// Suspends until something is held.
    func waitUntilHolding() async {
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

    /// The shared state of both ends of a connection.
    private final class Pair: Sendable {
        /// Whether the client has sent a chunk that begins neither with a TLS handshake record nor with a CONNECT request.
        let hasSent = Mutex(false)
    }

    /// One end of a connection, which forwards what it reads to the other.
    private final class Side: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let other: any Channel
        private let isClient: Bool
        private let pair: Pair
        private let relay: Relay
        /// The first byte of a ClientHello, and of every other TLS handshake record.
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
