internal import ConnectedAppTesting
internal import Foundation
internal import Testing

/// Each of these mistakes is repaired in Setup with aprity's output only.
@Suite struct RepairTests {
    /// A mistake in the app, as a Save in Setup would cause it.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The value of `--app-kind`.
        let kindOption: String
        let app: [String: any Sendable]

        init(_ description: String, _ kindOption: String, _ app: [String: any Sendable]) {
            testDescription = "\(kindOption): \(description)"
            self.kindOption = kindOption
            self.app = app
        }
    }

    private static let foreign = "FOREIGN"

    static let mistakes =
        ["external-client-app", "connected-app"].flatMap { option in
            [
                Mistake("another certificate", option, ["certificatePEM": foreign]),
                Mistake("every user may self-authorize", option, ["permittedUsers": "allSelfAuthorized"]),
                Mistake("the permission set is not on the app", option, ["permissionSets": ["Aprity_Admin"]]),
                Mistake("refresh_token is missing", option, ["scopes": ["Api"]]),
                Mistake("a scope too many", option, ["scopes": ["Api", "RefreshToken", "Full"]]),
                Mistake("blocked", option, ["blocked": true]),
            ]
        } + [Mistake("disabled", "external-client-app", ["enabled": false])]

    @Test(
        "The steps in the test's output repair the app at the first attempt",
        arguments: TestExtent.cases(mistakes, sample: [0, 2, 5, 8, 10, 12]))
    func repaired(_ mistake: Mistake) async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            let kind = mistake.kindOption == "connected-app" ? "connectedApp" : "externalClientApp"
            try await connect(aprity, org, mistake.kindOption, kind)
            #expect(try await aprity.run("test", "bikes").status == 0)
            var app = mistake.app
            if app["certificatePEM"] as? String == Self.foreign {
                try await ForeignProgram(in: aprity.home).makeKeyPair("foreign")
                app["certificatePEM"] = try String(contentsOfFile: aprity.path("foreign.crt"), encoding: .utf8)
            }
            app["kind"] = kind
            try await org.saveApp(app)
            let view = try await aprity.run("test", "bikes", "--json").json()
            let cause = try #require(view["cause"] as? [String: Any])
            let clicks = try #require(cause["clicks"] as? [String])
            try await Browser.run(home: aprity.home) { browser in
                let reader = ClickReader(
                    walk: SetupWalk(browser: browser, org: org), certificate: aprity.path("bikes.crt"))
                let saves = try await reader.carryOut(clicks)
                #expect(saves >= 1, "\(cause["code"] ?? "")")
            }
            let after = try await aprity.run("test", "bikes", "--json")
            #expect(after.status == 0, "\(cause["code"] ?? ""): \(clicks)")
        }
    }

    /// Creates a connection with a correct app of this kind: `kindOption` on the command line, `kind` in the org's state.
    private func connect(
        _ aprity: AprityProcess, _ org: ManagedOrg, _ kindOption: String, _ kind: String
    ) async throws {
        try await aprity.succeed(["init"])
        let audience = kindOption == "connected-app" ? ["--audience", "https://login.salesforce.com"] : []
        try await aprity.succeed(
            [
                "connection", "add", "bikes", "--login-host", org.url, "--username", ManagedOrg.integrationUser,
                "--app-kind", kindOption,
            ] + audience)
        try await aprity.succeed(["certificate", "download", "bikes", "--out", "bikes.crt"])
        let key = "3MVG9appOfTheRepairTests.0001"
        try await org.saveApp([
            "kind": kind, "label": "aprity", "consumerKey": key,
            "certificatePEM": try String(contentsOfFile: aprity.path("bikes.crt"), encoding: .utf8),
            "scopes": ["Api", "RefreshToken"], "permittedUsers": "adminApprovedPreAuthorized",
            "permissionSets": ["Aprity_Integration"],
        ])
        try await aprity.succeed(["connection", "set", "bikes", "--consumer-key", key])
    }
}
