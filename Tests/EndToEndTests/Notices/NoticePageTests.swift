internal import ConnectedAppTesting
internal import Foundation
internal import Testing

/// Notices on the Settings page of the built program, in a browser, and the metrics, read by Prometheus' own library.
@Suite struct NoticePageTests {
    private static let webhookSecret = "0123456789abcdef0123456789abcdef"
    private static let metricsSecret = "fedcba9876543210fedcba9876543210"

    private func withServer(
        answering statuses: [Int],
        _ body: (AprityProcess, AprityProcess.Ready, NoticeReceivers, String) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        let options: [String: Any] = ["webhook": ["secret": Self.webhookSecret, "statuses": statuses]]
        try await NoticeReceivers.run(options, in: folder) { receivers in
            let token = try folder.file("metrics-token", Self.metricsSecret + "\n")
            let aprity = try AprityProcess(environment: [
                "APRITY_NOTIFY_WEBHOOK": "http://127.0.0.1:\(receivers.ports.webhook ?? 0)/hook/of/secret",
                "APRITY_NOTIFY_WEBHOOK_SECRET_FILE": try folder.file("secret", Self.webhookSecret + "\n"),
                "APRITY_METRICS_TOKEN_FILE": token,
            ])
            try await aprity.succeed(["init"])
            try await aprity.succeed([
                "connection", "add", "acme", "--login-host", "https://acme.my.salesforce.com", "--username",
                "i@acme.example", "--consumer-key", "3MVG9acmeIntegrationOfTheTests",
            ])
            try await aprity.serving(["serve", "--port", "0"]) { serve in
                try await body(aprity, serve, receivers, token)
            }
        }
    }

    @Test(
        "An admin sees the date of the next notice, sends a rejected test, sees the reason, and sends an accepted one")
    func page() async throws {
        try await withServer(answering: [503]) { aprity, serve, receivers, _ in
            try await Browser.run(home: aprity.home) { browser in
                try await browser.show(width: 1100)
                try await browser.open(serve.url)
                let file = try #require(serve.startTokenFile)
                let token = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .newlines)
                try await browser.type(token, into: "#start-token")
                try await browser.leave(by: "main button")
                try await browser.open(serve.url + "/connections/acme")
                #expect(try await browser.text("#notice-next").contains("the certificate expires in 60 days"))
                try await browser.saveScreenshot("notices-fresh-1100-light")
                try await browser.leave(by: "#notice-test-form button")
                #expect(
                    try await browser.text("main [role=status]").hasPrefix("A receiver did not accept the test notice"))
                #expect(try await browser.text("#notice-warnings").contains("HTTP status 503"))
                for scheme in Browser.Scheme.allCases {
                    try await browser.show(width: 400, scheme: scheme)
                    #expect(!(try await browser.scrollsSideways))
                    try await browser.saveScreenshot("notices-failing-400-\(scheme)")
                }
                try await browser.show(width: 1100)
                try await browser.saveScreenshot("notices-failing-1100-light")
                try await browser.leave(by: "#notice-test-form button")
                #expect(try await browser.text("main [role=status]") == "Every receiver accepted the test notice.")
                #expect(try await browser.count("#notice-warnings") == 0)
                #expect(try await browser.count("#notices-sent tbody tr") == 2)
                #expect(!(try await browser.text("main")).contains("of/secret"))
                let complaints = try await browser.complaints
                #expect(complaints == [])
                #expect(try receivers.received("webhook").map { $0["signed"] as? Bool } == [true, true])
            }
        }
    }

    @Test("Prometheus' own library reads the metrics with the token in the file, and nobody without it")
    func metrics() async throws {
        try await withServer(answering: [404]) { aprity, serve, _, token in
            let python = try await ForeignProgram.python()
            let reader = ForeignProgram(in: aprity.home)
            let script = ForeignProgram.tools + "/read_metrics.py"
            func read() async throws -> [String: [([String: String], Double)]] {
                let text = try await reader.succeed(python, [script, serve.url + "/metrics", token])
                let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [[Any]]]
                return try #require(object).mapValues { samples in
                    samples.map { ($0[0] as? [String: String] ?? [:], $0[1] as? Double ?? .nan) }
                }
            }
            let first = try await read()
            let shown = try await aprity.run("certificate", "show", "acme", "--json").json()
            let end = try Date(#require(shown["notAfter"] as? String), strategy: .iso8601)
            let ends = try #require(first["aprity_certificate_not_after_timestamp_seconds"])
            try #require(ends.count == 1)
            #expect(ends[0].0 == ["connection": "acme"])
            #expect(ends[0].1 == end.timeIntervalSince1970)
            #expect(first["aprity_rotation_state"]?.count == 7)
            #expect(first["aprity_connections"]?.first?.1 == 1)
            #expect(try await aprity.run("notify", "test").status == 1)
            _ = try await aprity.succeed(["block", "acme", "--reason", "drill"])
            let second = try await read()
            let failing = second["aprity_notice_channels_failing"]?.first { $0.0 == ["channel": "webhook"] }
            #expect(failing?.1 == 1)
            #expect(second["aprity_connection_blocked"]?.first?.1 == 1)
            let wrong = try reader.write("not the right token at all\n", to: "wrong")
            let refused = try await reader.run(python, [script, serve.url + "/metrics", wrong])
            #expect(refused.status != 0)
            #expect(refused.stderr.contains("401"))
            let other = try await reader.run(python, [script, serve.url + "/api/v1/connections", token])
            #expect(other.status != 0)
            #expect(other.stderr.contains("401"))
            let config = try await aprity.run("config")
            #expect(config.stdout.contains(token))
            #expect(!config.stdout.contains(Self.metricsSecret))
        }
        let aprity = try AprityProcess(environment: ["APRITY_METRICS_TOKEN_FILE": "/nonexistent/token"])
        try await aprity.succeed(["init"])
        #expect(try await aprity.run("serve", "--port", "0").status == 66)
    }
}
