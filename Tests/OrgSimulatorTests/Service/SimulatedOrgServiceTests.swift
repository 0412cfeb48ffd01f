import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import NIOSSL
import Testing

@testable import OrgSimulator

@Suite("The running simulator")
struct SimulatedOrgServiceTests {
    private func port(_ url: String) throws -> Int { try #require(URL(string: url)?.port) }

    @Test("After an admin creates and approves the app, an assertion for the called address gets a token")
    func wholeWay() async throws {
        let wall = TestWall()
        try await RunningOrg.run(SimulatorConfiguration(), wall: wall) { org in
            let addresses = org.addresses
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
        try await RunningOrg.run(SimulatorConfiguration()) { org in
            let addresses = org.addresses
            try await org.simulation.save(#"{"clock":{"dateHeaderOffsetSeconds":-400}}"#.json)
            let answer = try await TestClient.withClient(host: "127.0.0.1", port: try port(addresses.url)) {
                try await $0.execute(.init("/", method: .get, authority: "localhost"))
            }
            #expect(answer.headers[.date] == "Mon, 21 Sep 2026 14:06:40 GMT")
            #expect(String(buffer: try #require(answer.body)).contains("This is a simulation"))
        }
    }

    @Test("A body above the endpoint's limit is refused with 413")
    func bodyLimit() async throws {
        try await RunningOrg.run(SimulatorConfiguration()) { org in
            let addresses = org.addresses
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

    @Test("With a certificate and a key, the org's port uses HTTPS and the management port does not")
    func tls() async throws {
        var configuration = SimulatorConfiguration()
        configuration.tlsCertificate = Array(try TestFiles.text("first.crt").utf8)
        configuration.tlsKey = Array(try TestFiles.text("first.key").utf8)
        try await RunningOrg.run(configuration) { org in
            let addresses = org.addresses
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

    @Test(
        "A port in use by another program stops the start, and the error names the port",
        arguments: SimulatorPort.allCases)
    func portTaken(_ port: SimulatorPort) async throws {
        try await RunningOrg.run(SimulatorConfiguration()) { org in
            let taken = try self.port(org.addresses.url)
            var configuration = SimulatorConfiguration()
            configuration.port = port == .org ? taken : 0
            configuration.managementPort = port == .management ? taken : 0
            configuration.proxyPort = port == .proxy ? taken : nil
            configuration.tlsCertificate = Array(try TestFiles.text("first.crt").utf8)
            configuration.tlsKey = Array(try TestFiles.text("first.key").utf8)
            let second = try SimulatedOrgService(configuration: configuration, logger: RunningOrg.quiet)
            let error = await #expect(throws: SimulatorStartError.self) { try await second.run() }
            #expect(error?.cause == .portTaken(port))
            #expect(error?.description.hasPrefix("Port \(taken) (") == true)
        }
    }

    @Test(
        "A port number out of range stops the start", arguments: SimulatorPort.allCases, [-1, 65_536, 70_000])
    func portOutOfRange(_ port: SimulatorPort, _ number: Int) {
        var configuration = SimulatorConfiguration()
        configuration.port = port == .org ? number : 0
        configuration.managementPort = port == .management ? number : 0
        configuration.proxyPort = port == .proxy ? number : nil
        let error = #expect(throws: SimulatorStartError.self) {
            try SimulatedOrgService(configuration: configuration, logger: RunningOrg.quiet)
        }
        #expect(error?.cause == .portOutOfRange(port))
    }

    @Test("Pages and refusals name the management port by its address")
    func managementAddress() async throws {
        try await RunningOrg.run(SimulatorConfiguration()) { org in
            let addresses = org.addresses
            for (place, address) in [(SetupPlace.home, "/mail"), (.orgTime, "/clock"), (.orgTime, "/propagation")] {
                let answer = try await TestClient.withClient(host: "127.0.0.1", port: try port(addresses.url)) {
                    try await $0.execute(.init(place.path, method: .get, authority: "localhost"))
                }
                let page = String(buffer: try #require(answer.body))
                #expect(page.contains(addresses.managementURL + address))
            }
            let refused = try await TestClient.withClient(host: "127.0.0.1", port: try port(addresses.managementURL)) {
                try await $0.execute(.init("/clock", method: .get, authority: "evil.example"))
            }
            let problem = try JSONValue(parsing: [UInt8](buffer: try #require(refused.body)))
            #expect(
                problem["detail"]?.string
                    == "Call \(addresses.managementURL) by a loopback name: 127.0.0.1, localhost or [::1].")
        }
    }

    @Test("An invalid seed stops the start, and the error says why")
    func badSeed() throws {
        var configuration = SimulatorConfiguration()
        configuration.seed = Array(try TestFiles.text("first.crt").utf8)
        let error = #expect(throws: SimulatorStartError.self) {
            try SimulatedOrgService(configuration: configuration, logger: RunningOrg.quiet)
        }
        #expect(error?.cause == .seedRejected)
    }

    @Test("A source that cannot be served is an error of the seed only if the seed names it")
    func badSource() throws {
        let folder = try SourceFixture()
        func failure(_ source: String?, _ seed: String? = nil) throws -> SimulatorStartError? {
            var configuration = SimulatorConfiguration()
            configuration.sourceDirectory = source
            configuration.seed = seed.map { Array($0.utf8) }
            return #expect(throws: SimulatorStartError.self) {
                try SimulatedOrgService(configuration: configuration, logger: RunningOrg.quiet)
            }
        }
        let missing = try failure("/nowhere/at/all")
        #expect(missing?.cause == .sourceMissing)
        #expect(missing?.description == "/nowhere/at/all: there is no such folder")
        #expect(try failure(folder.url.path)?.cause == .sourceRejected)
        let named = #"{"orgs":[{"name":"A","source":"/nowhere/at/all"}]}"#
        #expect(try failure(nil, named)?.cause == .seedRejected)
    }

    @Test("A certificate that is not PEM stops the start")
    func badCertificate() async throws {
        var configuration = SimulatorConfiguration()
        (configuration.tlsCertificate, configuration.tlsKey) = ([0x30], [0x30])
        let error = #expect(throws: SimulatorStartError.self) { try configuration.tlsContext(names: [], now: Date()) }
        #expect(error?.cause == .tlsUnusable)
    }
}

extension String {
    fileprivate var json: JSONValue {
        get throws { try JSONValue(parsing: Array(utf8)) }
    }
}
