internal import Foundation
internal import Testing

/// An embedded org, a Settings page on an empty home, and a browser, with one clock for all. Everything is done in Setup and
/// on the page.
struct AdminStage: Sendable {
    static let alias = "harbour-bikes"

    let walk: SetupWalk
    let kind: SetupJudge.Kind
    let serve: AprityProcess.Ready
    let startToken: String
    let time: RehearsalTime
    /// A folder of the test.
    let home: String

    var browser: Browser { walk.browser }
    /// The address of the connection's page.
    var page: String { serve.url + "/connections/" + Self.alias }
    var reader: PageReader { PageReader(walk: walk, connection: page) }
    var faults: SetupFaults { SetupFaults(walk: walk, kind: kind) }

    /// Runs the body with a browser that is signed in on the page of an empty home. Changes reach the org at once.
    static func running(
        _ kind: SetupJudge.Kind, _ body: @Sendable (AdminStage) async throws -> Void
    ) async throws {
        let time = try RehearsalTime()
        let aprity = try AprityProcess(environment: time.environment)
        try await ManagedOrg.running(aprity) { org in
            try await org.save([
                "orgs": [["name": "Harbour Bikes", "allowConnectedAppCreation": true] as [String: any Sendable]]
                    as [any Sendable]
            ])
            try await aprity.serving(["serve", "--port", "0"]) { serve in
                try await Browser.run(home: aprity.home) { browser in
                    try await browser.show(width: 1100)
                    let token = try String(contentsOfFile: try #require(serve.startTokenFile), encoding: .utf8)
                    let stage = AdminStage(
                        walk: SetupWalk(browser: browser, org: org), kind: kind, serve: serve,
                        startToken: token.trimmingCharacters(in: .newlines), time: time, home: aprity.home)
                    try await stage.signIn()
                    try await body(stage)
                    // The browser complains of the answers to the forms that are rejected on purpose.
                    let complaints = try await browser.complaints.filter { !$0.contains("Failed to load resource") }
                    #expect(complaints == [])
                }
            }
        }
    }

    func signIn() async throws {
        try await browser.open(serve.url)
        try await browser.type(startToken, into: "#start-token")
        try await browser.leave(by: "main button")
    }

    /// Advances the clock.
    func pass(minutes: Int) throws { try time.advance(by: minutes * 60) }

    /// Advances the clock by an hour, after which a refusal is not explained by an earlier change. Signs in again if the
    /// session has ended.
    func later() async throws {
        try pass(minutes: 60)
        try await browser.open(page)
        if try await browser.count("#start-token") == 1 { try await signIn() }
    }

    // MARK: The set-up

    func addConnection() async throws {
        try await browser.leave(by: "#add-connection")
        try await browser.type(walk.org.url + "/lightning/setup/SetupOneHome/home?x=1", into: "#org-field")
        try await browser.leave(by: "#org-form button")
        try await browser.type(ManagedOrg.integrationUser, into: "#username")
        try await browser.type(Self.alias, into: "#alias")
        if kind == .connectedApp {
            try await browser.click("input[value=connected-app]")
            // For a Connected App at a host that is not Salesforce's, nothing determines the audience.
            try await browser.leave(by: "#connection-form button")
            #expect(try await browser.text("[role=alert]").contains("audience"))
            try await browser.type("https://login.salesforce.com", into: "#audience")
        }
        try await saveScreenshot("add-connection")
        try await browser.leave(by: "#connection-form button")
        #expect(try await browser.shows("Set up \(Self.alias)", in: "h1"))
    }

    func downloadCertificate() async throws {
        #expect(try await browser.count("#step-download[aria-current=step]") == 1)
        try await saveScreenshot("set-up-download")
        try await reader.perform("Download certificate")
        try await browser.follow("I saved it")
    }

    /// Creates the app and reads its Consumer Key, by the steps of the set-up.
    func createApp() async throws -> (key: String, secret: String) {
        #expect(try await browser.count("#step-create[aria-current=step]") == 1)
        try await saveScreenshot("set-up-create")
        let create = try await browser.texts("#step-create ol.clicks:nth-of-type(1) li")
        let readKey = try await browser.texts("#step-create ol.clicks:nth-of-type(2) li")
        try await reader.carryOut(create)
        try await reader.carryOut(readKey)
        let key = try await walk.consumerKey()
        return (key, try await browser.text("#consumer-secret"))
    }

    func save(consumerKey: String) async throws {
        try await browser.open(page + "/set-up")
        try await browser.type(consumerKey, into: "#consumer-key-field")
        try await browser.leave(by: "#consumer-key-form button")
    }

    func preauthorize() async throws {
        #expect(try await browser.count("#step-preauthorize[aria-current=step]") == 1)
        try await saveScreenshot("set-up-preauthorize")
        try await reader.carryOut(try await browser.texts("#step-preauthorize ol.clicks li"))
    }

    // MARK: Tests and repairs

    /// Tests the connection on its page.
    ///
    /// - Returns: The code of the cause that the page shows; `nil` if the connection works.
    func test() async throws -> String? {
        try await browser.open(page)
        try await browser.press("Test connection")
        _ = try await browser.text("#verdict h2")
        return try await browser.texts("#verdict .code a code").first
    }

    /// Carries out the steps that the page of the last test shows, and follows the change until the page says that the
    /// connection works again.
    func repairAsShown(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let clicks = try await browser.texts("#verdict .clicks li")
        let explainsWait = clicks.last?.contains("2 to 10 minutes") == true
        #expect(explainsWait, sourceLocation: sourceLocation)
        try await reader.carryOut(clicks)
        try await followChange(sourceLocation: sourceLocation)
        #expect(try await test() == nil, sourceLocation: sourceLocation)
        // A later refusal is not explained by this change.
        try pass(minutes: 60)
    }

    /// Advances the clock while aprity follows a reported change, until the answers agree.
    func followChange(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        #expect(try await browser.url == page + "/change", sourceLocation: sourceLocation)
        var heading = ""
        for _ in 0..<60 where heading != "The answers agree." {
            try time.advance(by: 40)
            try await browser.open(page + "/change")
            heading = try await browser.text("#verdict h2")
        }
        #expect(heading == "The answers agree.", sourceLocation: sourceLocation)
    }

    /// Saves a screenshot for inspection.
    func saveScreenshot(_ name: String) async throws { try await browser.saveScreenshot("admin-\(name)") }
}
