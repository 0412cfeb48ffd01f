import AsyncHTTPClient
import ConnectedApp
import ConnectedAppServer
import Foundation
import Logging
import NIOCore

/// What the pages of the Settings page cost and how large they are, over HTTP, in a store with many connections.
extension Benchmarks {
    /// Prints the time and the size of some pages. The reference is a request to the bare framework, one at a time.
    ///
    /// - Parameter alias: The connection whose pages are read.
    static func settingsPages(_ world: GateWorld, _ count: Int, of alias: String) async throws {
        let bare = 1 / (try await helloWorld(1, 500))
        try await withSettingsServer(world) { visitor in
            for path in [
                "/connections", "/connections?sort=state", "/connections?search=c09", "/connections/\(alias)",
                "/connections/\(alias)/set-up", "/audit",
            ] {
                // The first visit fills what the process keeps.
                let bytes = try await visitor.read(path)
                let rounds = 10
                let start = ContinuousClock.now
                for _ in 0..<rounds { _ = try await visitor.read(path) }
                let seconds = start.duration(to: .now) / .seconds(1) / Double(rounds)
                print(
                    "page \(path.replacing(alias, with: "ALIAS")): \(figure(seconds * 1000, 1)) ms, \(figure(seconds / bare, 0)) "
                        + "times a request to the bare framework; \(bytes / 1000) kB, with \(count) connections")
            }
        }
    }

    private static func figure(_ number: Double, _ digits: Int) -> String {
        number.formatted(.number.precision(.fractionLength(digits)))
    }

    /// A browser that has signed in.
    private struct Visitor: Sendable {
        /// Does not follow redirects: signing in answers with one, and its cookie is needed.
        private static let client = HTTPClient(configuration: .init(redirectConfiguration: .disallow))

        let url: String
        let cookie: String

        init(at url: String, token: String) async throws {
            var request = HTTPClientRequest(url: url + "/sign-in")
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
            request.headers.add(name: "Origin", value: url)
            request.body = .bytes(ByteBuffer(string: "startToken=\(token)"))
            let answer = try await Self.client.execute(request, timeout: .seconds(60))
            guard let cookie = answer.headers.first(name: "Set-Cookie")?.split(separator: ";").first else {
                throw Unexpected(answer: answer.status.code)
            }
            (self.url, self.cookie) = (url, String(cookie))
        }

        /// - Returns: The size of the page, in bytes.
        func read(_ path: String) async throws -> Int {
            var request = HTTPClientRequest(url: url + path)
            request.headers.add(name: "Cookie", value: cookie)
            let answer = try await Self.client.execute(request, timeout: .seconds(60))
            let bytes = try await answer.body.collect(upTo: 1 << 24).readableBytes
            guard answer.status == .ok else { throw Unexpected(answer: answer.status.code) }
            return bytes
        }
    }

    private struct Unexpected: Error { let answer: UInt }

    private static func withSettingsServer(
        _ world: GateWorld, _ body: @escaping @Sendable (Visitor) async throws -> Void
    )
        async throws
    {
        let token = StartToken(folder: world.folder, randomBytes: world.surroundings.randomBytes)
        let server = try SettingsServer(
            service: world.service, configuration: SettingsServerConfiguration(port: 0), startToken: token,
            surroundings: world.surroundings, logger: Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() })
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask { try await server.run { continuation.yield($0) } }
            guard let port = await ports.first(where: { _ in true }) else { return }
            let text = try String(contentsOfFile: token.path, encoding: .utf8).trimmingCharacters(in: .newlines)
            try await body(Visitor(at: "http://127.0.0.1:\(port)", token: text))
        }
    }
}
