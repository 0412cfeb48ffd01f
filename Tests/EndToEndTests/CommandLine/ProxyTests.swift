internal import ConnectedAppTesting
internal import Foundation
internal import Testing

/// The command line's messages about failing proxies.
@Suite struct ProxyTests {
    /// A proxy that refuses every tunnel and writes its port into a file.
    private static let refusing = """
        import http.server, sys
        class Proxy(http.server.BaseHTTPRequestHandler):
            def do_CONNECT(self):
                self.send_response(int(sys.argv[2]))
                self.send_header(*sys.argv[3].split("=", 1))
                self.send_header("Content-Length", "0")
                self.end_headers()
            def log_message(self, *words): pass
        server = http.server.HTTPServer(("127.0.0.1", 0), Proxy)
        open(sys.argv[1], "w").write(str(server.server_port))
        print("ready", flush=True)
        server.serve_forever()
        """

    private struct Outcome {
        let problem: [String: Any]
        let test: AprityProcess.Outcome
        let status: Int32
        var code: String? { problem["code"] as? String }
        var detail: String { problem["detail"] as? String ?? "" }
        var evidence: [String: String] { problem["evidence"] as? [String: String] ?? [:] }
    }

    /// Requests a token and runs a test; no output has the password.
    private func requestToken(through proxy: String) async throws -> Outcome {
        let aprity = try AprityProcess(environment: ["HTTPS_PROXY": "http://me:hidden@\(proxy)"])
        try await aprity.succeed(["init"])
        try await aprity.succeed([
            "connection", "add", "--allow-tokens", "acme", "--login-host", "https://acme.my.salesforce.com",
            "--username",
            "i@acme.example", "--consumer-key", "3MVG9.consumer_key",
        ])
        let token = try await aprity.run("token", "acme", "--json")
        let test = try await aprity.run("test", "acme", "--json")
        for outcome in [token, test] { #expect(!(outcome.stdout + outcome.stderr).contains("hidden")) }
        #expect(token.stderr.contains(proxy))
        #expect(!token.stderr.contains("acme.my.salesforce.com: The proxy"))
        return Outcome(problem: try token.json(), test: test, status: token.status)
    }

    private func failingStep(_ outcome: Outcome) throws -> String? {
        let steps = try outcome.test.json()["steps"] as? [[String: Any]] ?? []
        return steps.first { $0["outcome"] as? String == "fails" }?["id"] as? String
    }

    @Test(
        "A proxy's refusal is reported with its answer and whether a retry makes sense",
        arguments: [
            ("407", "Proxy-Authenticate=NTLM", "proxyLoginRefused", "NTLM", false),
            ("407", "Proxy-Authenticate=Basic realm", "proxyLoginRefused", "does not accept", false),
            ("302", "Location=https://portal.example/", "proxyRedirected", "portal.example", false),
            ("403", "X-Rule=7", "proxyRefused", "403", false), ("502", "X-Rule=7", "proxyFailed", "502", true),
        ])
    func refuses(_ status: String, _ field: String, _ code: String, _ words: String, _ retry: Bool) async throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/port"
        try await OutsideTool("python3").whileRunning(["-c", Self.refusing, file, status, field], input: "") {
            let port = try String(contentsOfFile: file, encoding: .utf8)
            let outcome = try await requestToken(through: "127.0.0.1:\(port)")
            #expect(outcome.status == 69, "\(outcome.problem)")
            #expect(outcome.code == code, "\(outcome.problem)")
            #expect(outcome.detail.contains(words))
            #expect(outcome.problem["retry"] as? Bool == retry)
            #expect(outcome.evidence["status"] == status)
            #expect(outcome.evidence["proxy"] == "127.0.0.1:\(port)")
            #expect(try failingStep(outcome) == "proxy")
        }
    }

    @Test(
        "A missing or unresolvable proxy is reported as such, not as a fault of the org",
        arguments: ["127.0.0.1:1", "proxy.invalid:3128"])
    func unreachable(_ proxy: String) async throws {
        let outcome = try await requestToken(through: proxy)
        #expect(outcome.status == 69, "\(outcome.problem)")
        #expect(outcome.code == "proxyUnreachable", "\(outcome.problem)")
        #expect(outcome.problem["retry"] as? Bool == true)
        #expect(outcome.evidence["proxy"] == proxy)
        #expect(try failingStep(outcome) == "proxy")
    }
}
