internal import Foundation
internal import Testing

/// The options of `aprity simulator` for TLS and names.
@Suite struct SimulatorTLSTests {
    @Test("The ready line has the proxy only if one was requested")
    func readyLine() async throws {
        let aprity = try AprityProcess()
        let plain = ["simulator", "--port", "0", "--management-port", "0", "--make-ca", aprity.path("ca")]
        try await aprity.serving(plain) { ready in
            #expect(ready.proxyURL == nil)
            #expect(ready.url.hasPrefix("https://127.0.0.1:"))
        }
        let before = try Data(contentsOf: URL(filePath: aprity.path("ca/ca.crt")))
        try await aprity.serving(plain + ["--proxy-port", "0"]) { ready in
            #expect(ready.proxyURL?.hasPrefix("http://127.0.0.1:") == true)
        }
        #expect(try Data(contentsOf: URL(filePath: aprity.path("ca/ca.crt"))) == before)
    }

    @Test("aprity itself connects through the proxy, under the org's own name")
    func ownClient() async throws {
        let aprity = try AprityProcess()
        let command = [
            "simulator", "--port", "0", "--management-port", "0", "--make-ca", aprity.path("ca"), "--proxy-port", "0",
        ]
        try await aprity.serving(command) { ready in
            let org = ManagedOrg(url: "https://harbour-bikes.my.salesforce.com", management: ready.managementURL ?? "")
            try await org.save(["switches": ["propagation": "instant"]])
            let maker = ForeignProgram(in: aprity.home)
            try await maker.makeKeyPair("app")
            let key = try await org.makeApp(
                certificatePEM: String(contentsOfFile: aprity.path("app.crt"), encoding: .utf8))
            let client = ForeignProgram(in: aprity.home, environment: ["HTTPS_PROXY": ready.proxyURL ?? ""])
            let flags = [
                "--login-host", org.url, "--username", ManagedOrg.integrationUser, "--consumer-key", key,
                "--signing-key-file", "app.key", "--ca-file", "ca/ca.crt",
            ]
            let token = try await client.run(AprityProcess.binary, ["token"] + flags)
            #expect(token.status == 0, "\(token.stderr)")
            #expect(token.stdout.hasPrefix("00D"))
        }
    }

    @Test(
        "A start that is not possible exits with the status of its cause",
        arguments: [
            (["--proxy-port", "0"], 64, "--make-ca"), (["--make-ca", "ca", "--tls-key", "k"], 64, "either --make-ca"),
            (["--make-ca", "file/ca"], 73, "cannot be created"),
            (["--make-ca", "half"], 73, "has no server.crt, but other files"),
        ] as [([String], Int32, String)])
    func refused(_ arguments: [String], _ status: Int32, _ words: String) async throws {
        let aprity = try AprityProcess()
        _ = try aprity.write("", to: "file")
        try FileManager.default.createDirectory(atPath: aprity.path("half"), withIntermediateDirectories: true)
        _ = try aprity.write("", to: "half/server.key")
        let outcome = try await aprity.run(["simulator", "--port", "0", "--management-port", "0"] + arguments)
        #expect(outcome.status == status)
        #expect(outcome.stderr.contains(words), "\(outcome.stderr)")
    }
}
