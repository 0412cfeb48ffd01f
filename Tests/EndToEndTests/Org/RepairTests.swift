internal import Foundation
internal import Testing

/// Each mistake in the admin guide's table is repaired in Setup with aprity's output only.
@Suite struct RepairTests {
    /// A mistake in the app, as a Save in Setup would cause it.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let kind: String
        let app: [String: any Sendable]

        init(_ description: String, _ kind: String, _ app: [String: any Sendable]) {
            testDescription = "\(kind): \(description)"
            self.kind = kind
            self.app = app
        }
    }

    private static let foreign = "FOREIGN"

    static let mistakes =
        ["external-client-app", "connected-app"].flatMap { kind in
            [
                Mistake("another certificate", kind, ["certificatePEM": foreign]),
                Mistake("every user may self-authorize", kind, ["permittedUsers": "allSelfAuthorized"]),
                Mistake("the permission set is not on the app", kind, ["permissionSets": ["Aprity_Admin"]]),
                Mistake("refresh_token is missing", kind, ["scopes": ["Api"]]),
                Mistake("a scope too many", kind, ["scopes": ["Api", "RefreshToken", "Full"]]),
                Mistake("blocked", kind, ["blocked": true]),
            ]
        } + [Mistake("disabled", "external-client-app", ["enabled": false])]

    @Test("The steps in the test's output repair the app at the first attempt", arguments: mistakes)
    func repaired(_ mistake: Mistake) async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            let kind = mistake.kind == "connected-app" ? "connectedApp" : "externalClientApp"
            try await connect(aprity, org, mistake.kind, kind)
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

    /// Creates a connection with a correct app of this kind.
    private func connect(_ aprity: AprityProcess, _ org: ManagedOrg, _ option: String, _ kind: String) async throws {
        try await aprity.succeed(["init"])
        let audience = option == "connected-app" ? ["--audience", "https://login.salesforce.com"] : []
        try await aprity.succeed(
            [
                "connection", "add", "bikes", "--login-host", org.url, "--username", ManagedOrg.integrationUser,
                "--app-kind", option,
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
