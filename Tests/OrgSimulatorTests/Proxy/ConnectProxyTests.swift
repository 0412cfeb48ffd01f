import Foundation
import Testing

@testable import OrgSimulator

@Suite("The proxy to the orgs")
struct ConnectProxyTests {
    private static func configuration(_ folder: SourceFixture) -> SimulatorConfiguration {
        var configuration = SimulatorConfiguration()
        configuration.certificateFolder = folder.url.appending(path: "ca").path()
        configuration.proxyPort = 0
        return configuration
    }

    @Test("It connects to the hosts of the orgs at port 443, and refuses other targets")
    func targets() async throws {
        let folder = try SourceFixture()
        try await RunningOrg.run(Self.configuration(folder), wall: nil) { org in
            try await org.save(#"{"orgs":[{"name":"Other","myDomain":"other.my.salesforce.com"}]}"#)
            let port = try RunningOrg.port(org.addresses.proxyURL)
            for (target, status) in [
                ("login.salesforce.com:443", 200), ("test.salesforce.com:443", 200),
                ("OTHER.my.salesforce.com:443", 200),
                ("harbour-bikes.my.salesforce.com:443", 200), ("harbour-bikes.my.salesforce.com:80", 403),
                ("unknown.my.salesforce.com:443", 403), ("localhost:443", 403), ("127.0.0.1:443", 403),
                ("127.0.0.1:\(try RunningOrg.port(org.addresses.managementURL))", 403), ("[::1]:443", 403),
                ("example.com:443", 403), ("login.salesforce.com", 400),
            ] {
                let request = "CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\n\r\n"
                let answer = try await RawConnection.exchange(port, request, enough: { $0.contains("\r\n\r\n") })
                #expect(answer.text.hasPrefix("HTTP/1.1 \(status) "), "\(target): \(answer.text)")
            }
        }
    }

    @Test("It stops with open tunnels, and with clients that have sent nothing yet", .timeLimit(.minutes(1)))
    func stopping() async throws {
        let folder = try SourceFixture()
        let (answers, source) = AsyncStream.makeStream(of: String.self)
        try await RunningOrg.run(Self.configuration(folder), wall: nil) { org in
            let port = try RunningOrg.port(org.addresses.proxyURL)
            for text in ["CONNECT login.salesforce.com:443 HTTP/1.1\r\n\r\n", "CONN"] {
                let (begun, begin) = AsyncStream.makeStream(of: Void.self)
                Task {
                    let isWhole = text.hasSuffix("\r\n\r\n")
                    let answer = try? await RawConnection.exchange(
                        port, text, sent: { if !isWhole { begin.finish() } },
                        enough: { seen in
                            if seen.hasSuffix("\r\n\r\n") { begin.finish() }
                            return false
                        })
                    source.yield(answer.map { "\($0.text.prefix(12)) \($0.closed)" } ?? "failed")
                }
                for await _ in begun {}
            }
        }
        var seen: Set<String> = []
        for await answer in answers {
            seen.insert(answer)
            if seen.count == 2 { break }
        }
        #expect(seen == ["HTTP/1.1 200 true", " true"])
    }

    @Test("The proxy requires TLS, and two sources of certificates are rejected")
    func incomplete() throws {
        let folder = try SourceFixture()
        var configuration = SimulatorConfiguration()
        configuration.proxyPort = 0
        var error = #expect(throws: SimulatorStartError.self) { try configuration.tlsContext(names: [], now: Date()) }
        #expect(error?.cause == .tlsIncomplete)
        configuration = Self.configuration(folder)
        configuration.tlsKey = []
        error = #expect(throws: SimulatorStartError.self) { try configuration.tlsContext(names: [], now: Date()) }
        #expect(error?.cause == .tlsIncomplete)
    }
}
