internal import Foundation
internal import Testing

/// The actions of the guide's reader in Setup, click by click.
struct SetupWalk: Sendable {
    let browser: Browser
    let org: ManagedOrg

    /// Goes from the org's address to Setup, then by *Quick Find* to a page.
    func quickFind(_ typed: String, _ entry: String) async throws {
        try await browser.open(org.url)
        try await browser.follow("⚙ Setup")
        try await browser.enter(typed, into: "#quick-find")
        try await browser.follow(entry)
    }

    /// Opens the menu at the end of the only row.
    func rowAction(_ label: String) async throws {
        try await browser.click("main summary")
        try await browser.follow(label)
    }

    /// Presses a button that changes something, and waits for the confirmation: submitting a form with a file takes a
    /// moment.
    func save(_ button: String = "Save") async throws {
        try await browser.press(button)
        #expect(try await !browser.text("main [role=status]").isEmpty)
    }

    /// Fills in the form of a new app. Ticking a box reveals its fields.
    func fillIn(certificate: String, label: String = "aprity") async throws {
        try await browser.type(label, into: "#label")
        try await browser.type("team@harbour-bikes.example", into: "#contactEmail")
        try await browser.click("#enablesOAuth")
        try await browser.type("https://login.salesforce.com/services/oauth2/callback", into: "#callbackURL")
        try await browser.click("#usesCertificate")
        try await browser.type(certificate, into: "#certificate")
        try await browser.click("input[value=Api]")
        try await browser.click("input[value=RefreshToken]")
        try await saveScreenshot("new-app")
    }

    /// On the page that asks for a code, gets the code from the mail page and reads the key.
    func consumerKey() async throws -> String {
        let verification = try await browser.url
        try await browser.open(org.management + "/mail")
        let mail = try await browser.text("main")
        let code = try #require(mail.firstMatch(of: #/Verification code: (\d{6})/#)).1
        try await browser.open(verification)
        try await browser.type(String(code), into: "#code")
        try await browser.press("Verify")
        return try await browser.text("#consumer-key")
    }

    /// Creates a permission set for the integration user, as in step 4 of the guides.
    func makePermissionSet() async throws {
        try await quickFind("Permission Sets", "Permission Sets")
        try await browser.follow("New")
        try await browser.type("Aprity Reader", into: "#label")
        try await save()
        try await browser.follow("System Permissions")
        try await browser.click("input[value=ApiEnabled]")
        try await browser.click("input[value=ModifyMetadata]")
        try await save()
        try await browser.follow("Manage Assignments")
        try await browser.follow("Add Assignment")
        try await browser.click("label.tick:nth-of-type(2) input")
        try await browser.press("Next")
        #expect(try await browser.shows(ManagedOrg.integrationUser, in: "main ul"))
        try await save("Assign")
    }

    /// Selects *Admin approved users are pre-authorized* in the form of the policies, and confirms its warning.
    func preauthorize() async throws {
        try await browser.click("#permittedUsers option[value=adminApprovedPreAuthorized]")
        try await browser.press("Save")
        try await save("OK")
    }

    func manageConnectedApp() async throws {
        try await quickFind("Connected Apps", "Manage Connected Apps")
        try await browser.follow("aprity")
    }

    func externalClientApp() async throws {
        try await quickFind("External Client", "External Client App Manager")
        try await browser.follow("aprity")
    }

    /// Checks that Login History has more than five rows, and that none of these pages scrolls sideways at a width of
    /// 400 pixels. Saves screenshots on request.
    func checkLoginHistoryAndNarrowPages() async throws {
        try await quickFind("Login History", "Login History")
        #expect(try await browser.count("tbody tr") > 5)
        try await saveScreenshot("login-history")
        try await browser.show(width: 400)
        var pages = [String]()
        for entry in ["App Manager", "Users", "Login History", "Permission Sets", "Profiles", "Home"] {
            try await quickFind(entry, entry)
            pages.append(try await browser.url)
            #expect(!(try await browser.scrollsSideways), "\(entry)")
        }
        #expect(Set(pages).count == 6)
        try await quickFind("App Manager", "App Manager")
        try await rowAction("Edit")
        #expect(!(try await browser.scrollsSideways))
        try await saveScreenshot("edit-400")
        try await browser.show(width: 1100)
        try await quickFind("App Manager", "App Manager")
        try await saveScreenshot("app-manager")
        try await rowAction("Manage")
        try await saveScreenshot("manage")
        try await quickFind("App Manager", "App Manager")
        try await rowAction("View")
        try await saveScreenshot("view")
    }

    /// Saves a screenshot for inspection.
    private func saveScreenshot(_ name: String) async throws { try await browser.saveScreenshot("setup-\(name)") }
}
