import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

@testable import OrgSimulator

/// The simulator as a service on free ports, for the duration of a test.
struct RunningOrg: Sendable {
    static let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    let addresses: SimulatorAddresses
    let simulation: OrgSimulation
    let clock: RecordingClock

    /// Runs the service, and stops it gracefully after `test`.
    ///
    /// - Parameter wall: Wall time; `nil` is the system's, which certificates require.
    static func run(
        _ configuration: SimulatorConfiguration = .init(),
        wall: TestWall? = TestWall(),
        _ test: @Sendable (RunningOrg) async throws -> Void
    ) async throws {
        var configuration = configuration
        configuration.port = 0
        configuration.managementPort = 0
        let clock = RecordingClock()
        let (addresses, ready) = AsyncStream.makeStream(of: SimulatorAddresses.self)
        let service = try SimulatedOrgService(
            configuration: configuration, logger: quiet, wallTime: { wall?.now ?? Date() }, clock: clock,
            onReady: { ready.yield($0) })
        let group = ServiceGroup(services: [service], logger: quiet)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask {
                defer { ready.finish() }
                try await group.run()
            }
            let first = await addresses.first { _ in true }
            let result: Result<Void, any Error>
            do {
                let addresses = try #require(first)
                try await test(RunningOrg(addresses: addresses, simulation: service.simulation, clock: clock))
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try result.get()
        }
    }

    func save(_ patch: String) async throws {
        try await simulation.save(try JSONValue(parsing: Array(patch.utf8)))
    }

    static func port(_ url: String?) throws -> Int { try #require(url.flatMap(URL.init(string:))?.port) }
}

/// A TCP connection that returns the received bytes, and whether the other side closed it.
enum RawConnection {
    /// Sends `text` and reads until the other side closes, or until `enough` returns true.
    ///
    /// - Parameter closesOutput: Whether the client closes its half of the connection after the text.
    /// - Returns: The received bytes, and whether the other side closed the connection.
    static func exchange(
        _ port: Int, _ text: String, closesOutput: Bool = false, sent: @Sendable () -> Void = {},
        enough: @escaping @Sendable (String) -> Bool = { _ in false }
    ) async throws -> (text: String, closed: Bool) {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            if closesOutput { outbound.finish() }
            sent()
            var seen = ""
            do {
                for try await part in inbound {
                    seen += String(buffer: part)
                    if enough(seen) { return (seen, false) }
                }
            } catch is IOError {
                return (seen, true)
            }
            return (seen, true)
        }
    }

    /// The body of a chunked answer, and whether its last chunk was received.
    static func chunkedBody(of answer: String) -> (text: String, isComplete: Bool) {
        var rest = answer.firstRange(of: "\r\n\r\n").map { Array(answer[$0.upperBound...].utf8) } ?? []
        var body: [UInt8] = []
        while let line = rest.firstRange(of: Array("\r\n".utf8)),
            let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16)
        {
            if size == 0 { return (String(decoding: body, as: UTF8.self), true) }
            body += rest[line.upperBound...].prefix(size)
            rest = Array(rest[line.upperBound...].dropFirst(size + 2))
        }
        return (String(decoding: body, as: UTF8.self), false)
    }

    static func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n" }
}
