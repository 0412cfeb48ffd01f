internal import Foundation
internal import Testing

/// The admin guide, done in Setup and on the Settings page alone, from an empty home.
@Suite("The admin guide on the pages alone")
struct AdminWalkTests {
    @Test("A home without a store is served, and an admin connects the first org", arguments: SetupJudge.Kind.allCases)
    func firstConnection(_ kind: SetupJudge.Kind) async throws {
        try await walking { walk, serve in
            let browser = walk.browser
            try await addConnection(walk, serve, kind)
            #expect(try await browser.count("#step-download[aria-current=step]") == 1)
            try await saveScreenshot(browser, "set-up-download")

            try await browser.click("#download-certificate")
            let certificate = try await arrivedCertificate(in: browser.downloads)
            try await browser.follow("I saved it")
            #expect(try await browser.count("#step-create[aria-current=step]") == 1)
            try await saveScreenshot(browser, "set-up-create")
            let setUp = try await browser.url

            let (key, secret) = try await createApp(walk, kind, certificate: certificate)
            try await browser.open(setUp)
            try await browser.type(secret, into: "#consumer-key-field")
            try await browser.leave(by: "#consumer-key-form button")
            #expect(try await browser.text("[role=alert]").contains("Consumer Secret"))
            #expect(try await !browser.text("main").contains(secret))
            try await browser.type(key, into: "#consumer-key-field")
            try await browser.leave(by: "#consumer-key-form button")
            #expect(try await browser.count("#step-preauthorize[aria-current=step]") == 1)
            try await saveScreenshot(browser, "set-up-preauthorize")

            try await preauthorize(walk, kind)
            try await browser.open(setUp)
            try await browser.leave(by: "#test-form button")
            #expect(try await browser.shows("The connection works.", in: "#verdict h2"))
            try await browser.open(setUp)
            #expect(try await browser.shows("The connection works", in: "#set-up-done h2"))
            try await browser.show(width: 400)
            #expect(!(try await browser.scrollsSideways))
            try await saveScreenshot(browser, "set-up-done-400")
        }
    }

    /// Runs the body with an org, a Settings page on an empty home, and a browser that is signed in there.
    private func walking(_ body: @Sendable (SetupWalk, AprityProcess.Ready) async throws -> Void) async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await org.save([
                "orgs": [["name": "Harbour Bikes", "allowConnectedAppCreation": true] as [String: any Sendable]]
                    as [any Sendable]
            ])
            try await aprity.serving(["serve", "--port", "0"]) { serve in
                try await Browser.run(home: aprity.home) { browser in
                    try await browser.show(width: 1100)
                    let token = try String(contentsOfFile: try #require(serve.startTokenFile), encoding: .utf8)
                    try await browser.open(serve.url)
                    try await browser.type(token.trimmingCharacters(in: .newlines), into: "#start-token")
                    try await browser.leave(by: "main button")
                    try await body(SetupWalk(browser: browser, org: org), serve)
                    // The browser complains of the answers to the forms that are rejected on purpose.
                    let complaints = try await browser.complaints.filter { !$0.contains("Failed to load resource") }
                    #expect(complaints == [])
                }
            }
        }
    }

    private func addConnection(
        _ walk: SetupWalk, _ serve: AprityProcess.Ready, _ kind: SetupJudge.Kind
    ) async throws {
        let browser = walk.browser
        #expect(try await browser.shows("Connect your first org", in: "#first-run h2"))
        try await saveScreenshot(browser, "first-run")
        try await browser.leave(by: "#add-connection")
        try await browser.type(walk.org.url + "/lightning/setup/SetupOneHome/home?x=1", into: "#org-field")
        try await browser.leave(by: "#org-form button")
        try await browser.type(ManagedOrg.integrationUser, into: "#username")
        try await browser.type("harbour-bikes", into: "#alias")
        if kind == .connectedApp {
            try await browser.click("input[value=connected-app]")
            // For a Connected App at a host that is not Salesforce's, nothing determines the audience.
            try await browser.leave(by: "#connection-form button")
            #expect(try await browser.text("[role=alert]").contains("audience"))
            try await browser.type("https://login.salesforce.com", into: "#audience")
        }
        try await saveScreenshot(browser, "add-connection")
        try await browser.leave(by: "#connection-form button")
        #expect(try await browser.shows("Set up harbour-bikes", in: "h1"))
    }

    private func createApp(
        _ walk: SetupWalk, _ kind: SetupJudge.Kind, certificate: String
    ) async throws -> (key: String, secret: String) {
        let browser = walk.browser
        switch kind {
        case .externalClientApp:
            try await walk.quickFind("External Client", "External Client App Manager")
            try await browser.follow("New External Client App")
            try await walk.fillIn(certificate: certificate)
            try await walk.save("Create")
            try await walk.externalClientApp()
            try await browser.follow("Settings")
            try await browser.pressOpeningTab("Consumer Key and Secret")
        case .connectedApp:
            try await walk.quickFind("App Manager", "App Manager")
            try await browser.follow("New Connected App")
            try await walk.fillIn(certificate: certificate)
            try await walk.save()
            try await walk.quickFind("App Manager", "App Manager")
            try await walk.rowAction("View")
            try await browser.press("Manage Consumer Details")
        }
        let key = try await walk.consumerKey()
        return (key, try await browser.text("#consumer-secret"))
    }

    private func preauthorize(_ walk: SetupWalk, _ kind: SetupJudge.Kind) async throws {
        let browser = walk.browser
        try await walk.makePermissionSet()
        switch kind {
        case .externalClientApp:
            try await walk.externalClientApp()
            try await browser.follow("Edit")
            try await walk.preauthorize()
            try await walk.externalClientApp()
            try await browser.follow("Edit")
        case .connectedApp:
            try await walk.manageConnectedApp()
            try await browser.follow("Edit Policies")
            try await walk.preauthorize()
            try await walk.manageConnectedApp()
            try await browser.follow("Manage Permission Sets")
        }
        try await browser.click("input[value=Aprity_Reader]")
        try await walk.save()
    }

    /// Waits for a downloaded certificate and returns its path. Chromium renames the file when it is complete.
    private func arrivedCertificate(in folder: String) async throws -> String {
        for _ in 0..<200 {
            let files = try FileManager.default.contentsOfDirectory(atPath: folder)
            if let file = files.first(where: { $0.hasSuffix(".crt") }) { return folder + "/" + file }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw AprityProcess.Unexpected(description: "No certificate arrived in \(folder) within ten seconds")
    }

    /// Saves a screenshot for inspection.
    private func saveScreenshot(_ browser: Browser, _ name: String) async throws {
        guard let folder = ProcessInfo.processInfo.environment["APRITY_SCREENSHOT_FOLDER"] else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await browser.screenshot().write(to: URL(filePath: folder).appending(path: "admin-\(name).png"))
    }
}
