import Foundation
import HTTPTypes
import HummingbirdTesting
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Testing

@testable import OrgSimulator

@Suite("The running simulator")
struct SimulatedOrgServiceTests {
    private static let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// Runs the service on free ports, and stops it gracefully after `test`.
    private func running(
        _ configuration: SimulatorConfiguration, wall: TestWall = TestWall(),
        _ test: @Sendable (SimulatorAddresses, SimulatedOrgService) async throws -> Void
    ) async throws {
        var configuration = configuration
        configuration.port = 0
        configuration.managementPort = 0
        let (addresses, ready) = AsyncStream.makeStream(of: SimulatorAddresses.self)
        let service = try SimulatedOrgService(
            configuration: configuration, logger: Self.quiet, wallTime: { wall.now },
            onReady: { ready.yield($0) })
        let group = ServiceGroup(services: [service], logger: Self.quiet)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask {
                defer { ready.finish() }
                try await group.run()
            }
            let first = await addresses.first { _ in true }
            do {
                try await test(try #require(first), service)
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private func port(_ url: String) throws -> Int { try #require(URL(string: url)?.port) }

    @Test("An admin creates and approves the app, then an assertion for the address as called gets a token")
    func wholeWay() async throws {
        let wall = TestWall()
        try await running(SimulatorConfiguration(), wall: wall) { addresses, _ in
            let pem = try TestFiles.text("first.crt").replacing("\n", with: "\\n")
            let patch = """
                {"orgs":[{"name":"Harbour Bikes","apps":[{"name":"Aprity","certificatePEM":"\(pem)",
                "scopes":["Api","RefreshToken"],"permittedUsers":"adminApprovedPreAuthorized",
                "permissionSets":["Aprity_Integration"]}]}]}
                """
            let key = try await TestClient.withClient(host: "127.0.0.1", port: try port(addresses.managementURL)) {
                let saved = try await $0.execute(
                    .init("/state", method: .patch, authority: "127.0.0.1", body: ByteBuffer(string: patch)))
                _ = try await $0.execute(
                    .init("/clock", method: .post, authority: "127.0.0.1", body: ByteBuffer(string: #"{"step":1800}"#)))
                let state = try StateDocument.read([UInt8](buffer: try #require(saved.body)))
                return state.orgs[0].apps[0].consumerKey
            }
            var request = try TokenCase()
            request.issuer = key
            request.audience = "\"\(addresses.url)\""
            let assertion = try await request.assertion()
            let form = "grant_type=\(TestOrg.escaped(request.grantType))&assertion=\(assertion)"
            let authority = String(addresses.url.dropFirst("http://".count))
            let answer = try await TestClient.withClient(host: "127.0.0.1", port: try port(addresses.url)) {
                try await $0.execute(
                    .init(
                        "/services/oauth2/token", method: .post, authority: authority,
                        headers: [.contentType: "application/x-www-form-urlencoded"], body: ByteBuffer(string: form)))
            }
            #expect(answer.status == .ok)
            let members = try JSONValue(parsing: [UInt8](buffer: try #require(answer.body)))
            #expect(members["instance_url"]?.string == addresses.url)
            #expect(answer.headers[.date] == "Mon, 21 Sep 2026 14:13:20 GMT")
            #expect(answer.headers[.cacheControl] == "no-cache,must-revalidate,max-age=0,no-store,private")
        }
    }

    @Test("The Date header follows the offset of the clock")
    func dateHeader() async throws {
        try await running(SimulatorConfiguration()) { addresses, service in
            try await service.simulation.save(#"{"clock":{"dateHeaderOffsetSeconds":-400}}"#.json)
            let answer = try await TestClient.withClient(host: "127.0.0.1", port: try port(addresses.url)) {
                try await $0.execute(.init("/", method: .get, authority: "localhost"))
            }
            #expect(answer.headers[.date] == "Mon, 21 Sep 2026 14:06:40 GMT")
            #expect(String(buffer: try #require(answer.body)).contains("This is a simulation"))
        }
    }

    @Test("A body larger than the endpoint takes is refused with 413")
    func bodyLimit() async throws {
        try await running(SimulatorConfiguration()) { addresses, _ in
            for (path, size, status) in [
                ("/services/oauth2/token", 65_536, 400), ("/services/oauth2/token", 65_537, 413),
                ("/services/Soap/m/67.0", 1_048_577, 413),
            ] {
                let answer = try await TestClient.withClient(host: "127.0.0.1", port: try port(addresses.url)) {
                    try await $0.execute(
                        .init(
                            path, method: .post, authority: "localhost",
                            body: ByteBuffer(repeating: 97, count: size)))
                }
                #expect(answer.status.code == status)
            }
        }
    }

    @Test("With a certificate and a key the org's port speaks HTTPS, the management port does not")
    func tls() async throws {
        var configuration = SimulatorConfiguration()
        configuration.tlsCertificateFile = TestFiles.fixture("first.crt")
        configuration.tlsKeyFile = TestFiles.fixture("first.key")
        try await running(configuration) { addresses, _ in
            #expect(addresses.url.hasPrefix("https://127.0.0.1:"))
            #expect(addresses.managementURL.hasPrefix("http://127.0.0.1:"))
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(TestFiles.fixture("first.crt"))
            tls.certificateVerification = .noHostnameVerification
            let answer = try await TestClient.withClient(
                host: "127.0.0.1", port: try port(addresses.url),
                configuration: .init(tlsConfiguration: tls, serverName: "localhost")
            ) {
                try await $0.execute(.init("/services/data/", method: .get, authority: "localhost"))
            }
            #expect(answer.status == .ok)
        }
    }

    @Test("A seed that cannot be read or used stops the start, and says why")
    func badSeed() throws {
        var configuration = SimulatorConfiguration()
        configuration.seedFile = "/nowhere/seed.json"
        var error = #expect(throws: SimulatorStartError.self) {
            try SimulatedOrgService(configuration: configuration, logger: Self.quiet)
        }
        #expect(error?.cause == .seedUnreadable)
        configuration.seedFile = TestFiles.fixture("first.crt")
        error = #expect(throws: SimulatorStartError.self) {
            try SimulatedOrgService(configuration: configuration, logger: Self.quiet)
        }
        #expect(error?.cause == .seedRefused)
    }
}

extension String {
    fileprivate var json: JSONValue {
        get throws { try JSONValue(parsing: Array(utf8)) }
    }
}
