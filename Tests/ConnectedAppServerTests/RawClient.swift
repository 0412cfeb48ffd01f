internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import Testing

/// A client for a server on this machine that can send a request piece by piece or only in part.
final class RawClient: Sendable {
    private let channel: any Channel
    private let received: Received

    private final class Received: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        let text = Mutex("")

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let piece = String(buffer: unwrapInboundIn(data))
            text.withLock { $0 += piece }
        }

        /// A reset counts as a close.
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    init(port: Int) async throws {
        let received = Received()
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { $0.pipeline.addHandler(received) }
            .connect(host: "127.0.0.1", port: port).get()
        self.received = received
    }

    /// Connects and sends the beginning of a request.
    convenience init(port: Int, sending text: String) async throws {
        try await self.init(port: port)
        await send(text)
    }

    /// Returns a sign-in request with a complete form, or with only the beginning of one.
    static func signIn(_ port: Int, form: String = "startToken=", length: Int = 60) -> String {
        "POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nSec-Fetch-Site: same-origin\r\n"
            + "Content-Type: application/x-www-form-urlencoded\r\n"
            + "Content-Length: \(length)\r\n\r\n\(form)"
    }

    /// Sending on a closed connection is ignored, as in TCP.
    func send(_ text: String) async {
        _ = await channel.writeAndFlush(ByteBuffer(string: text)).map { true }.recover { _ in false }.asyncValue
    }

    var text: String { received.text.withLock { $0 } }
    var isOpen: Bool { channel.isActive }

    /// Waits for the end of a response head and for this text in it or after it.
    func answer(with part: String) async throws -> String {
        for _ in 0..<500 {
            if text.contains("\r\n\r\n"), text.contains(part) { return text }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("no answer with \(part): \(text)")
        return text
    }

    /// Waits until the server has closed the connection.
    func end() async throws { try await channel.closeFuture.get() }

    /// The server may have closed it first.
    func close() async throws {
        do { try await channel.close() } catch ChannelError.alreadyClosed {}
    }
}

extension EventLoopFuture where Value == Bool {
    fileprivate var asyncValue: Bool {
        get async { (try? await get()) ?? false }
    }
}
