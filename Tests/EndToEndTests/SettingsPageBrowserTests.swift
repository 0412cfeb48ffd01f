internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import Testing

@Suite("The Settings page in a browser")
struct SettingsPageBrowserTests {
    private static let consumerKey = "3MVG9harbourBikes.Aprity_Integration.0001"

    /// Runs the body with a home that has one connection to a running simulator, whose app has the connection's
    /// certificate.
    private func withWorld(
        _ body: (_ aprity: AprityProcess, _ serve: AprityProcess.Ready, _ browser: Browser) async throws -> Void
    ) async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        try await aprity.serving(["simulator", "--port", "0", "--management-port", "0"]) { simulator in
            try await aprity.succeed([
                "connection", "add", "--allow-tokens", "harbour-bikes", "--login-host", simulator.url, "--username",
                "integration@harbour-bikes.example",
            ])
            let certificate = aprity.home + "/uploaded.crt"
            try await aprity.succeed(["certificate", "download", "harbour-bikes", "--out", certificate])
            try await createApp(
                at: try #require(simulator.managementURL),
                certificate: String(contentsOfFile: certificate, encoding: .utf8))
            try await aprity.serving(["serve", "--port", "0"]) { serve in
                try await Browser.run(home: aprity.home) { browser in try await body(aprity, serve, browser) }
            }
        }
    }

    /// Creates the app in the simulator's first org, as an admin would in Setup.
    private func createApp(at managementURL: String, certificate: String) async throws {
        let text = try await exchange(.GET, managementURL + "/state", nil)
        var state = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        var orgs = try #require(state["orgs"] as? [[String: Any]])
        orgs[0]["apps"] = [
            [
                "kind": "externalClientApp", "name": "aprity", "consumerKey": Self.consumerKey,
                "certificatePEM": certificate, "scopes": ["Api", "RefreshToken"],
                "permittedUsers": "adminApprovedPreAuthorized", "permissionSets": ["Aprity_Integration"],
            ]
        ]
        state["orgs"] = orgs
        _ = try await exchange(.PUT, managementURL + "/state", try JSONSerialization.data(withJSONObject: state))
    }

    private func exchange(_ method: HTTPMethod, _ url: String, _ body: Data?) async throws -> Data {
        var request = HTTPClientRequest(url: url)
        request.method = method
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        let bytes = try await response.body.collect(upTo: 16 << 20)
        try #require(response.status.code < 300, "\(String(buffer: bytes))")
        return Data(bytes.readableBytesView)
    }

    /// Signs in with the start token from the file that the sign-in page names. Checks that the URL does not contain
    /// it.
    private func signIn(_ browser: Browser, _ serve: AprityProcess.Ready) async throws {
        try await browser.open(serve.url)
        let file = try await browser.text(".path")
        #expect(file == serve.startTokenFile)
        let token = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .newlines)
        try await browser.type(token, into: "#start-token")
        try await browser.leave(by: "main button")
        #expect(try await browser.shows("Connections", in: "h1"))
        #expect(!(try await browser.url).contains(token))
    }

    @Test("An admin signs in, downloads the certificate, sets the Consumer Key, tests the connection and signs out")
    func walk() async throws {
        try await withWorld { aprity, serve, browser in
            try await browser.show(width: 1100)
            try await signIn(browser, serve)
            try await browser.leave(by: "tbody th a")
            #expect(try await browser.shows("harbour-bikes", in: "h1"))

            let shown = try await aprity.run("certificate", "show", "harbour-bikes", "--json").json()
            let sha256 = try #require(shown["sha256"] as? String)
            try await browser.click("#download-certificate")
            let downloaded = try await arrived(browser.downloads + "/aprity-harbour-bikes-\(sha256.prefix(8)).crt")
            let file = aprity.home + "/compare.crt"
            try await aprity.succeed(["certificate", "download", "harbour-bikes", "--out", file])
            #expect(try Data(contentsOf: URL(filePath: file)) == downloaded)

            try await browser.type(Self.consumerKey, into: "#consumer-key-field")
            try await browser.leave(by: "#consumer-key-form button")
            #expect(try await browser.text("main [role=status]").hasPrefix("The Consumer Key is set."))

            try await browser.leave(by: ".title button")
            #expect(try await browser.shows("The connection works.", in: "#verdict h2"))
            // Every step of the connection test passes.
            #expect(try await browser.count("#steps .is-passes") == 22)
            try await saveReadmePictures(aprity, serve, browser)
            let complaints = try await browser.complaints
            #expect(complaints == [])

            try await browser.leave(by: "nav button")
            #expect(try await browser.shows("Sign in", in: "h1"))
        }
    }

    @Test(
        "An admin blocks the app, sees the four facts, unblocks it with a test, and finds all of it in the audit record"
    )
    func block() async throws {
        try await withWorld { aprity, serve, browser in
            try await aprity.succeed(["connection", "set", "harbour-bikes", "--consumer-key", Self.consumerKey])
            try await aprity.succeed(["token", "harbour-bikes"])
            try await browser.show(width: 1100)
            try await signIn(browser, serve)
            try await browser.open(serve.url + "/connections/harbour-bikes")
            try await browser.type("drill <b>now</b>", into: "#block-reason")
            try await browser.leave(by: "#block-form button")
            #expect(try await browser.text("main [role=status]").hasPrefix("The app is blocked"))
            #expect(try await browser.text("[aria-labelledby=block] strong") == "drill <b>now</b>")
            #expect(try await browser.count(".block-facts .tone-good") == 4)
            try await browser.saveScreenshot("blocked-1100-light")
            #expect(try await aprity.run("token", "harbour-bikes").status == 77)
            for scheme in Browser.Scheme.allCases {
                try await browser.show(width: 400, scheme: scheme)
                #expect(!(try await browser.scrollsSideways))
                try await browser.saveScreenshot("blocked-400-\(scheme)")
            }
            try await browser.show(width: 1100)
            try await browser.leave(by: "#unblock-form button")
            #expect(try await browser.text("main [role=status]").hasPrefix("The test passed"))
            #expect(try await aprity.run("token", "harbour-bikes").status == 0)

            try await browser.open(serve.url + "/audit?connection=harbour-bikes")
            #expect(
                try await browser.text("main [role=status]").hasPrefix(
                    "The audit record is intact. Signed checkpoints protect it up to entry "))
            let record = try await browser.texts(".audit").joined()
            let acts = ["appBlocked", "unblockPassUsed", "appUnblocked", "signedIn"]
            #expect(acts.filter(record.contains) == acts)
            try await browser.show(width: 400)
            #expect(!(try await browser.scrollsSideways))
            try await browser.saveScreenshot("audit-400-light")
            let complaints = try await browser.complaints
            #expect(complaints == [])
        }
    }

    @Test(
        "An admin reads the cause of a refusal and the steps, reports the change, checks the app, and finds each task"
    )
    func diagnosis() async throws {
        try await withWorld { aprity, serve, browser in
            try await aprity.succeed([
                "connection", "set", "harbour-bikes", "--consumer-key", "3MVG9mistyped.Key_000001",
            ])
            try await browser.show(width: 1100)
            try await signIn(browser, serve)
            let page = serve.url + "/connections/harbour-bikes"
            try await browser.open(page)
            try await browser.leave(by: ".title button")
            #expect(try await browser.shows("Salesforce may still be spreading a change.", in: "#verdict h2"))
            let verdict = try await browser.text("#verdict")
            for text in [
                "The org does not know this Consumer Key.", "In Salesforce:", "Consumer Key and Secret",
                "gets the same words",
            ] { #expect(verdict.contains(text), "\(text)") }
            #expect(try await browser.count(".probes tbody tr") == 2)
            try await checkNarrowWindow(browser, "refused")

            try await browser.leave(by: "#changed-form button")
            #expect(try await browser.text("#verdict h2") == "Salesforce may still be spreading the change.")
            try await checkNarrowWindow(browser, "change")

            try await aprity.succeed(["connection", "set", "harbour-bikes", "--consumer-key", Self.consumerKey])
            try await browser.open(page + "/app")
            try await browser.leave(by: ".title button")
            #expect(try await browser.text("#reach").hasPrefix("The key could sign in as 1 user, by permission set"))
            try await checkNarrowWindow(browser, "app")

            try await browser.open(page + "/guide?task=preauthorize")
            #expect(try await browser.text("#task-preauthorize ol").contains("integration@harbour-bikes.example"))
            try await checkNarrowWindow(browser, "guide")
            let complaints = try await browser.complaints
            #expect(complaints == [])
        }
    }

    /// Checks that the page fits a narrow window, and saves screenshots in both widths.
    private func checkNarrowWindow(_ browser: Browser, _ name: String) async throws {
        try await browser.saveScreenshot(name + "-1100")
        try await browser.show(width: 400)
        #expect(!(try await browser.scrollsSideways), "\(name)")
        try await browser.saveScreenshot(name + "-400")
        try await browser.show(width: 1100)
    }

    @Test("The page follows a running test: it shows the current step, and then the verdict")
    func follows() async throws {
        let host = try SilentHost()
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        try await aprity.succeed([
            "connection", "add", "--allow-tokens", "silent", "--login-host", "http://127.0.0.1:\(host.port)",
            "--username",
            "u@acme.example",
        ])
        try await aprity.serving(["serve", "--port", "0"]) { serve in
            try await Browser.run(home: aprity.home) { browser in
                try await signIn(browser, serve)
                try await browser.open(serve.url + "/connections/silent")
                try await browser.leave(by: ".title button")
                #expect(try await browser.shows("Testing: 0 of 22 steps done.", in: "#progress"))
                #expect(
                    try await browser.text("#steps .is-running .question").hasPrefix("Can the login host's name"))
                try await browser.show(width: 400)
                try await browser.saveScreenshot("running-400-light")
                host.close()
                #expect(try await browser.shows("The connection does not work.", in: "#verdict h2"))
                #expect(try await browser.count("#step-connection.is-fails") == 1)
                let complaints = try await browser.complaints
                #expect(complaints == [])
            }
        }
    }

    @Test("A page shows what somebody else did, unless its form is in use")
    func live() async throws {
        try await withWorld { aprity, serve, browser in
            try await signIn(browser, serve)
            try await browser.open(serve.url + "/connections/harbour-bikes")
            try await aprity.succeed(["block", "harbour-bikes", "--reason", "drill"])
            #expect(try await browser.shows("Blocked", in: "section.tone-bad h2"))
            #expect(try await browser.text("[aria-labelledby=block] strong") == "drill")
            try await browser.type("3MVG9", into: "#consumer-key-field")
            try await aprity.succeed(["budget", "set", "harbour-bikes", "--per-hour", "1000"])
            #expect(try await browser.shows("This page has changed. Show it", in: "#live"))
            #expect(
                try await browser.run("return document.querySelector('#consumer-key-field').value") as? String
                    == "3MVG9")
            try await browser.leave(by: "#live button")
            #expect(
                try await browser.run("return document.querySelector('#budget-per-hour').value") as? String == "1000")
            let complaints = try await browser.complaints
            #expect(complaints == [])
        }
    }

    @Test("Every page fits a narrow window, in light and dark")
    func narrow() async throws {
        try await withWorld { _, serve, browser in
            try await signIn(browser, serve)
            for scheme in Browser.Scheme.allCases {
                for path in [
                    "/connections", "/connections/harbour-bikes", "/connections/nobody", "/account", "/users",
                    "/api-tokens", "/sign-in-app",
                ] {
                    for width in [400, 1100] {
                        try await browser.show(width: width, scheme: scheme)
                        try await browser.open(serve.url + path)
                        #expect(!(try await browser.scrollsSideways), "\(path) at \(width)")
                        try await browser.saveScreenshot(
                            "\(path.split(separator: "/").joined(separator: "-"))-\(width)-\(scheme)")
                    }
                }
            }
            try await browser.show(width: 400)
            try await browser.open(serve.url + "/connections/harbour-bikes")
            // The Consumer Key is not set, so the test fails without a request to the org.
            try await browser.leave(by: ".title button")
            #expect(try await browser.shows("The connection does not work.", in: "#verdict h2"))
            #expect(!(try await browser.scrollsSideways))
            try await browser.saveScreenshot("test-400-light")
        }
    }

    // MARK: Files

    /// Waits for a download. Chromium renames the file when it is complete.
    private func arrived(_ path: String) async throws -> Data {
        for _ in 0..<200 {
            if let data = FileManager.default.contents(atPath: path) { return data }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw AprityProcess.Unexpected(description: "\(path) did not arrive within ten seconds")
    }

    /// Saves the README's pictures, only on request, because each Chromium draws slightly differently.
    private func saveReadmePictures(
        _ aprity: AprityProcess, _ serve: AprityProcess.Ready, _ browser: Browser
    ) async throws {
        guard ProcessInfo.processInfo.environment["APRITY_UPDATE_SCREENSHOTS"] == "1" else { return }
        for (alias, days) in [("harbour-uat", "20"), ("island-ferries", "365"), ("north-quay", "700")] {
            try await aprity.succeed([
                "connection", "add", "--allow-tokens", alias, "--login-host", "https://\(alias).my.salesforce.com",
                "--username",
                "integration@\(alias).example", "--days", days,
            ])
        }
        try await aprity.succeed([
            "connection", "set", "island-ferries", "--consumer-key", Self.consumerKey + "ferries",
        ])
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = root.appending(path: "docs/images")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (path, name) in [
            ("", "connections"), ("/harbour-bikes", "settings-page"), ("/north-quay/set-up", "set-up"),
        ] {
            try await browser.open(serve.url + "/connections" + path)
            try await browser.screenshot(isWhole: false).write(to: folder.appending(path: name + ".png"))
        }
    }
}
