internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("Signing in with an account")
struct AccountTests {
    private let me = Principal(.commandLine, name: "tester")

    @Test(
        "A name and a password sign in, and the audit record names the account and the session",
        arguments: Wire.allCases)
    func signIn(_ wire: Wire) async throws {
        try await SettingsClient.run(wire) { client in
            try await client.addAccount("alice")
            let reply = try await client.signIn(as: " Alice ")
            #expect(reply.status == 303)
            #expect(reply.headers[.location] == "/connections")
            #expect(try await client.get("/connections").text.contains("<a href=\"/account\">alice</a>"))
            let event = try #require(
                try await client.world.store.events(limit: 5).first { $0.act == .settingsSignIn })
            #expect(event.principal.description.wholeMatch(of: /settingsPage:alice, session [0-9a-f]{8}/) != nil)
            #expect(event.outcome == "done")
        }
    }

    @Test("An unknown name and a wrong password have the same answer and the same cost")
    func noEnumeration() async throws {
        try await SettingsClient.run { client in
            try await client.addAccount("alice")
            let before = client.world.service.accounts.passwordChecks
            let wrong = try await client.signIn(as: "alice", password: "wrong horse battery")
            let afterWrong = client.world.service.accounts.passwordChecks
            let unknown = try await client.signIn(as: "mallory", password: "wrong horse battery")
            let afterUnknown = client.world.service.accounts.passwordChecks
            let malformed = try await client.signIn(as: "no/such name", password: "wrong horse battery")
            let afterMalformed = client.world.service.accounts.passwordChecks
            #expect(wrong.status == 403)
            #expect(wrong.text.contains("The name or the password is wrong."))
            #expect(unknown.status == wrong.status)
            #expect(unknown.text == wrong.text)
            #expect(malformed.text == wrong.text)
            #expect(unknown.headers == wrong.headers)
            #expect(afterWrong - before == 1)
            #expect(afterUnknown - afterWrong == 1)
            #expect(afterMalformed - afterUnknown == 1)
            #expect(!wrong.text.contains("wrong horse"))
        }
    }

    @Test("After ten wrong passwords, wrong ones are rate-limited, and the right one still signs in")
    func attemptsAreLimited() async throws {
        try await SettingsClient.run { client in
            try await client.addAccount("alice")
            for _ in 0..<10 {
                #expect(try await client.signIn(as: "alice", password: "wrong horse battery").status == 403)
            }
            #expect(try await client.signIn(as: "alice", password: "wrong horse battery").status == 429)
            #expect(try await client.signIn(as: "alice").status == 303)
            let refused = try await client.world.store.events(limit: 50).filter { $0.outcome == "refused" }
            #expect(refused.count == 10)
        }
    }

    @Test("The sign-in page asks for a password only if there is an account")
    func methods() async throws {
        try await SettingsClient.run { client in
            #expect(!(try await client.get("/sign-in").text.contains("name=\"password\"")))
            try await client.addAccount("alice")
            let page = try await client.get("/sign-in").text
            #expect(page.contains("name=\"password\""))
            #expect(page.contains("name=\"startToken\""))
        }
    }

    @Test("A sign-in ends the session that the browser had before")
    func rotation() async throws {
        try await SettingsClient.run { client in
            try await client.addAccount("alice")
            _ = try await client.signIn(as: "alice")
            let former = try #require(client.cookie)
            _ = try await client.signIn(as: "alice")
            let present = try #require(client.cookie)
            #expect(present != former)
            client.cookie = former
            #expect(try await client.get("/connections").status == 303)
            client.cookie = present
            #expect(try await client.get("/connections").status == 200)
        }
    }

    /// What ends a session from outside.
    enum Ending: CaseIterable, Sendable {
        case passwordSet, removed, addedAgain, signedOutEverywhere
    }

    @Test("A session ends at the next request after its account changed", arguments: Ending.allCases)
    func ending(_ ending: Ending) async throws {
        try await SettingsClient.run { client in
            try await client.addAccount("root")
            try await client.addAccount("alice")
            _ = try await client.signIn(as: "alice")
            #expect(try await client.get("/connections").status == 200)
            let accounts = client.world.service.accounts
            switch ending {
            case .passwordSet:
                try await accounts.setPassword(of: "alice", to: Password("another long password"), as: me)
            case .removed: try await accounts.remove("alice", as: me)
            case .addedAgain:
                try await accounts.remove("alice", as: me)
                try await client.addAccount("alice")
            case .signedOutEverywhere: try await accounts.endSessions(of: "alice", as: me)
            }
            let reply = try await client.get("/connections")
            #expect(reply.status == 303)
            #expect(reply.headers[.location] == "/sign-in")
        }
    }

    @Test("A new role applies to the next request of a session")
    func newRole() async throws {
        try await SettingsClient.run { client in
            try await client.addAccount("root")
            try await client.addAccount("alice")
            _ = try await client.signIn(as: "alice")
            #expect(try await client.get("/users").status == 200)
            try await client.world.service.accounts.setRole(of: "alice", to: .user, as: me)
            #expect(try await client.get("/users").status == 403)
            #expect(try await client.get("/connections").status == 200)
        }
    }

    @Test("Changing the own password needs the present one, and ends the other sessions only")
    func ownPassword() async throws {
        try await SettingsClient.run { client in
            try await client.addAccount("alice", .user)
            _ = try await client.signIn(as: "alice")
            let other = try #require(client.cookie)
            client.cookie = nil
            _ = try await client.signIn(as: "alice")
            func change(from present: String) async throws -> Reply {
                try await client.post(
                    "/account",
                    [
                        "formToken": try await client.formToken(on: "/account"), "act": "change-password",
                        "present": present, "password": "another long password", "repeated": "another long password",
                    ])
            }
            let wrong = try await change(from: "guess-7731")
            #expect(wrong.status == 403)
            #expect(wrong.text.contains("passwordWrong"))
            #expect(!wrong.text.contains("guess-7731"))
            let reply = try await change(from: SettingsClient.password)
            #expect(reply.headers[.location] == "/account?done=password")
            #expect(try await client.get("/account?done=password").text.contains("The password is changed."))
            client.cookie = other
            #expect(try await client.get("/connections").status == 303)
            #expect(try await client.signIn(as: "alice").status == 403)
            #expect(try await client.signIn(as: "alice", password: "another long password").status == 303)
        }
    }

    @Test("Two different entries of a new password change nothing")
    func repeatedPassword() async throws {
        try await SettingsClient.run { client in
            try await client.addAccount("alice")
            _ = try await client.signIn(as: "alice")
            let reply = try await client.post(
                "/account",
                [
                    "formToken": try await client.formToken(), "act": "change-password",
                    "present": SettingsClient.password, "password": "another long password", "repeated": "another",
                ])
            #expect(reply.status == 400)
            #expect(try await client.signIn(as: "alice").status == 303)
        }
    }

    @Test("The account's page lists its sessions, ends one, and signs out everywhere", arguments: [true, false])
    func ownSessions(withAccount: Bool) async throws {
        try await SettingsClient.run { client in
            if withAccount { try await client.addAccount("alice") }
            func signIn() async throws -> String {
                client.cookie = nil
                let reply = withAccount ? try await client.signIn(as: "alice") : try await client.signIn()
                #expect(reply.status == 303)
                return try #require(client.cookie)
            }
            let first = try await signIn()
            let second = try await signIn()
            let third = try await signIn()
            let page = try await client.get("/account").text
            let others = page.matches(of: /name="session" value="(session [0-9a-f]{8})"/).map { String($0.output.1) }
            #expect(others.count == 2)
            let ended = try await client.post(
                "/account",
                [
                    "formToken": try await client.formToken(), "act": "end-session",
                    "session": try #require(others.first),
                ])
            #expect(ended.status == 303)
            var alive = 0
            for cookie in [first, second, third] {
                client.cookie = cookie
                if try await client.get("/connections").status == 200 { alive += 1 }
            }
            #expect(alive == 2)
            client.cookie = third
            let out = try await client.post(
                "/account", ["formToken": try await client.formToken(), "act": "sign-out-everywhere"])
            #expect(out.headers[.location] == "/sign-in")
            for cookie in [first, second, third] {
                client.cookie = cookie
                #expect(try await client.get("/connections").status == 303)
            }
        }
    }

    @Test("Signing in often ends no session of another person")
    func sessionsOfOthers() throws {
        let time = TestTime()
        let sessions = Sessions(surroundings: .test(time))
        let own = sessions.start().id
        let name = AccountSession(name: try AccountName("bob"), accountID: "1", generation: 1)
        for _ in 0...Sessions.limit { _ = sessions.start(.account(name), role: .user) }
        #expect(sessions.find(own) != nil)
        #expect(sessions.all(of: .account(name)).count == Sessions.limit)
    }

    @Test("The start token's session asks for the first account, until there is one")
    func firstAccount() async throws {
        try await SettingsClient.run { client in
            try await client.signIn()
            #expect(try await client.get("/connections").text.contains("id=\"first-account\""))
            let reply = try await client.post(
                "/users",
                [
                    "formToken": try await client.formToken(), "act": "add", "name": "alice", "role": "admin",
                    "password": SettingsClient.password, "repeated": SettingsClient.password,
                ])
            #expect(reply.status == 303)
            #expect(!(try await client.get("/connections").text.contains("id=\"first-account\"")))
            client.cookie = nil
            #expect(try await client.signIn(as: "alice").status == 303)
        }
    }

    @Test("An admin sets roles and passwords, and removes accounts; the last admin stays")
    func users() async throws {
        try await SettingsClient.run { client in
            try await client.addAccount("root")
            try await client.addAccount("bob", .user)
            _ = try await client.signIn(as: "root")
            func act(_ act: String, _ fields: [String: String]) async throws -> Reply {
                let form = ["formToken": try await client.formToken(), "act": act].merging(fields) { $1 }
                return try await client.post("/users", form)
            }
            let demoted = try await act("set-role", ["name": "root", "role": "user"])
            #expect(demoted.status == 409)
            #expect(demoted.text.contains("lastAdmin"))
            #expect(try await act("remove", ["name": "root"]).status == 409)
            #expect(try await act("set-role", ["name": "bob", "role": "admin"]).status == 303)
            let weak = try await act("set-password", ["name": "bob", "password": "short", "repeated": "short"])
            #expect(weak.status == 422)
            #expect(weak.text.contains("passwordUnfit"))
            #expect(
                weak.text.contains(
                    "bob: The password is too short: it has 5 characters, and at least 12 are needed."))
            #expect(weak.text.contains("Use at least 12 characters and at most 256 bytes"))
            let added = try await act(
                "add",
                [
                    "name": "carol", "role": "user", "password": SettingsClient.password,
                    "repeated": SettingsClient.password,
                ])
            #expect(added.headers[.location] == "/users?done=add")
            let page = try await client.get("/users?done=add").text
            #expect(page.contains("id=\"done\">The account was added."))
            #expect(!(try await client.get("/users?done=nonsense").text.contains("id=\"done\"")))
            let taken = try await act(
                "add",
                [
                    "name": "carol", "role": "admin", "password": SettingsClient.password,
                    "repeated": SettingsClient.password,
                ])
            #expect(taken.status == 409)
            #expect(taken.text.contains("name=\"name\" type=\"text\" value=\"carol\""))
            #expect(try await act("remove", ["name": "bob"]).status == 303)
            #expect(try await act("remove", ["name": "bob"]).status == 404)
        }
    }
}

@Suite("API tokens at the server")
struct APITokenAccessTests {
    private let me = Principal(.commandLine, name: "tester")

    @Test("A token is accepted until it expires, by the server's clock", arguments: Wire.allCases)
    func expiry(_ wire: Wire) async throws {
        let time = TestTime()
        try await SettingsClient.run(wire, time: time) { client in
            let token = try await client.addToken("script", days: 1)
            time.advance(by: .seconds(86_399))
            #expect(try await client.send(.get, "/api/v1/connections", bearer: token).status == 200)
            time.advance(by: .seconds(1))
            let reply = try await client.send(.get, "/api/v1/connections", bearer: token)
            expectProblem(reply, 401, "signInRequired")
            #expect((reply.members["detail"] as? String)?.hasPrefix("The API token script expired at ") == true)
        }
    }

    @Test("A revoked token and a token with another secret are rejected, and count as wrong")
    func wrong() async throws {
        try await SettingsClient.run { client in
            let token = try await client.addToken("script")
            let forged = String(token.dropLast()) + (token.hasSuffix("A") ? "B" : "A")
            expectProblem(try await client.send(.get, "/api/v1/connections", bearer: forged), 401, "signInRequired")
            try await client.world.service.apiTokens.revoke("script", as: me)
            expectProblem(try await client.send(.get, "/api/v1/connections", bearer: token), 401, "signInRequired")
            let metrics = try await client.send(.get, "/metrics", bearer: client.tokenText).text
            #expect(metrics.contains("aprity_wrong_credentials_total{door=\"api\"} 2"))
        }
    }

    @Test("The audit record names the token that did something")
    func principal() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            let token = try await client.addToken("deploy", .everything)
            let reply = try await client.send(
                .put, "/api/v1/connections/acme/block",
                headers: [.authorization: "Bearer \(token)", .contentType: "application/json"],
                body: #"{"reason": "drill"}"#)
            #expect(reply.status == 200)
            let event = try #require(try await client.world.store.events(limit: 9).first { $0.act == .appBlocked })
            #expect(event.principal.description == "api:token deploy")
        }
    }

    @Test("The last use is written at most once a minute")
    func lastUse() async throws {
        let time = TestTime()
        try await SettingsClient.run(time: time) { client in
            let token = try await client.addToken("script")
            func lastUse() async throws -> Date? {
                try await client.world.service.apiTokens.all(as: me).shown.first?.lastUsedAt
            }
            #expect(try await lastUse() == nil)
            let start = time.now
            _ = try await client.send(.get, "/api/v1/connections", bearer: token)
            time.advance(by: .seconds(59))
            _ = try await client.send(.get, "/api/v1/connections", bearer: token)
            #expect(try await lastUse() == start)
            time.advance(by: .seconds(1))
            _ = try await client.send(.get, "/api/v1/connections", bearer: token)
            #expect(try await lastUse() == start + 60)
        }
    }

    @Test("The page shows a new token once, and revokes it")
    func page() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            try await client.signIn()
            let added = try await client.post(
                "/api-tokens",
                [
                    "formToken": try await client.formToken(), "act": "add", "name": "dashboard", "scope": "read",
                    "connections": "acme", "days": "30",
                ])
            #expect(added.status == 200)
            let token = try #require(added.text.firstMatch(of: /aprity_[0-9a-f]{16}_[A-Za-z0-9_\-]{43}/)).output
            #expect(try await client.send(.get, "/api/v1/connections/acme", bearer: String(token)).status == 200)
            let page = try await client.get("/api-tokens").text
            #expect(page.contains("dashboard"))
            #expect(!page.contains(token))
            let revoked = try await client.post(
                "/api-tokens", ["formToken": try await client.formToken(), "act": "revoke", "name": "dashboard"])
            #expect(revoked.status == 303)
            #expect(try await client.send(.get, "/api/v1/connections/acme", bearer: String(token)).status == 401)
        }
    }

    @Test(
        "A token for an unknown connection, or for too long, is not added",
        arguments: [("nobody", "30"), ("", "367"), ("", "0")])
    func refused(_ connections: String, _ days: String) async throws {
        try await SettingsClient.run { client in
            try await client.signIn()
            let reply = try await client.post(
                "/api-tokens",
                [
                    "formToken": try await client.formToken(), "act": "add", "name": "dashboard", "scope": "read",
                    "connections": connections, "days": days,
                ])
            #expect(reply.status == (connections.isEmpty ? 400 : 404))
            #expect(try await client.world.service.apiTokens.all(as: me).shown == [])
        }
    }

    @Test(
        "A start token that is off is accepted until something replaces it, and its session ends",
        arguments: [true, false])
    func startTokenOff(byAccount: Bool) async throws {
        try await SettingsClient.run(startTokenUse: .whileNotReplaced) { client in
            try await client.signIn()
            #expect(try await client.get("/connections").status == 200)
            #expect(try await client.api(.get, "/connections").status == 200)
            _ = try await client.addToken("reader", .read)
            try await client.addAccount("bob", .user)
            #expect(try await client.api(.get, "/connections").status == 200)
            if byAccount {
                try await client.addAccount("alice")
            } else {
                _ = try await client.addToken("deploy", .everything)
            }
            expectProblem(try await client.api(.get, "/connections"), 401, "signInRequired")
            #expect(try await client.send(.get, "/metrics", bearer: client.tokenText).status == 401)
            #expect(try await client.get("/connections").status == 303)
            #expect(try await client.post("/sign-in", ["startToken": client.tokenText]).status == 403)
            #expect(!(try await client.get("/sign-in").text.contains(client.token.path)))
        }
    }

    @Test("A start token that is on stays valid beside accounts and tokens")
    func startTokenOn() async throws {
        try await SettingsClient.run { client in
            try await client.addAccount("alice")
            _ = try await client.addToken("deploy", .everything)
            #expect(try await client.api(.get, "/connections").status == 200)
            try await client.signIn()
            #expect(try await client.get("/users").status == 200)
        }
    }
}
