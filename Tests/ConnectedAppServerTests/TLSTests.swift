internal import ConnectedAppTesting
internal import Foundation
internal import Glibc
internal import HTTPTypes
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("The server for other machines")
struct TLSTests {
    private static let host = "aprity.acme.example"

    private func run(_ body: @Sendable (SettingsClient) async throws -> Void) async throws {
        try await SettingsClient.run(publicURL: try PublicURL("https://\(Self.host)"), body)
    }

    @Test(
        "An address for other machines needs TLS or an explicit word, and always a public URL",
        arguments: ["0.0.0.0", "::", "aprity.acme.example"])
    func wideAddress(_ address: String) throws {
        let url = try PublicURL("https://aprity.acme.example")
        func cause(_ publicURL: PublicURL?, _ allowsClearText: Bool) -> Cause? {
            do throws(ConnectedAppError) {
                _ = try SettingsServerConfiguration(
                    hostname: address, publicURL: publicURL, allowsClearText: allowsClearText)
                return nil
            } catch { return error.cause }
        }
        #expect(cause(url, false) == .usage)
        #expect(cause(nil, true) == .usage)
        #expect(cause(url, true) == nil)
    }

    @Test(
        "A public URL is an https URL without a path",
        arguments: [
            ("https://Aprity.acme.example", "aprity.acme.example"), ("https://a.example:8443/", "a.example:8443"),
            ("https://a.example:443", "a.example"),
        ])
    func publicURL(_ text: String, _ authority: String) throws {
        #expect(try PublicURL(text).authority == authority)
    }

    @Test(
        "Anything else is rejected as a public URL",
        arguments: ["", "http://a.example", "a.example", "https://a.example/x", "https://u:p@a.example", "https://"])
    func wrongPublicURL(_ text: String) {
        let error = #expect(throws: ConnectedAppError.self) { try PublicURL(text) }
        #expect(error?.cause == .usage)
    }

    @Test(
        "Under the public URL, the cookie is bound to the host and to TLS, and the answer has the policy for TLS (HSTS)"
    )
    func publicHost() async throws {
        try await run { client in
            let page = try await client.send(.get, "/sign-in", host: Self.host)
            #expect(page.status == 200)
            #expect(page.headers[.strictTransportSecurity] == "max-age=31536000")
            let reply = try await client.send(
                .post, "/sign-in", host: Self.host,
                headers: [.contentType: "application/x-www-form-urlencoded", .secFetchSite: "same-origin"],
                body: "startToken=\(client.tokenText)")
            #expect(reply.status == 303)
            let cookie = try #require(reply.headers[.setCookie])
            #expect(cookie.hasPrefix("__Host-aprity-session-7411="))
            for attribute in ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
                #expect(cookie.contains("; \(attribute)"), "\(attribute)")
            }
            #expect(!cookie.contains("Domain"))
        }
    }

    @Test("Under a loopback name, the same server sets a plain cookie and no policy for TLS")
    func loopback() async throws {
        try await run { client in
            let reply = try await client.signIn()
            #expect(reply.headers[.strictTransportSecurity] == nil)
            let cookie = try #require(reply.headers[.setCookie])
            #expect(cookie.hasPrefix("aprity-session-7411="))
            #expect(!cookie.contains("; Secure"))
        }
    }

    @Test(
        "A form under the public URL is accepted from its https origin only",
        arguments: [
            ("https://aprity.acme.example", 303), ("http://aprity.acme.example", 403), ("http://127.0.0.1:7411", 403),
            ("https://evil.example", 403),
        ])
    func origins(_ origin: String, _ status: Int) async throws {
        try await run { client in
            let reply = try await client.send(
                .post, "/sign-in", host: Self.host,
                headers: [.contentType: "application/x-www-form-urlencoded", .origin: origin],
                body: "startToken=\(client.tokenText)")
            #expect(reply.status == status)
        }
    }

    @Test(
        "Names that are neither loopback nor public are refused",
        arguments: ["evil.example", "acme.example", "10.0.0.1:7411"])
    func otherHosts(_ host: String) async throws {
        try await run { client in
            let reply = try await client.send(.get, "/sign-in", host: host)
            #expect(reply.status == 421)
        }
    }

    @Test("Renewed files are used for new connections, and unusable ones are reported while the old ones stay in use")
    func renewal() async throws {
        let time = TestTime()
        let lines = LoggedLines()
        var surroundings = Surroundings.test(time)
        surroundings.troubles = Troubles(logger: lines.logger())
        let folder = NSTemporaryDirectory() + "aprity-tls-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func write(_ key: String) async throws {
            let certificate = try await Self.certificate(key)
            try certificate.write(toFile: folder + "/tls.crt", atomically: true, encoding: .utf8)
            try key.write(toFile: folder + "/tls.key", atomically: true, encoding: .utf8)
        }
        try await write(TestKeys.first)
        let tls = try ServedTLS(
            certificateFile: folder + "/tls.crt", keyFile: folder + "/tls.key", surroundings: surroundings)
        let first = tls.context()
        try await write(TestKeys.second)
        #expect(tls.context() === first)
        time.advance(by: ServedTLS.checkInterval)
        let second = tls.context()
        #expect(second !== first)
        try "nonsense".write(toFile: folder + "/tls.crt", atomically: true, encoding: .utf8)
        time.advance(by: ServedTLS.checkInterval)
        #expect(tls.context() === second)
        #expect(surroundings.troubles.counts[.tlsReload] == 1)
        time.advance(by: ServedTLS.checkInterval)
        #expect(tls.context() === second)
        #expect(surroundings.troubles.counts[.tlsReload] == 1)
        try FileManager.default.removeItem(atPath: folder + "/tls.key")
        mkfifo(folder + "/tls.key", 0o600)
        time.advance(by: ServedTLS.checkInterval)
        // Opening a pipe waits for its other end.
        #expect(tls.context() === second)
        #expect(surroundings.troubles.counts[.tlsReload] == 2)
    }

    @Test("Files that cannot be used are named at the start")
    func wrongFiles() async throws {
        let folder = NSTemporaryDirectory() + "aprity-tls-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await Self.certificate(TestKeys.first).write(toFile: folder + "/a.crt", atomically: true, encoding: .utf8)
        try TestKeys.first.write(toFile: folder + "/a.key", atomically: true, encoding: .utf8)
        try TestKeys.second.write(toFile: folder + "/b.key", atomically: true, encoding: .utf8)
        let surroundings = Surroundings.test(TestTime())
        for (certificate, key, expected, remedy) in [
            ("a.crt", "b.key", Cause.certificateKeyMismatch, "Give the certificate that was issued for this key"),
            ("a.key", "a.key", .certificateMalformed, "Give such a file. `openssl x509"),
            ("a.crt", "a.crt", .keyMalformed, "Give such a key. `openssl pkey"), ("no.crt", "a.key", .fileMissing, ""),
        ] {
            var problem: ConnectedAppError?
            do throws(ConnectedAppError) {
                _ = try ServedTLS(
                    certificateFile: folder + "/" + certificate, keyFile: folder + "/" + key,
                    surroundings: surroundings)
            } catch { problem = error }
            #expect(problem?.cause == expected, "\(certificate) \(key)")
            #expect(problem?.remedy.hasPrefix(remedy) == true, "\(problem?.remedy ?? "")")
        }
    }

    private static func certificate(_ key: String) async throws -> String {
        try await OutsideTool.openssl.output(
            ["req", "-x509", "-new", "-key", "/dev/stdin", "-subj", "/CN=aprity.acme.example", "-days", "30"],
            input: Array(key.utf8))
    }
}
