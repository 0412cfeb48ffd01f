internal import Foundation
internal import Testing

/// The guide's instructions, performed in the simulator's Setup pages with a browser.
///
/// The token endpoint's answer decides whether a step worked, never a page.
@Suite("The guide in Setup")
struct SetupWalkTests {
    private static let mustApprove = "invalid_grant / user hasn't approved this consumer"
    private static let notAssigned = "invalid_app_access / user is not admin approved to access this app"
    private static let scopeMissing =
        "invalid_request / refresh_token scope is required and the connected app should be installed and preauthorized"
    private static let blocked = "OAUTH_APP_BLOCKED / this app is blocked by admin"
    private static let wrongKey = "invalid_client / invalid client credentials"

    private func walking(
        _ kind: SetupJudge.Kind, _ body: (SetupWalk, SetupJudge, AprityProcess) async throws -> Void
    ) async throws {
        let aprity = try AprityProcess()
        try await aprity.serving(["simulator", "--port", "0", "--management-port", "0"]) { ready in
            let org = ManagedOrg(url: ready.url, management: try #require(ready.managementURL))
            try await org.save([
                "orgs": [["name": "Harbour Bikes", "allowConnectedAppCreation": true] as [String: any Sendable]]
                    as [any Sendable]
            ])
            let judge = SetupJudge(org: org, kind: kind, home: aprity.home)
            try await Browser.run(home: aprity.home) { browser in
                try await browser.show(width: 1100)
                let walk = SetupWalk(browser: browser, org: org)
                try await body(walk, judge, aprity)
                let complaints = try await browser.complaints
                #expect(complaints == [])
            }
        }
    }

    @Test("A Connected App: create, locate the key, authorize, repair a scope, replace the certificate, block")
    func connectedApp() async throws {
        try await walking(.connectedApp) { walk, judge, aprity in
            let browser = walk.browser
            // Create the app, with certificate and scopes.
            try await walk.quickFind("App Manager", "App Manager")
            try await browser.follow("New Connected App")
            try await walk.fillIn(certificate: try await judge.makeKey("first"))
            try await walk.save()
            try await browser.follow("Continue")

            // Locate the Consumer Key.
            try await walk.quickFind("App Manager", "App Manager")
            try await walk.rowAction("View")
            try await browser.press("Manage Consumer Details")
            let key = try await walk.consumerKey()
            #expect(try await judge.verdict(key, key: "first") == Self.mustApprove)
            try await expectRefusedSecret(walk, aprity)

            // Authorize with a permission set.
            try await walk.makePermissionSet()
            try await walk.manageConnectedApp()
            try await browser.follow("Edit Policies")
            try await walk.preauthorize()
            #expect(try await judge.verdict(key, key: "first") == Self.notAssigned)
            try await walk.manageConnectedApp()
            try await browser.follow("Manage Permission Sets")
            try await browser.click("input[value=Aprity_Reader]")
            try await walk.save()
            #expect(try await judge.verdict(key, key: "first") == "token")

            // Remove a scope, and repair it.
            for expected in [Self.scopeMissing, "token"] {
                try await walk.quickFind("App Manager", "App Manager")
                try await walk.rowAction("Edit")
                try await browser.click("input[value=RefreshToken]")
                try await walk.save()
                #expect(try await browser.text("main [role=status]").contains("2-10 minutes"))
                try await browser.follow("Continue")
                #expect(try await judge.verdict(key, key: "first") == expected)
            }

            // Replace the certificate.
            let certificate = try await judge.makeKey("second")
            try await walk.quickFind("App Manager", "App Manager")
            try await walk.rowAction("Edit")
            try await browser.type(certificate, into: "#certificate")
            try await walk.save()
            #expect(try await judge.verdict(key, key: "first") == Self.wrongKey)
            #expect(try await judge.verdict(key, key: "second") == "token")

            // Block and unblock, in both places.
            for (button, expected) in [("Block", Self.blocked), ("Unblock", "token")] {
                try await walk.manageConnectedApp()
                try await walk.save(button)
                #expect(try await judge.verdict(key, key: "second") == expected)
            }
            for (button, expected) in [("Block", Self.blocked), ("Unblock", "token")] {
                try await walk.quickFind("Connected Apps", "Connected Apps OAuth Usage")
                try await walk.save(button)
                #expect(try await judge.verdict(key, key: "second") == expected)
            }
            try await walk.checkLoginHistoryAndNarrowPages()
        }
    }

    @Test("An External Client App: create, locate the key, authorize, repair a scope, replace the certificate, block")
    func externalClientApp() async throws {
        try await walking(.externalClientApp) { walk, judge, aprity in
            let browser = walk.browser
            try await walk.quickFind("External Client", "External Client App Manager")
            try await browser.follow("New External Client App")
            try await walk.fillIn(certificate: try await judge.makeKey("first"))
            try await walk.save("Create")

            try await walk.externalClientApp()
            try await browser.follow("Settings")
            try await browser.pressOpeningTab("Consumer Key and Secret")
            let key = try await walk.consumerKey()
            #expect(try await judge.verdict(key, key: "first") == Self.mustApprove)
            try await expectRefusedSecret(walk, aprity)

            try await walk.makePermissionSet()
            try await walk.externalClientApp()
            try await browser.follow("Edit")
            try await walk.preauthorize()
            #expect(try await judge.verdict(key, key: "first") == Self.notAssigned)
            try await walk.externalClientApp()
            try await browser.follow("Edit")
            try await browser.click("input[value=Aprity_Reader]")
            try await walk.save()
            #expect(try await judge.verdict(key, key: "first") == "token")

            for expected in [Self.scopeMissing, "token"] {
                try await walk.quickFind("External Client", "External Client App Manager")
                try await walk.rowAction("Edit Settings")
                try await browser.click("input[value=RefreshToken]")
                try await walk.save()
                #expect(try await browser.text("main [role=status]").contains("2-10 minutes"))
                #expect(try await judge.verdict(key, key: "first") == expected)
            }

            let certificate = try await judge.makeKey("second")
            try await walk.quickFind("External Client", "External Client App Manager")
            try await walk.rowAction("Edit Settings")
            try await browser.type(certificate, into: "#certificate")
            try await walk.save()
            #expect(try await judge.verdict(key, key: "first") == Self.wrongKey)
            #expect(try await judge.verdict(key, key: "second") == "token")

            for (button, expected) in [("Block", Self.blocked), ("Unblock", "token")] {
                try await walk.quickFind("External Client Apps", "OAuth Usage")
                try await walk.save(button)
                #expect(try await judge.verdict(key, key: "second") == expected)
            }
            // The other way to stop it: off in its policies, then on.
            for expected in ["app_not_found / External client app is not installed in this org", "token"] {
                try await walk.externalClientApp()
                try await browser.follow("Edit")
                try await browser.click("input[name=enabled]")
                try await walk.save()
                #expect(try await judge.verdict(key, key: "second") == expected)
            }
            try await walk.checkLoginHistoryAndNarrowPages()
        }
    }

    /// The page shows the Consumer Secret next to the key; aprity rejects the secret.
    private func expectRefusedSecret(_ walk: SetupWalk, _ aprity: AprityProcess) async throws {
        let secret = try await walk.browser.text("#consumer-secret")
        try await aprity.succeed(["init"])
        try await aprity.succeed([
            "connection", "add", "--allow-tokens", "walk", "--login-host", walk.org.url, "--username",
            ManagedOrg.integrationUser,
        ])
        let outcome = try await aprity.run(["connection", "set", "walk", "--consumer-key", secret])
        let namesCause = outcome.stderr.contains("Consumer Secret")
        let quotesIt = (outcome.stdout + outcome.stderr).contains(secret)
        #expect(outcome.status != 0)
        #expect(namesCause)
        #expect(!quotesIt)
    }
}
