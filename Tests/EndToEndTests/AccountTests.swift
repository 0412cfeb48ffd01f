internal import Foundation
internal import Subprocess
internal import Testing

/// Accounts and API tokens with the built program, a browser and curl.
@Suite("Accounts and API tokens")
struct AccountTests {
    private static let password = "correct horse battery"

    /// Runs the body with a home that has a connection, the admin alice and the user bob, and with a running server.
    private func withServer(
        _ options: [String] = [], _ body: (AprityProcess, AprityProcess.Ready) async throws -> Void
    ) async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        try await aprity.succeed([
            "connection", "add", "acme", "--login-host", "https://acme.my.salesforce.com", "--username",
            "integration@acme.example",
        ])
        try await aprity.succeed(["user", "add", "alice", "--password-file", "-"], input: Self.password + "\n")
        try await aprity.succeed(["user", "add", "bob", "--password-file", "-"], input: Self.password + "\n")
        try await aprity.serving(["serve", "--port", "0"] + options) { try await body(aprity, $0) }
    }

    private func signIn(_ browser: Browser, _ ready: AprityProcess.Ready, as name: String) async throws {
        try await browser.open(ready.url)
        try await browser.type(name, into: "#account-name")
        try await browser.type(Self.password, into: "#account-password")
        try await browser.leave(by: "#password-form button")
    }

    /// Runs curl with a bearer token, which it reads from its standard input.
    ///
    /// - Returns: The status and the body.
    private func curl(_ url: String, token: String, _ options: [String] = []) async throws -> (
        status: String, body: String
    ) {
        let result = try await Subprocess.run(
            .name("curl"), arguments: Arguments(["-sS", "--header", "@-", "-w", "\n%{http_code}"] + options + [url]),
            input: .string("Authorization: Bearer " + token), output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 16))
        let lines = result.standardOutput.split(separator: "\n", omittingEmptySubsequences: false)
        return (String(lines.last ?? ""), lines.dropLast().joined(separator: "\n"))
    }

    @Test("The first account is an admin, the next one a user who sees everything and has no buttons")
    func roles() async throws {
        try await withServer { aprity, ready in
            let listed = try await aprity.run("user", "list", "--json").stdout
            let accounts = try #require(
                try JSONSerialization.jsonObject(with: Data(listed.utf8)) as? [[String: Any]])
            #expect(accounts.map { $0["role"] as? String } == ["admin", "user"])
            try await Browser.run(home: aprity.home) { browser in
                try await signIn(browser, ready, as: "bob")
                #expect(try await browser.shows("Connections", in: "h1"))
                try await browser.leave(by: "tbody th a")
                #expect(try await browser.shows("acme", in: "h1"))
                #expect(try await browser.count("main button") == 0)
                #expect(try await browser.count("header button") == 1)
                #expect(try await browser.count("a[href='/users']") == 0)
                #expect(
                    try await browser.shows(
                        "You have the role User: you can see these settings, but only an admin can change them.",
                        in: "#seen-only"))
                try await browser.press("Sign out")
                try await signIn(browser, ready, as: "alice")
                try await browser.leave(by: "tbody th a")
                #expect(try await browser.count("main button") > 2)
                #expect(try await browser.count("a[href='/users']") == 1)
            }
        }
    }

    @Test("A session ends when the command sets the account's password or removes the account")
    func ended() async throws {
        try await withServer { aprity, ready in
            try await Browser.run(home: aprity.home) { browser in
                try await signIn(browser, ready, as: "bob")
                #expect(try await browser.shows("Connections", in: "h1"))
                try await aprity.succeed(
                    ["user", "set-password", "bob", "--password-file", "-"], input: "another long password\n")
                try await browser.open(ready.url + "/connections")
                #expect(try await browser.shows("Sign in", in: "h1"))
            }
        }
    }

    @Test("curl uses a token to read, and gets 403 for a change and 401 after the revocation")
    func token() async throws {
        try await withServer { aprity, ready in
            let token = try await aprity.succeed(["api-token", "add", "dashboard", "--expires", "1d"])
                .trimmingCharacters(in: .newlines)
            let url = ready.url + "/api/v1/connections"
            let read = try await curl(url, token: token)
            #expect(read.status == "200")
            #expect(read.body.contains("\"acme\""))
            let change = try await curl(
                url + "/acme/block", token: token, ["-X", "PUT", "--json", "{\"reason\":\"drill\"}"])
            #expect(change.status == "403")
            #expect(change.body.contains("\"forbidden\""))
            try await aprity.succeed(["api-token", "revoke", "dashboard"])
            #expect(try await curl(url, token: token).status == "401")
        }
    }

    @Test("With --no-start-token and an admin, there is no start token")
    func noStartToken() async throws {
        try await withServer(["--no-start-token"]) { aprity, ready in
            #expect(ready.startTokenFile == nil)
            #expect(!FileManager.default.fileExists(atPath: aprity.home + "/data/aprity/start-token"))
            try await Browser.run(home: aprity.home) { browser in
                try await signIn(browser, ready, as: "alice")
                #expect(try await browser.shows("Connections", in: "h1"))
            }
        }
    }

    @Test("A password in a file that others can read, a weak one and a taken name are rejected")
    func refused() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        let weak = try await aprity.run(["user", "add", "alice", "--password-file", "-"], input: "short\n")
        #expect(weak.status == 65)
        #expect(weak.stderr.contains("The password is too short: it has 5 characters"))
        try Self.password.write(toFile: aprity.home + "/password", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: aprity.home + "/password")
        let exposed = try await aprity.run(["user", "add", "alice", "--password-file", aprity.home + "/password"])
        #expect(exposed.status == 65)
        #expect(!exposed.stderr.contains(Self.password))
        try await aprity.succeed(["user", "add", "alice", "--password-file", "-"], input: Self.password)
        let taken = try await aprity.run(["user", "add", "Alice", "--password-file", "-"], input: Self.password)
        #expect(taken.status == 64)
    }
}
