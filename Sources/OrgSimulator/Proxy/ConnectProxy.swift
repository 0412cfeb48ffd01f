import NIOCore
import NIOPosix
import ServiceLifecycle

/// A proxy on the loopback interface. It connects `CONNECT name:443` to the org's TLS port if `name` is a host name of
/// an org or a shared login host, and refuses everything else.
struct ConnectProxy: Service {
    typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// The port to listen on; 0 selects a free one.
    let port: Int
    /// Whether the org's port answers for the host name.
    let isServed: @Sendable (String) async -> Bool
    /// Returns the address of the org's port; `nil` before it listens.
    let target: @Sendable () async -> SocketAddress?
    /// Receives the port once the proxy listens.
    let onRunning: @Sendable (Int) async -> Void

    /// Runs until a graceful shutdown, which also closes all connections.
    ///
    /// - Throws: An error of listening on the port.
    func run() async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(host: "127.0.0.1", port: port) { $0.eventLoop.makeCompletedFuture(withResultOf: Self.wrap($0)) }
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                // Every accepted connection gets a task, even while the server stops. If accepting fails, the proxy ends.
                try? await server.executeThenClose { clients in
                    await onRunning(server.channel.localAddress?.port ?? 0)
                    for try await client in clients { group.addTask { await serve(client) } }
                }
            }
        } onGracefulShutdown: {
            server.channel.close(promise: nil)
        }
    }

    private static func wrap(_ channel: any Channel) -> () throws -> Connection {
        {
            try Connection(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
    }

    private func serve(_ client: Connection) async {
        // An error closes both sides of this connection and affects no other.
        try? await cancelWhenGracefulShutdown {
            try await client.executeThenClose { inbound, outbound in
                var parts = inbound.makeAsyncIterator()
                var head = ConnectHead()
                while let part = try await parts.next() {
                    switch head.read(part) {
                    case .incomplete: continue
                    case .refused(let refusal): return try await client.channel.send(refusal.answer)
                    case .target(let host, let port, let rest):
                        guard port == 443, await isServed(host) else {
                            return try await client.channel.send(ProxyRefusal.foreignTarget.answer)
                        }
                        let address = await target()
                        guard let address, let org = await connect(to: address) else {
                            let refusal = ProxyRefusal.orgUnreachable(address: address?.hostAndPort)
                            return try await client.channel.send(refusal.answer)
                        }
                        return try await tunnel(&parts, outbound, client.channel, org, rest)
                    }
                }
            }
        }
    }

    /// Forwards bytes in both directions. Each part is written before the next is read, so that a slow side slows down
    /// the other instead of filling the memory.
    private func tunnel(
        _ parts: inout NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        _ toClient: NIOAsyncChannelOutboundWriter<ByteBuffer>, _ client: any Channel, _ org: Connection,
        _ rest: ByteBuffer
    ) async throws {
        try await withTaskCancellationHandler {
            try await org.executeThenClose { fromOrg, toOrg in
                try await client.send("HTTP/1.1 200 Connection Established\r\n\r\n")
                try await withThrowingTaskGroup { group in
                    group.addTask {
                        for try await part in fromOrg { try await client.writeAndFlush(part) }
                        toClient.finish()
                    }
                    if rest.readableBytes > 0 { try await org.channel.writeAndFlush(rest) }
                    while let part = try await parts.next() { try await org.channel.writeAndFlush(part) }
                    toOrg.finish()
                    try await group.waitForAll()
                }
            }
        } onCancel: {
            client.close(promise: nil)
            org.channel.close(promise: nil)
        }
    }

    /// - Returns: `nil` if the connection fails.
    private func connect(to target: SocketAddress) async -> Connection? {
        // The client gets the proxy's answer for a connection that fails.
        try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(to: target) { $0.eventLoop.makeCompletedFuture(withResultOf: Self.wrap($0)) }
    }
}

extension SocketAddress {
    /// `127.0.0.1:7412`.
    fileprivate var hostAndPort: String {
        let host = ipAddress ?? description
        return (host.contains(":") ? "[\(host)]" : host) + (port.map { ":\($0)" } ?? "")
    }
}

extension Channel {
    fileprivate func send(_ text: String) async throws { try await writeAndFlush(ByteBuffer(string: text)) }
}
