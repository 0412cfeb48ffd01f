internal import Foundation
internal import Testing

/// `aprity test` against the embedded org: each mistake of an administrator gets its cause.
@Suite struct ConnectionTestTests {
    /// A mistake in the app, and the cause that the test names for it.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let app: [String: any Sendable]
        let cause: String
    }

    static let mistakes = [
        Mistake(
            testDescription: "refresh_token scope missing", app: ["scopes": ["Api"]], cause: "refreshTokenScopeMissing"),
        Mistake(
            testDescription: "an extra scope", app: ["scopes": ["Api", "RefreshToken", "Web"]], cause: "scopesDiffer"),
        Mistake(
            testDescription: "permission set not on the app", app: ["permissionSets": [String]()],
            cause: "userNotAdminApproved"),
        Mistake(
            testDescription: "self-authorize without an approval", app: ["permittedUsers": "allSelfAuthorized"],
            cause: "userNotApproved"),
        Mistake(testDescription: "the app blocked in the org", app: ["blocked": true], cause: "appBlockedInOrg"),
    ]

    @Test("A mistake in the org is named, with the org's message and aprity's interpretation", arguments: mistakes)
    func mistake(_ mistake: Mistake) async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            try await org.saveApp(mistake.app)
            let result = try await aprity.run("test", "bikes", "--json")
            #expect(result.status != 0)
            let cause = try result.json()["cause"] as? [String: Any]
            #expect(cause?["code"] as? String == mistake.cause)
            #expect((cause?["remedy"] as? String)?.isEmpty == false)
        }
    }

    @Test("A working connection passes every step, uses one sign-in, and is pinned to the org")
    func works() async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            let result = try await aprity.run("test", "bikes", "--json")
            #expect(result.status == 0, "\(result.stderr)")
            let view = try result.json()
            let steps = view["steps"] as? [[String: Any]] ?? []
            #expect(steps.count == 22)
            #expect(steps.allSatisfy { $0["outcome"] as? String == "passes" })
            #expect(view["signInsUsed"] as? Int == 1)
            #expect(view["cause"] is NSNull)
            let shown = try await aprity.run("connection", "show", "bikes", "--json").json()
            #expect((shown["organizationID"] as? String)?.hasPrefix("00D") == true)
            let signIns = try await org.history().filter { $0["verdict"] as? String == "signIn" }
            #expect(signIns.count == 1)
        }
    }

    @Test("Another org at the same host is rejected before its token is used, until its id is accepted")
    func sandboxRefresh() async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            try await aprity.succeed(["test", "bikes"])
            let former =
                try await aprity.run("connection", "show", "bikes", "--json").json()["organizationID"] as? String
            let other = former == "00D000000000001EAA" ? "00D000000000002EAA" : "00D000000000001EAA"
            try await org.changeOrganizationID(to: other)
            let result = try await aprity.run("test", "bikes", "--json")
            #expect((try result.json()["cause"] as? [String: Any])?["code"] as? String == "organizationChanged")
            let bearers = try await org.history().suffix(2).filter {
                ($0["path"] as? String)?.contains("limits") == true
            }
            #expect(bearers.isEmpty)
            try await aprity.succeed(["connection", "set", "bikes", "--accept-org-id", other])
            #expect(try await aprity.run("test", "bikes").status == 0)
        }
    }

    @Test("An unreachable host uses no sign-in, and the message says what to check")
    func unreachable() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        try await aprity.succeed([
            "connection", "add", "gone", "--login-host", "http://127.0.0.1:9", "--username", "i@acme.example",
            "--consumer-key",
            "3MVG9abcdefgh",
        ])
        let result = try await aprity.run("test", "gone", "--json")
        #expect(result.status == 69)
        #expect(try result.json()["signInsUsed"] as? Int == 0)
        #expect((try result.json()["cause"] as? [String: Any])?["code"] as? String == "connectionRefused")
    }

    @Test("Control characters in the org's text are shown, not executed by the terminal")
    func hostileText() async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            let description = #"\u001b[2Jgone \u202eevil\udb40\udc41"#
            let words = #"{"error":"invalid_grant","error_description":"\#(description)"}"#
            try await org.save([
                "faults": [
                    [
                        "path": "/services/oauth2/token", "status": 400, "contentType": "application/json",
                        "body": words, "count": 20,
                    ]
                        as [String: any Sendable]
                ] as [any Sendable]
            ])
            let plain = try await aprity.run("test", "bikes")
            #expect(!plain.stderr.unicodeScalars.contains("\u{1b}"))
            #expect(plain.stderr.contains("\\u{1b}[2Jgone \\u{202e}evil\\u{e0041}"))
            let json = try await aprity.run("test", "bikes", "--json")
            #expect(!json.stdout.unicodeScalars.contains("\u{202e}"))
            #expect(json.stdout.contains(#"\u202eevil\udb40\udc41"#))
            #expect((try json.json()["cause"] as? [String: Any])?["code"] as? String == "refusalUnknown")
        }
    }
}
