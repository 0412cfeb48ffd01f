import ConnectedAppTesting
import HTTPTypes
import JWTBearer
import NIOSSL
import Synchronization
import Testing

@testable import ConnectedApp
@testable import ConnectedAppHTTP

/// A certificate authority for the test, made by openssl, with a server certificate.
private struct PrivateAuthority {
    let pem: String
    let folder: TemporaryFolder

    init() async throws {
        folder = try TemporaryFolder()
        _ = try folder.file("ca.key", TestKeys.first)
        _ = try folder.file("server.key", TestKeys.second)
        pem = try await OutsideTool.openssl.output([
            "req", "-x509", "-new", "-key", folder.path + "/ca.key", "-subj", "/CN=Test CA", "-days", "2", "-addext",
            "basicConstraints=critical,CA:TRUE",
        ])
        _ = try folder.file("ca.crt", pem)
    }

    /// - Parameter names: The certificate's subject alternative names, such as `IP:127.0.0.1`.
    func server(
        _ names: String, days: Int = 2, versions: ClosedRange<TLSVersionRank> = .tls12 ... .tls13
    ) async throws -> NIOSSLContext {
        let certificate = try await OutsideTool.openssl.output([
            "req", "-x509", "-new", "-key", folder.path + "/server.key", "-subj", "/CN=server", "-days", String(days),
            "-CA", folder.path + "/ca.crt", "-CAkey", folder.path + "/ca.key", "-addext", "subjectAltName=\(names)",
            "-addext", "basicConstraints=critical,CA:FALSE",
        ])
        return try Self.context(certificate, versions)
    }

    /// A server that accepts only clients with a certificate of the authority.
    func serverForClients() async throws -> NIOSSLContext {
        let certificate = try await OutsideTool.openssl.output([
            "req", "-x509", "-new", "-key", folder.path + "/server.key", "-subj", "/CN=server", "-days", "2", "-CA",
            folder.path + "/ca.crt", "-CAkey", folder.path + "/ca.key", "-addext", "subjectAltName=IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ])
        var configuration = try Self.configuration(certificate)
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)))
        configuration.certificateVerification = .noHostnameVerification
        return try NIOSSLContext(configuration: configuration)
    }

    /// A server whose certificate expired yesterday.
    func expiredServer() async throws -> NIOSSLContext {
        let request = try await OutsideTool.openssl.output([
            "req", "-new", "-key", folder.path + "/server.key", "-subj", "/CN=server",
        ])
        let certificate = try await OutsideTool.openssl.output([
            "x509", "-req", "-in", try folder.file("server.csr", request), "-days", "-1", "-CA",
            folder.path + "/ca.crt", "-CAkey", folder.path + "/ca.key", "-extfile",
            try folder.file("server.cnf", "subjectAltName=IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\n"),
        ])
        return try Self.context(certificate, .tls12 ... .tls13)
    }

    private static func configuration(_ certificate: String) throws -> TLSConfiguration {
        TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(TestKeys.second.utf8), format: .pem)))
    }

    private static func context(
        _ certificate: String, _ versions: ClosedRange<TLSVersionRank>
    ) throws -> NIOSSLContext {
        var configuration = try configuration(certificate)
        configuration.minimumTLSVersion = versions.lowerBound.version
        configuration.maximumTLSVersion = versions.upperBound.version
        return try NIOSSLContext(configuration: configuration)
    }

    enum TLSVersionRank: Int, Comparable {
        case tls10, tls11, tls12, tls13

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

        var version: TLSVersion {
            switch self {
            case .tls10: .tlsv1
            case .tls11: .tlsv11
            case .tls12: .tlsv12
            case .tls13: .tlsv13
            }
        }
    }
}

/// The real network code against servers on loopback.
@Suite("Network transport")
struct HTTPClientTransportTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Test: yes\r\n\r\nok"

    /// Runs the body with a transport, and closes it.
    private func withTransport<T>(
        authorities: String? = nil, allowing: [String] = [], environment: [String: String] = [:],
        _ body: (HTTPClientTransport) async throws -> T
    ) async throws -> T {
        let transport = try HTTPClientTransport(
            authoritiesPEM: authorities, allowedHosts: allowing.map { try AllowedHost($0) },
            proxy: ProxySettings(environment: environment), system: SystemAuthorities(environment: environment))
        do {
            let result = try await body(transport)
            await transport.close()
            return result
        } catch {
            await transport.close()
            throw error
        }
    }

    private func request(
        _ authority: String, scheme: String = "http", method: HTTPRequest.Method = .get, path: String = "/x",
        body: [UInt8] = []
    ) -> OutgoingRequest {
        OutgoingRequest(HTTPRequest(method: method, scheme: scheme, authority: authority, path: path), body: body)
    }

    /// The kind of failure of one exchange, including its body; `nil` if it succeeds.
    private func failure(
        _ transport: HTTPClientTransport, _ request: OutgoingRequest,
        limits: ExchangeLimits = ExchangeLimits(bodyBytes: 1000, total: .seconds(20))
    ) async -> TransportFailure.Kind? {
        await transportFailure(transport, request, limits: limits)?.kind
    }

    private func transportFailure(
        _ transport: HTTPClientTransport, _ request: OutgoingRequest,
        limits: ExchangeLimits = ExchangeLimits(bodyBytes: 1000, total: .seconds(20))
    ) async -> TransportFailure? {
        do {
            _ = try await transport.send(request, within: limits).collect()
            return nil
        } catch { return error as? TransportFailure ?? TransportFailure(.other, detail: "\(error)") }
    }

    @Test("A request is sent unchanged, and its answer is returned with headers and body")
    func exchange() async throws {
        let server = try await LoopbackServer { _, _ in [.send(Self.ok)] }
        try await withTransport { transport in
            var request = request("127.0.0.1:\(server.port)", method: .post, path: "/a?b=c", body: Array("hello".utf8))
            request.head.headerFields[.contentType] = "text/plain"
            let response = try await transport.send(request, within: .answer)
            #expect(response.head.status == .ok)
            #expect(response.head.headerFields[try #require(HTTPField.Name("X-Test"))] == "yes")
            #expect(String(decoding: try await response.collect(), as: UTF8.self) == "ok")
        }
        let head = try #require(server.heads.first).lowercased()
        #expect(head.hasPrefix("post /a?b=c http/1.1\r\n"))
        #expect(head.contains("content-type: text/plain\r\n"))
        #expect(head.contains("content-length: 5\r\n"))
        #expect(head.contains("host: 127.0.0.1:\(server.port)\r\n"))
        await server.close()
    }

    @Test("A cookie that an org sets is not sent back")
    func cookies() async throws {
        let answer = Self.ok.replacing("\r\n\r\n", with: "\r\nSet-Cookie: BrowserId=canary; Path=/\r\n\r\n")
        let server = try await LoopbackServer { _, _ in [.send(answer)] }
        try await withTransport { transport in
            for _ in 0..<2 {
                let response = try await transport.send(request("127.0.0.1:\(server.port)"), within: .answer)
                #expect(response.head.headerFields[.setCookie]?.contains("canary") == true)
                _ = try await response.collect()
            }
        }
        #expect(server.heads.count == 2)
        #expect(!server.heads.joined().contains("canary"))
        await server.close()
    }

    private struct Forbidden: Error {}

    @Test(
        "A request is sent once its connection is open and its check has passed", arguments: [[], [1, 2]])
    func checked(_ body: [UInt8]) async throws {
        let server = try await LoopbackServer { _, _ in [.send(Self.ok)] }
        let port = server.port
        let asked = Mutex(0)
        let method: HTTPRequest.Method = body.isEmpty ? .get : .post
        try await withTransport { transport in
            var request = request("127.0.0.1:\(port)", method: method, body: body)
            request.beforeSending = { asked.withLock { $0 += 1 } }
            for _ in 0..<2 { _ = try await transport.send(request, within: .answer).collect() }
        }
        #expect(server.heads.count == 2)
        #expect(asked.withLock { $0 } == 2)
        #expect(!server.heads.joined().lowercased().contains("aprity"))
        await server.close()
        try await withTransport { transport in
            var request = request("127.0.0.1:\(port)", method: method, body: body)
            request.beforeSending = { asked.withLock { $0 += 1 } }
            let kind = await failure(transport, request)
            #expect(kind == .connectionRefused)
        }
        #expect(asked.withLock { $0 } == 2)
    }

    @Test(
        "If the check refuses a request, no byte of it is sent, and the next request has a connection",
        arguments: [[], [1, 2]])
    func refusedByCheck(_ body: [UInt8]) async throws {
        let server = try await LoopbackServer { _, _ in [.send(Self.ok)] }
        try await withTransport { transport in
            var refused = request("127.0.0.1:\(server.port)", path: "/refused", body: body)
            refused.beforeSending = { throw Forbidden() }
            await #expect(throws: Forbidden.self) { try await transport.send(refused, within: .answer) }
            let next = request("127.0.0.1:\(server.port)", path: "/next")
            _ = try await transport.send(next, within: .answer).collect()
        }
        #expect(server.heads.count == 1)
        #expect(server.heads.first?.hasPrefix("GET /next ") == true)
        await server.close()
    }

    @Test(
        "A body may be as large as the limit but not a byte larger",
        arguments: [(1000, true), (1001, false), (200_000, false)])
    func bodyLimit(_ size: Int, _ fits: Bool) async throws {
        for framing in ["Content-Length: \(size)", "Connection: close"] {
            let server = try await LoopbackServer { _, _ in
                [.send("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n" + String(repeating: "x", count: size)), .close]
            }
            try await withTransport { transport in
                let kind = await failure(transport, request("127.0.0.1:\(server.port)"))
                #expect(kind == (fits ? nil : .bodyTooLarge), "\(framing)")
            }
            await server.close()
        }
    }

    @Test(
        "An answer that is not valid HTTP is not reported as a lost connection",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Type: text/\u{1b}[31mhtml\r\nContent-Length: 2\r\n\r\nok", "hello\r\n\r\n",
        ])
    func malformedAnswer(_ answer: String) async throws {
        let server = try await LoopbackServer { _, _ in [.send(answer)] }
        try await withTransport { transport in
            #expect(await failure(transport, request("127.0.0.1:\(server.port)")) == .answerMalformed)
        }
        await server.close()
    }

    @Test(
        "An answer whose status does not exist is malformed, with and without a body",
        arguments: ["000 X", "099 X", "001 OK"], ["\r\n", "Content-Length: 2\r\n\r\nok"])
    func statusBelow100(_ status: String, _ rest: String) async throws {
        let server = try await LoopbackServer { _, _ in [.send("HTTP/1.1 \(status)\r\n\(rest)")] }
        try await withTransport { transport in
            let failure = await transportFailure(transport, request("127.0.0.1:\(server.port)"))
            #expect(failure?.kind == .answerMalformed)
            #expect(failure?.detail.contains("the status \(status.prefix(3))") == true)
        }
        await server.close()
    }

    @Test("An informational answer before the final one is skipped")
    func informational() async throws {
        let server = try await LoopbackServer { _, _ in [.send("HTTP/1.1 103 Early Hints\r\n\r\n" + Self.ok)] }
        try await withTransport { transport in
            #expect(await failure(transport, request("127.0.0.1:\(server.port)")) == nil)
        }
        await server.close()
    }

    @Test("A webhook whose answer has a status that does not exist fails the notice")
    func webhookStatusBelow100() async throws {
        let world = try await TestWorld()
        let server = try await LoopbackServer { _, _ in [.send("HTTP/1.1 000 X\r\nContent-Length: 2\r\n\r\nok")] }
        let transports = NetworkTransports(proxy: try ProxySettings(environment: [:]))
        let receiver = try WebhookReceiver(
            url: "http://127.0.0.1:\(server.port)/hook", shownAs: "URL", transports: transports)
        let channel = WebhookChannel(receiver, format: .slack, secret: nil)
        let sent = try await world.service.notices.test(over: [channel], as: Principal(.commandLine, name: "me"))
        #expect(sent.map(\.code) == [.answerUnintelligible])
        await transports.close()
        await server.close()
    }

    @Test("A body without an end is cut off at the limit")
    func endless() async throws {
        let server = try await LoopbackServer { _, _ in
            [
                .send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"),
                .drip(String(repeating: "x", count: 300), everyMilliseconds: 1),
            ]
        }
        try await withTransport { transport in
            #expect(await failure(transport, request("127.0.0.1:\(server.port)")) == .bodyTooLarge)
        }
        await server.close()
    }

    @Test("A body that arrives too slowly, or stops, is cut off when the time is up", arguments: [true, false])
    func slow(_ drips: Bool) async throws {
        let server = try await LoopbackServer { _, _ in
            let head = LoopbackServer.Act.send("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nx")
            return drips ? [head, .drip("x", everyMilliseconds: 20)] : [head]
        }
        try await withTransport { transport in
            let kind = await failure(
                transport, request("127.0.0.1:\(server.port)"),
                limits: ExchangeLimits(bodyBytes: 1000, total: .milliseconds(300)))
            // Neither body ends before its 900 bytes have arrived.
            #expect(kind == .timedOut)
        }
        await server.close()
    }

    @Test("A request to a server that never answers fails when the time is up")
    func silent() async throws {
        let server = try await LoopbackServer { _, _ in [] }
        try await withTransport { transport in
            let kind = await failure(
                transport, request("127.0.0.1:\(server.port)"),
                limits: ExchangeLimits(bodyBytes: 1000, total: .milliseconds(200)))
            #expect(kind == .timedOut)
        }
        await server.close()
    }

    @Test("A redirect is returned, not followed", arguments: [301, 302, 303, 307, 308])
    func redirect(_ status: Int) async throws {
        let server = try await LoopbackServer { head, _ in
            head.contains(" /there ")
                ? [.send(Self.ok)]
                : [.send("HTTP/1.1 \(status) Moved\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n")]
        }
        try await withTransport { transport in
            let response = try await transport.send(request("127.0.0.1:\(server.port)"), within: .answer)
            #expect(response.head.status.code == status)
            #expect(response.head.headerFields[.location] == "/there")
            _ = try await response.collect()
        }
        #expect(server.heads.count == 1)
        await server.close()
    }

    @Test("A connection that breaks off before or during the answer is lost", arguments: [true, false])
    func lost(_ hasBegun: Bool) async throws {
        let server = try await LoopbackServer { _, _ in
            hasBegun ? [.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), .close] : [.close]
        }
        try await withTransport { transport in
            let post = request("127.0.0.1:\(server.port)", method: .post, body: [1])
            #expect(await failure(transport, post) == .connectionLost)
        }
        #expect(server.heads.count == 1, "a request is sent at most once")
        await server.close()
    }

    @Test("A port without a listener refuses the connection")
    func refused() async throws {
        // The system never assigns port 1 as a free port, so no other test listens there.
        try await withTransport { transport in
            #expect(await failure(transport, request("127.0.0.1:1")) == .connectionRefused)
        }
    }

    @Test(
        "Nothing is sent to an address that no rule allows",
        arguments: [
            ("http", "acme.my.salesforce.com", .clearTextRefused), ("https", "evil.example", .hostNotAllowed),
            ("https", "org.example:8443", .hostNotAllowed), ("http", "org.example", .clearTextRefused),
            ("ftp", "127.0.0.1", .addressMalformed),
            ("https", "acme.my.salesforce.com@evil.example", .addressMalformed), ("https", "", .addressMalformed),
        ] as [(String, String, TransportFailure.Kind)])
    func notAllowed(_ scheme: String, _ authority: String, _ kind: TransportFailure.Kind) async throws {
        try await withTransport(allowing: ["org.example"]) { transport in
            #expect(await failure(transport, request(authority, scheme: scheme)) == kind)
        }
    }

    // MARK: TLS

    @Test("A server of a private authority is trusted only if that authority was given")
    func privateAuthority() async throws {
        let (authority, other) = (try await PrivateAuthority(), try await PrivateAuthority())
        let server = try await LoopbackServer(tls: try await authority.server("IP:127.0.0.1")) { _, _ in
            [.send(Self.ok)]
        }
        let target = request("127.0.0.1:\(server.port)", scheme: "https")
        try await withTransport(authorities: authority.pem) { #expect(await failure($0, target) == nil) }
        #expect(server.heads.count == 1)
        try await withTransport { #expect(await failure($0, target) == .serverNotTrusted) }
        // It has the same name and key, but did not sign the certificate.
        let impostor = try await OutsideTool.openssl.output([
            "req", "-x509", "-new", "-key", other.folder.path + "/server.key", "-subj", "/CN=Test CA", "-days", "2",
        ])
        try await withTransport(authorities: impostor) { #expect(await failure($0, target) == .serverNotTrusted) }
        #expect(server.heads.count == 1)
        await server.close()
    }

    @Test("A certificate for another name or address is not accepted", arguments: ["IP:127.0.0.2", "DNS:org.example"])
    func wrongName(_ names: String) async throws {
        let authority = try await PrivateAuthority()
        let server = try await LoopbackServer(tls: try await authority.server(names)) { _, _ in [.send(Self.ok)] }
        try await withTransport(authorities: authority.pem) {
            let seen = await transportFailure($0, request("127.0.0.1:\(server.port)", scheme: "https"))
            #expect(seen?.kind == .serverNotTrusted)
            #expect(seen?.specifics == .certificateOfAnotherName)
        }
        #expect(server.heads.isEmpty)
        await server.close()
    }

    @Test("TLS 1.1 is refused; 1.2 and 1.3 work")
    func versions() async throws {
        let authority = try await PrivateAuthority()
        for (version, isGood) in [
            (PrivateAuthority.TLSVersionRank.tls10, false), (.tls11, false), (.tls12, true), (.tls13, true),
        ] {
            let context = try await authority.server("IP:127.0.0.1", versions: version...version)
            let server = try await LoopbackServer(tls: context) { _, _ in [.send(Self.ok)] }
            try await withTransport(authorities: authority.pem) {
                let seen = await transportFailure($0, request("127.0.0.1:\(server.port)", scheme: "https"))
                #expect(seen?.kind == (isGood ? nil : .tlsFailed), "\(version)")
                #expect(seen?.specifics == (isGood ? nil : .tlsVersionTooOld), "\(version)")
            }
            await server.close()
        }
    }

    @Test("A server that requires a client certificate is distinguished from one that breaks off")
    func clientCertificate() async throws {
        let authority = try await PrivateAuthority()
        let server = try await LoopbackServer(tls: try await authority.serverForClients()) { _, _ in [.send(Self.ok)] }
        try await withTransport(authorities: authority.pem) {
            let seen = await transportFailure($0, request("127.0.0.1:\(server.port)", scheme: "https"))
            #expect(seen?.kind == .tlsFailed)
            #expect(seen?.specifics == .clientCertificateWanted)
        }
        #expect(server.heads.isEmpty)
        await server.close()
    }

    @Test("A server that answers a TLS handshake without TLS is reported as such")
    func clearServer() async throws {
        let server = try await LoopbackServer { _, _ in [.send("HTTP/1.1 400 Bad Request\r\n\r\n"), .close] }
        try await withTransport {
            let seen = await transportFailure($0, request("127.0.0.1:\(server.port)", scheme: "https"))
            #expect(seen?.kind == .tlsFailed)
            #expect(seen?.specifics == .noTLS())
        }
        await server.close()
    }

    @Test(
        "Authorities that are not PEM are refused when the transport is created",
        arguments: ["nonsense", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----"])
    func authorities(_ pem: String) {
        #expect(
            thrown { try HTTPClientTransport(authoritiesPEM: pem, allowedHosts: [], proxy: .none) }?.cause
                == .certificateMalformed)
    }

    @Test("An expired certificate is not trusted")
    func expired() async throws {
        let authority = try await PrivateAuthority()
        let server = try await LoopbackServer(tls: try await authority.expiredServer()) { _, _ in
            [.send(Self.ok)]
        }
        try await withTransport(authorities: authority.pem) {
            #expect(await failure($0, request("127.0.0.1:\(server.port)", scheme: "https")) == .serverNotTrusted)
        }
        await server.close()
    }

    @Test("The authorities of SSL_CERT_FILE, and those of a folder of SSL_CERT_DIR, are trusted")
    func systemAuthorities() async throws {
        let authority = try await PrivateAuthority()
        let server = try await LoopbackServer(tls: try await authority.server("IP:127.0.0.1")) { _, _ in
            [.send(Self.ok)]
        }
        let target = request("127.0.0.1:\(server.port)", scheme: "https")
        let file = authority.folder.path + "/ca.crt"
        // The name that `openssl rehash` gives it.
        let hash = try await OutsideTool.openssl.output(["x509", "-in", file, "-noout", "-subject_hash"])
        let hashed = try TemporaryFolder()
        _ = try hashed.file(hash.trimmingWhiteSpace + ".0", authority.pem)
        let der = authority.folder.path + "/ca.der"
        _ = try await OutsideTool.openssl.output(["x509", "-in", file, "-outform", "der", "-out", der])
        for environment in [
            ["SSL_CERT_FILE": file], ["SSL_CERT_FILE": der], ["SSL_CERT_DIR": "/nowhere:" + hashed.path],
            ["SSL_CERT_DIR": authority.folder.path + ":" + hashed.path],
            ["SSL_CERT_DIR": hashed.path, "SSL_CERT_FILE": ""],
        ] {
            try await withTransport(environment: environment) {
                #expect(await failure($0, target) == nil, "\(environment)")
            }
        }
        try await withTransport(environment: ["SSL_CERT_FILE": "", "SSL_CERT_DIR": ""]) {
            #expect(await failure($0, target) == .serverNotTrusted)
        }
        await server.close()
    }

    @Test(
        "If a file or folder of authorities cannot be used, the refusal names the variable",
        arguments: [("SSL_CERT_FILE", "/nowhere/ca.pem"), ("SSL_CERT_DIR", "/nowhere:/neither")])
    func unusableSystemAuthorities(_ variable: String, _ path: String) {
        let error = thrown {
            try HTTPClientTransport(
                authoritiesPEM: nil, allowedHosts: [], proxy: .none,
                system: SystemAuthorities(environment: [variable: path]))
        }
        #expect(error?.cause == .configurationMalformed)
        #expect(error?.subject == variable)
        #expect(error?.detail?.contains(path) == true)
    }

    @Test("A folder of authorities without the file names for lookups is recognized")
    func hashes() throws {
        let folder = try TemporaryFolder()
        _ = try folder.file("authority.pem", "x")
        #expect(!SystemAuthorities(environment: ["SSL_CERT_DIR": folder.path]).foldersHaveHashes)
        _ = try folder.file("0a1b2c3d.0", "x")
        #expect(SystemAuthorities(environment: ["SSL_CERT_DIR": "/nowhere:" + folder.path]).foldersHaveHashes)
    }

    // MARK: Proxy

    @Test("Through a proxy, the org is reached by CONNECT and its TLS is verified end to end")
    func proxied() async throws {
        let authority = try await PrivateAuthority()
        let org = try await authority.server("DNS:acme.my.salesforce.com")
        let proxy = try await LoopbackServer { head, _ in
            head.hasPrefix("CONNECT ")
                ? [.send("HTTP/1.1 200 Connection established\r\n\r\n"), .startTLS(org)] : [.send(Self.ok)]
        }
        let environment = ["HTTPS_PROXY": "http://me:pa%20ss@127.0.0.1:\(proxy.port)"]
        let target = request("acme.my.salesforce.com", scheme: "https")
        try await withTransport(authorities: authority.pem, environment: environment) {
            #expect(await failure($0, target) == nil)
        }
        #expect(proxy.heads.count == 2)
        let connect = try #require(proxy.heads.first).lowercased()
        #expect(connect.hasPrefix("connect acme.my.salesforce.com:443 http/1.1\r\n"))
        // "me:pa ss" in base64.
        #expect(proxy.heads[0].contains("Basic bWU6cGEgc3M="))
        #expect(proxy.heads[1].hasPrefix("GET /x HTTP/1.1\r\n"))
        #expect(!proxy.heads[1].lowercased().contains("proxy-authorization"))
        try await withTransport(environment: environment) { #expect(await failure($0, target) == .serverNotTrusted) }
        await proxy.close()
    }

    /// The transport's failure if a proxy answers like this.
    private func proxyFailure(
        login: String = "", within total: Duration = .seconds(20), _ answer: @escaping LoopbackServer.Script
    ) async throws -> (failure: ProxyFailure?, heads: [String]) {
        let proxy = try await LoopbackServer(answer)
        let environment = ["HTTPS_PROXY": "http://\(login)127.0.0.1:\(proxy.port)"]
        let seen = try await withTransport(environment: environment) {
            await transportFailure(
                $0, request("acme.my.salesforce.com", scheme: "https"),
                limits: ExchangeLimits(bodyBytes: 1000, total: total))
        }
        let port = proxy.port
        await proxy.close()
        #expect(seen?.kind == .proxyFailed)
        guard case .proxy(let failure)? = seen?.specifics else { return (nil, proxy.heads) }
        #expect(failure.address == "127.0.0.1:\(port)")
        #expect(failure.hasLogin == !login.isEmpty)
        return (failure, proxy.heads)
    }

    @Test(
        "A proxy's refusal is distinguished from the org's, and its answer is kept",
        arguments: [
            ("403 Forbidden", "", ProxyAnswer(status: 403)), ("502 Bad Gateway", "", ProxyAnswer(status: 502)),
            (
                "407 Proxy Authentication Required", "Proxy-Authenticate: Basic realm=\"a, Digest b\"\r\n",
                ProxyAnswer(status: 407, schemes: ["Basic"])
            ),
            (
                "407 Proxy Authentication Required",
                "Proxy-Authenticate: NTLM, Digest realm=\"x\", qop=\"auth\"\r\nProxy-Authenticate: Negotiate\r\n",
                ProxyAnswer(status: 407, schemes: ["NTLM", "Digest", "Negotiate"])
            ),
            (
                "302 Found", "Location: https://portal.example/login?token=hidden\r\n",
                ProxyAnswer(status: 302, redirectHost: "portal.example")
            ),
            ("302 Found", "Location: /login\r\n", ProxyAnswer(status: 302)),
        ])
    func proxyRefuses(_ status: String, _ fields: String, _ answer: ProxyAnswer) async throws {
        let seen = try await proxyFailure { _, _ in
            [.send("HTTP/1.1 \(status)\r\n\(fields)Content-Length: 0\r\n\r\n")]
        }
        #expect(seen.failure?.reason == .refused(answer))
        #expect(seen.heads.allSatisfy { $0.hasPrefix("CONNECT acme.my.salesforce.com:443 ") })
    }

    @Test("A password that a proxy refused is sent only once")
    func proxyLogin() async throws {
        let seen = try await proxyFailure(login: "me:hidden@") { _, _ in
            [.send("HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")]
        }
        #expect(seen.failure?.reason == .refused(ProxyAnswer(status: 407, schemes: ["Basic"])))
        #expect(seen.heads.filter { $0.lowercased().contains("proxy-authorization") }.count == 1)
    }

    @Test("A password that a proxy sends back as a host's name is not shown")
    func proxyRepeatsLogin() async throws {
        let seen = try await proxyFailure(login: "me:Hidden7@") { _, _ in
            [.send("HTTP/1.1 302 Found\r\nLocation: http://hidden7.portal.example/\r\nContent-Length: 0\r\n\r\n")]
        }
        #expect(seen.failure?.reason == .refused(ProxyAnswer(status: 302)))
    }

    @Test("A proxy that closes the connection after CONNECT did not answer")
    func proxyCloses() async throws {
        #expect(try await proxyFailure { _, _ in [.close] }.failure?.reason == .closedWithoutAnswer)
    }

    @Test(
        "If a proxy accepts the connection but does not answer CONNECT in time, the proxy is reported and not the org")
    func proxyLate() async throws {
        let seen = try await proxyFailure(within: .milliseconds(300)) { _, _ in [] }
        #expect(seen.failure?.reason == .answerTimedOut)
    }

    @Test("A proxy that answers CONNECT with a page did not open a tunnel, whatever the status is")
    func proxyPage() async throws {
        let seen = try await proxyFailure { _, _ in
            [.send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>"), .close]
        }
        #expect(seen.failure?.reason == .page(status: 200))
    }

    @Test("If there is no TLS through a proxy, the error names the proxy and the host")
    func noTLSThroughProxy() async throws {
        let proxy = try await LoopbackServer { head, _ in
            head.hasPrefix("CONNECT ")
                ? [.send("HTTP/1.1 200 Connection established\r\n\r\n")]
                : [.send("HTTP/1.1 400 Bad Request\r\n\r\n"), .close]
        }
        try await withTransport(environment: ["HTTPS_PROXY": "http://127.0.0.1:\(proxy.port)"]) {
            let seen = await transportFailure($0, request("acme.my.salesforce.com", scheme: "https"))
            #expect(seen?.kind == .tlsFailed)
            #expect(seen?.specifics == .noTLS(proxy: "127.0.0.1:\(proxy.port)"))
        }
        await proxy.close()
    }

    @Test("If an org does not answer through an open tunnel, the org is reported and not the proxy")
    func orgLateThroughProxy() async throws {
        let authority = try await PrivateAuthority()
        let org = try await authority.server("DNS:acme.my.salesforce.com")
        let proxy = try await LoopbackServer { head, _ in
            head.hasPrefix("CONNECT ")
                ? [.send("HTTP/1.1 200 Connection established\r\n\r\n"), .startTLS(org)] : []
        }
        let environment = ["HTTPS_PROXY": "http://127.0.0.1:\(proxy.port)"]
        try await withTransport(authorities: authority.pem, environment: environment) {
            let kind = await failure(
                $0, request("acme.my.salesforce.com", scheme: "https"),
                limits: ExchangeLimits(bodyBytes: 1000, total: .seconds(2)))
            #expect(kind == .timedOut)
        }
        #expect(proxy.heads.count == 2)
        await proxy.close()
    }

    @Test("A server that answers CONNECT with something other than HTTP is not a proxy")
    func noProxy() async throws {
        let seen = try await proxyFailure { _, _ in [.send("\u{15}\u{3}\u{3}\u{0}\u{2}\u{2}\u{46}"), .close] }
        #expect(seen.failure?.reason == .answerNotHTTP)
    }

    @Test("If a proxy first refuses a tunnel and then opens one, the error does not invent an answer")
    func proxyRelents() async throws {
        let seen = try await proxyFailure { _, number in
            [.send("HTTP/1.1 \(number == 0 ? "503 Later" : "200 Now")\r\n\r\n")]
        }
        #expect(seen.failure?.reason == .notReproduced)
    }

    @Test(
        "If a proxy cannot be reached, the error names it and not the org's host",
        arguments: [
            ("127.0.0.1:1", ProxyFailure.Reason.connectionRefused), ("proxy.invalid:3128", .nameNotResolved),
        ])
    func proxyUnreachable(_ proxy: String, _ reason: ProxyFailure.Reason) async throws {
        let seen = try await withTransport(environment: ["HTTPS_PROXY": "http://\(proxy)"]) {
            await transportFailure($0, request("acme.my.salesforce.com", scheme: "https"))
        }
        #expect(seen?.kind == .proxyFailed)
        #expect(seen?.specifics == .proxy(ProxyFailure(address: proxy, hasLogin: false, reason: reason)))
        if reason == .nameNotResolved {
            #expect(seen?.detail.hasPrefix("The name proxy.invalid cannot be resolved: ") == true)
        }
    }

    @Test("This machine and the hosts of NO_PROXY are reached without the proxy")
    func direct() async throws {
        let proxy = try await LoopbackServer { _, _ in [.close] }
        let server = try await LoopbackServer { _, _ in [.send(Self.ok)] }
        try await withTransport(environment: ["HTTPS_PROXY": "http://127.0.0.1:\(proxy.port)"]) {
            #expect(await failure($0, request("127.0.0.1:\(server.port)")) == nil)
        }
        #expect(proxy.heads.isEmpty)
        #expect(server.heads.count == 1)
        await proxy.close()
        await server.close()
    }

    // MARK: The source of transports

    @Test("Connections with the same rules share a transport; others have their own")
    func source() async throws {
        let source = NetworkTransports(proxy: .none)
        func transport(_ allowed: [String]) throws -> HTTPClientTransport? {
            try source.transport(authoritiesPEM: nil, allowedHosts: allowed.map { try AllowedHost($0) })
                as? HTTPClientTransport
        }
        let first = try #require(try transport([]))
        let again = try #require(try transport([]))
        let other = try #require(try transport(["org.example"]))
        #expect(first === again)
        #expect(first !== other)
        await source.close()
    }
}
