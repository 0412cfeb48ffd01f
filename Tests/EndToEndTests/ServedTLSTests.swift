internal import ConnectedAppTesting
internal import Foundation
internal import Testing

/// The built program with TLS of its own, and curl.
@Suite("The server with TLS of its own")
struct ServedTLSTests {
    private static let curl = OutsideTool("curl")

    /// Runs the body with a server whose certificate is for 127.0.0.1, in the file `tls.crt` of its home.
    private func withServer(_ body: (AprityProcess, AprityProcess.Ready) async throws -> Void) async throws {
        let aprity = try AprityProcess()
        _ = try await OutsideTool.openssl.output([
            "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-subj", "/CN=127.0.0.1", "-addext",
            "subjectAltName=IP:127.0.0.1", "-days", "30", "-keyout", aprity.home + "/tls.key", "-out",
            aprity.home + "/tls.crt",
        ])
        try await aprity.succeed(["init"])
        try await aprity.serving([
            "serve", "--port", "0", "--tls-certificate", aprity.home + "/tls.crt", "--tls-key",
            aprity.home + "/tls.key",
        ]) { try await body(aprity, $0) }
    }

    @Test("curl trusts the certificate, and the answer has the policy for TLS (HSTS)")
    func trusted() async throws {
        try await withServer { aprity, ready in
            #expect(ready.url.hasPrefix("https://127.0.0.1:"))
            let answer = try await Self.curl.run([
                "--silent", "--show-error", "--include", "--cacert", aprity.home + "/tls.crt", ready.url + "/sign-in",
            ])
            #expect(answer.status == 0, "\(answer.standardError)")
            #expect(answer.text.hasPrefix("HTTP/1.1 200 OK"))
            #expect(answer.text.lowercased().contains("strict-transport-security: max-age=31536000"))
        }
    }

    @Test("The health probe knows by its option, or by the server's setting, that the server has TLS")
    func health() async throws {
        try await withServer { aprity, ready in
            let port = String(ready.url.split(separator: ":").last ?? "")
            let status = try await aprity.run("health", "--port", port, "--tls", "--json").json()
            #expect(status["status"] as? String == "ready")
            #expect(status["url"] as? String == ready.url)
            let configured = try AprityProcess(environment: ["APRITY_TLS_CERTIFICATE_FILE": aprity.home + "/tls.crt"])
            #expect(try await configured.run("health", "--port", port).status == 0)
            #expect(try await aprity.run("health", "--port", port).status == 69)
        }
    }

    @Test("Clear text and TLS 1.1 get no answer", arguments: [["--tls-max", "1.1"], []])
    func refused(_ options: [String]) async throws {
        try await withServer { aprity, ready in
            let url = options.isEmpty ? ready.url.replacing("https://", with: "http://") : ready.url
            let answer = try await Self.curl.run(
                ["--silent", "--cacert", aprity.home + "/tls.crt"] + options + [url + "/sign-in"])
            #expect(answer.status != 0)
            #expect(answer.output.isEmpty)
        }
    }
}
