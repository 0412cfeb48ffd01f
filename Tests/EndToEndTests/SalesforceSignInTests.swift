internal import Foundation
internal import Testing

/// Signing in with Salesforce, set up in Setup and on aprity's own page, from an empty home.
@Suite("Sign in with Salesforce, in a browser")
struct SalesforceSignInTests {
    private static let admin = "admin@harbour-bikes.example"
    private static let clerk = "clerk@harbour-bikes.example"

    /// The Settings page, the org's Setup, and a browser that is signed in at neither.
    private struct Site {
        let aprity: AprityProcess
        let walk: SetupWalk
        let serve: AprityProcess.Ready

        var browser: Browser { walk.browser }
    }

    private func withSite(_ body: @Sendable (Site) async throws -> Void) async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.serving(["serve", "--port", "0"]) { serve in
                try await Browser.run(home: aprity.home) { browser in
                    try await browser.show(width: 1100)
                    try await body(
                        Site(aprity: aprity, walk: SetupWalk(browser: browser, org: org), serve: serve))
                    let complaints = try await browser.complaints.filter { !$0.contains("Failed to load resource") }
                    #expect(complaints == [])
                }
            }
        }
    }

    // MARK: Steps

    private func signInWithStartToken(_ site: Site) async throws {
        let token = try String(contentsOfFile: try #require(site.serve.startTokenFile), encoding: .utf8)
        try await site.browser.open(site.serve.url)
        try await site.browser.type(token.trimmingCharacters(in: .newlines), into: "#start-token")
        try await site.browser.leave(by: "main button")
    }

    /// Creates the app as the page says, and returns its Consumer Key.
    private func createApp(_ site: Site, callbackURL: String) async throws -> String {
        let browser = site.browser
        try await site.walk.quickFind("External Client", "External Client App Manager")
        try await browser.follow("New External Client App")
        try await browser.type("Aprity Sign-In", into: "#label")
        try await browser.type("team@harbour-bikes.example", into: "#contactEmail")
        try await browser.click("#enablesOAuth")
        try await browser.type(callbackURL, into: "#callbackURL")
        try await browser.click("input[value=OpenID]")
        try await browser.click("input[value=CustomPermissions]")
        try await browser.click("input[name=requiresSecretForWebServerFlow]")
        try await site.walk.save("Create")
        try await browser.follow("Settings")
        try await browser.pressOpeningTab("Consumer Key and Secret")
        return try await site.walk.consumerKey()
    }

    private func organizationID(_ site: Site) async throws -> String {
        try await site.walk.quickFind("Company Information", "Company Information")
        return try await site.browser.text("#organization-id")
    }

    /// Assigns a permission set to the user in this place of the list.
    private func assign(_ set: String, to place: Int, _ site: Site) async throws {
        let browser = site.browser
        try await site.walk.quickFind("Permission Sets", "Permission Sets")
        try await browser.follow(set)
        try await browser.follow("Manage Assignments")
        try await browser.follow("Add Assignment")
        try await browser.click("label.tick:nth-of-type(\(place)) input")
        try await browser.press("Next")
        try await site.walk.save("Assign")
    }

    /// Sets the sign-in up in Setup and on aprity's page.
    private func setUp(_ site: Site) async throws {
        let browser = site.browser
        try await signInWithStartToken(site)
        try await browser.open(site.serve.url + "/users")
        try await browser.follow("Set up signing in with Salesforce")
        let callbackURL = try await browser.text("#callback-url")
        #expect(callbackURL == site.serve.url + "/sign-in/salesforce/callback")
        let key = try await createApp(site, callbackURL: callbackURL)
        let organizationID = try await organizationID(site)
        try await assign("Aprity Admin", to: 1, site)
        try await assign("Aprity User", to: 3, site)
        try await browser.open(site.serve.url + "/sign-in-app")
        // Another site than the Settings page, so that the browser applies its rules for cookies of other sites.
        let loginHost = site.walk.org.url.replacing("127.0.0.1", with: "localhost")
        try await browser.type(loginHost, into: "#login-host-field")
        try await browser.type(key, into: "#consumer-key")
        try await browser.type(organizationID, into: "#organization-id")
        try await browser.leave(by: "#sign-in-app-form button")
        #expect(try await browser.shows(organizationID, in: "#org code"))
    }

    /// On the org's page, chooses who signs in.
    private func choose(_ user: String, _ site: Site) async throws {
        #expect(try await site.browser.shows("Log In", in: "h1"))
        try await site.browser.click("#username option[value='\(user)']")
        try await site.browser.press("Allow")
    }

    private func signIn(as user: String, _ site: Site) async throws {
        try await site.browser.open(site.serve.url + "/sign-in")
        try await site.browser.leave(by: "#salesforce")
        try await choose(user, site)
    }

    // MARK: The walk

    @Test(
        "An admin sets it up on the pages alone; then an admin and a user of the org sign in, and a block does not keep them out"
    )
    func walk() async throws {
        try await withSite { site in
            let browser = site.browser
            try await setUp(site)

            try await browser.leave(by: "#try")
            try await choose(Self.admin, site)
            #expect(try await browser.shows(Self.admin, in: "#person"))
            #expect(try await browser.shows("Admin (Aprity_Admin)", in: "#role"))
            try await browser.open(site.serve.url + "/account")
            #expect(try await browser.shows("the start token", in: "#account"))
            try await browser.press("Sign out")

            try await site.aprity.succeed([
                "connection", "add", "acme", "--login-host", site.walk.org.url, "--username",
                ManagedOrg.integrationUser,
            ])
            try await site.aprity.succeed(["block", "acme", "--reason", "drill"])

            try await signIn(as: Self.admin, site)
            #expect(try await browser.shows("Connections", in: "h1"))
            #expect(try await browser.url == site.serve.url + "/connections")
            #expect(try await browser.count("a[href='/users']") == 1)
            try await browser.open(site.serve.url + "/connections/acme")
            #expect(try await browser.count("main button") > 2)
            try await browser.open(site.serve.url + "/account")
            #expect(try await browser.shows(Self.admin + ", with Salesforce", in: "#account"))
            try await browser.press("Sign out")

            try await signIn(as: Self.clerk, site)
            #expect(try await browser.shows("Connections", in: "h1"))
            #expect(try await browser.count("a[href='/users']") == 0)
            try await browser.open(site.serve.url + "/connections/acme")
            #expect(try await browser.shows("acme", in: "h1"))
            #expect(try await browser.count("main button") == 0)
            try await browser.open(site.serve.url + "/users")
            #expect(try await browser.text("main").contains("forbidden"))
            try await browser.open(site.serve.url + "/connections")
            try await browser.press("Sign out")

            try await signIn(as: ManagedOrg.integrationUser, site)
            #expect(try await browser.text("main").contains("signInPermissionMissing"))
            try await browser.show(width: 400)
            #expect(!(try await browser.scrollsSideways))
            try await browser.open(site.serve.url + "/connections")
            #expect(try await browser.shows("Sign in", in: "h1"))
        }
    }

    @Test("The command sets the app up, shows it and removes it, and rejects a connection's app")
    func command() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        let missing = try await aprity.run(["sign-in-app", "show"])
        #expect(missing.status == 64)
        #expect(missing.stderr.contains("not set up"))
        try await ManagedOrg.running(aprity) { org in
            try await aprity.succeed([
                "connection", "add", "acme", "--login-host", org.url, "--username", ManagedOrg.integrationUser,
                "--consumer-key", "3MVG9TheConnectionsApp",
            ])
            func set(_ key: String, _ id: String) async throws -> AprityProcess.Outcome {
                try await aprity.run([
                    "sign-in-app", "set", "--login-host", org.url, "--consumer-key", key, "--organization-id", id,
                ])
            }
            let wrongOrg = try await set("3MVG9TheSignInApp", "00D000000000001")
            #expect(wrongOrg.status == 64)
            let id = try #require(wrongOrg.stderr.firstMatch(of: /reports org (00D\w{15})/)).1
            let shared = try await set("3MVG9TheConnectionsApp", String(id))
            #expect(shared.status == 64)
            #expect(shared.stderr.contains("acme: A connection uses the app"))
            #expect(try await set("3MVG9TheSignInApp", String(id)).status == 0)
            let shown = try await aprity.succeed(["sign-in-app", "show", "--json"])
            let view = try JSONSerialization.jsonObject(with: Data(shown.utf8)) as? [String: Any]
            #expect(view?["organizationID"] as? String == String(id))
            #expect(view?["loginHost"] as? String == org.url)
            let stolen = try await aprity.run(["connection", "set", "acme", "--consumer-key", "3MVG9TheSignInApp"])
            #expect(stolen.status == 64)
            #expect(stolen.stderr.contains("another app"))
            try await aprity.succeed(["sign-in-app", "remove"])
            #expect(try await aprity.run(["sign-in-app", "remove"]).status == 64)
        }
    }
}
