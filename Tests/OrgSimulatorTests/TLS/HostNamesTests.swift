import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOSSL
import Testing

@testable import OrgSimulator

@Suite("Host names")
struct HostNamesTests {
    private func request(_ host: String, indicated: String?, scheme: String = "https") -> OrgRequest {
        var request = OrgRequest(
            method: "GET", target: "/services/data/", host: host, body: [], sourceAddress: "127.0.0.1")
        request.scheme = scheme
        request.serverName = indicated
        return request
    }

    @Test(
        "A Salesforce name in the Host header must be the name that TLS was set up for",
        arguments: [
            ("harbour-bikes.my.salesforce.com", "harbour-bikes.my.salesforce.com", 200),
            ("harbour-bikes.my.salesforce.com", "HARBOUR-bikes.my.salesforce.com", 200),
            ("harbour-bikes.my.salesforce.com:7412", "harbour-bikes.my.salesforce.com", 200),
            ("harbour-bikes.my.salesforce.com", nil, 200), ("localhost:7412", "localhost", 200),
            ("127.0.0.1", "localhost", 200), ("harbour-bikes.my.salesforce.com", "login.salesforce.com", 421),
            ("login.salesforce.com", "localhost", 421), ("unknown.my.salesforce.com", "login.salesforce.com", 421),
        ] as [(String, String?, Int)])
    func misdirected(_ host: String, _ indicated: String?, _ status: Int) async throws {
        let org = try TestOrg(.harbourBikes)
        let answer = await org.simulation.answer(request(host, indicated: indicated)).answer
        #expect(answer.status == status)
        #expect(answer.isSynthetic == (status == 421))
    }

    @Test("instance_url is the My Domain for a caller by TLS and name, and the loopback address for others")
    func instanceURL() async throws {
        var state = SimulatorState.harbourBikes
        var other = Org(name: "Nameless")
        other.instanceURL = "https://elsewhere.example"
        state.orgs.append(other)
        let org = try TestOrg(state)
        let simulation = org.simulation
        await simulation.setListeningURL(at: "https://127.0.0.1:7412")
        let bikes = await simulation.state.orgs[0]
        let name = "harbour-bikes.my.salesforce.com"
        for (host, scheme, url) in [
            (name, "https", "https://\(name)"), ("login.salesforce.com", "https", "https://\(name)"),
            ("\(name):7412", "https", "https://\(name):7412"), (name, "http", "https://127.0.0.1:7412"),
            ("127.0.0.1:7412", "https", "https://127.0.0.1:7412"), ("[::1]:9", "https", "https://127.0.0.1:7412"),
        ] {
            let request = request(host, indicated: nil, scheme: scheme)
            #expect(await simulation.instanceURL(of: bikes, calledBy: request) == url, "\(host)")
        }
        let elsewhere = await simulation.state.orgs[1]
        let called = request(name, indicated: nil)
        #expect(await simulation.instanceURL(of: elsewhere, calledBy: called) == "https://elsewhere.example")
    }

    @Test("Without a Host header, the name that a client indicates selects the org")
    func withoutHost() async throws {
        var configuration = SimulatorConfiguration()
        let folder = try SourceFixture()
        configuration.certificateFolder = folder.url.path()
        try await RunningOrg.run(configuration, wall: nil) { org in
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(folder.url.appending(path: "ca.crt").path())
            for (name, status) in [("harbour-bikes.my.salesforce.com", 200), ("unknown.my.salesforce.com", 404)] {
                let answer = try await TestClient.withClient(
                    host: "127.0.0.1", port: try RunningOrg.port(org.addresses.url),
                    configuration: .init(tlsConfiguration: tls, serverName: name)
                ) {
                    try await $0.execute(.init("/.well-known/auth-configuration", method: .get, authority: nil))
                }
                #expect(answer.status.code == status, "\(name)")
            }
        }
    }

    @Test("The org's port receives the name that a client indicates")
    func overTLS() async throws {
        var configuration = SimulatorConfiguration()
        let folder = try SourceFixture()
        configuration.certificateFolder = folder.url.path()
        try await RunningOrg.run(configuration, wall: nil) { org in
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(folder.url.appending(path: "ca.crt").path())
            for (host, status) in [("login.salesforce.com", 200), ("test.salesforce.com", 421), ("localhost", 200)] {
                let answer = try await TestClient.withClient(
                    host: "127.0.0.1", port: try RunningOrg.port(org.addresses.url),
                    configuration: .init(tlsConfiguration: tls, serverName: "login.salesforce.com")
                ) {
                    try await $0.execute(.init("/services/data/", method: .get, authority: host))
                }
                #expect(answer.status.code == status, "\(host)")
            }
        }
    }
}
