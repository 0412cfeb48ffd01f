import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A server of raw bytes on a free loopback port. It reads the head of a request and answers as configured.
final class LoopbackServer: Sendable {
    /// The server's reaction to the head of a request.
    enum Act: Sendable {
        /// Sends the bytes and keeps the connection open.
        case send(String)
        /// Sends the bytes repeatedly, with this many milliseconds in between, until the client closes.
        case drip(String, everyMilliseconds: Int64)
        case close
        /// Continues with TLS, as the far end of a tunnel.
        case startTLS(NIOSSLContext)
    }

    /// - Parameters: The head, and the number of heads before it on any connection.
    typealias Script = @Sendable (_ head: String, _ number: Int) -> [Act]

    private let channel: any Channel
    private let log: Log

    var port: Int { channel.localAddress?.port ?? 0 }
    /// The heads in the order in which they were read.
    var heads: [String] { log.heads.withLock { $0 } }

    final class Log: Sendable {
        let heads = Mutex<[String]>([])
    }

    init(tls: NIOSSLContext? = nil, _ script: @escaping Script) async throws {
        let log = Log()
        self.log = log
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(HeadHandler(log: log, script: script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    func close() async { try? await channel.close() }
}

private final class HeadHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let log: LoopbackServer.Log
    private let script: LoopbackServer.Script
    private var read = ""

    init(log: LoopbackServer.Log, script: @escaping LoopbackServer.Script) {
        self.log = log
        self.script = script
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        read += String(buffer: unwrapInboundIn(data))
        // The first byte of a TLS handshake: a client speaks TLS, but this server does not.
        let isHandshake = read.hasPrefix("\u{16}")
        guard let end = isHandshake ? read.endIndex : read.range(of: "\r\n\r\n")?.upperBound else { return }
        let head = String(read[..<end])
        read = String(read[end...])
        let number = log.heads.withLock { heads in
            heads.append(head)
            return heads.count - 1
        }
        for act in script(head, number) { perform(act, context) }
    }

    private func perform(_ act: LoopbackServer.Act, _ context: ChannelHandlerContext) {
        switch act {
        case .send(let text): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        case .close: context.close(promise: nil)
        case .drip(let text, let milliseconds):
            let channel = context.channel
            context.eventLoop.scheduleRepeatedTask(
                initialDelay: .zero, delay: .milliseconds(milliseconds)
            ) { task in
                guard channel.isActive else { return task.cancel() }
                channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
            }
        case .startTLS(let tls):
            do {
                try context.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls), position: .first)
            } catch { context.close(promise: nil) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
