internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("Forms")
struct FormTests {
    @Test("A form without the session's token is refused and changes nothing", arguments: Wire.allCases)
    func formToken(_ wire: Wire) async throws {
        try await SettingsClient.run(wire) { client in
            try await client.addConnection(consumerKey: nil)
            try await client.signIn()
            let good = try await client.formToken()
            for token in [nil, "", "guess", String(good.dropLast())] {
                var fields = ["consumerKey": "3MVG9forged", "revision": "1"]
                fields["formToken"] = token
                let reply = try await client.post("/connections/acme/consumer-key", fields)
                #expect(reply.status == 403)
            }
            let view = try await client.world.service.connections.named(
                "acme", as: Principal(.commandLine, name: "tester"))
            #expect(view.consumerKey == nil)
        }
    }

    @Test("The token of one session is not valid in another")
    func tokenOfAnotherSession() async throws {
        try await SettingsClient.run { client in
            try await client.signIn()
            let first = try await client.formToken()
            client.cookie = nil
            try await client.signIn()
            #expect(try await client.formToken() != first)
            #expect(try await client.post("/sign-out", ["formToken": first]).status == 403)
        }
    }

    @Test("A form from another origin is rejected even with the right token")
    func origin() async throws {
        try await SettingsClient.run { client in
            try await client.signIn()
            let token = try await client.formToken()
            let foreign: [HTTPFields] = [
                [.origin: "http://evil.example"], [.origin: "http://127.0.0.1:1"], [.origin: "https://127.0.0.1:7411"],
                [.secFetchSite: "cross-site"], [.secFetchSite: "same-site"],
                [.origin: "null", .secFetchSite: "cross-site"],
            ]
            for headers in foreign {
                #expect(try await client.post("/sign-out", ["formToken": token], headers: headers).status == 403)
            }
            let own: HTTPFields = [.origin: "null", .secFetchSite: "same-origin"]
            #expect(try await client.post("/sign-out", ["formToken": token], headers: own).status == 303)
        }
    }

    @Test("The sign-in form is rejected from another origin")
    func foreignSignIn() async throws {
        try await SettingsClient.run { client in
            let reply = try await client.post(
                "/sign-in", ["startToken": client.tokenText], headers: [.origin: "http://evil.example"])
            #expect(reply.status == 403)
            #expect(reply.headers[.setCookie] == nil)
        }
    }

    @Test(
        "Without the browser's word for the site, the sign-in form must name this server as its origin",
        arguments: [
            (nil, nil, 403), ("null", nil, 403), ("http://evil.example", nil, 403),
            (nil, "http://evil.example/http://127.0.0.1:7411/", 403), (nil, "http://127.0.0.1:74110/", 403),
            ("http://127.0.0.1:7411", nil, 303), (nil, "http://127.0.0.1:7411/sign-in?to=%2Faudit", 303),
            ("null", "http://127.0.0.1:7411/sign-in", 303),
        ] as [(String?, String?, Int)])
    func signInWithoutSite(_ origin: String?, _ referrer: String?, _ status: Int) async throws {
        try await SettingsClient.run { client in
            #expect(try await client.get("/sign-in").headers[.referrerPolicy] == "same-origin")
            var headers: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
            headers[.origin] = origin
            headers[.referer] = referrer
            let reply = try await client.send(
                .post, "/sign-in", headers: headers, body: "startToken=\(client.tokenText)")
            #expect(reply.status == status)
            #expect((client.cookie != nil) == (status == 303))
        }
    }

    @Test("A body that is not a form or is too large is rejected")
    func bodies() async throws {
        try await SettingsClient.run { client in
            let json: HTTPFields = [.contentType: "application/json"]
            let other = try await client.post("/sign-in", ["startToken": "x"], headers: json)
            #expect(other.status == 415)
            let long = String(repeating: "a", count: FormFields.limit)
            #expect(try await client.post("/sign-in", ["startToken": long]).status == 413)
        }
    }

    @Test("A Consumer Key is stored, and the page says so", arguments: Wire.allCases)
    func consumerKey(_ wire: Wire) async throws {
        try await SettingsClient.run(wire) { client in
            try await client.addConnection(consumerKey: nil)
            try await client.signIn()
            let reply = try await client.post(
                "/connections/acme/consumer-key",
                ["formToken": try await client.formToken(), "consumerKey": " 3MVG9aKey.of_the.app ", "revision": "1"])
            #expect(reply.status == 303)
            let location = try #require(reply.headers[.location])
            let page = try await client.get(location).text
            #expect(page.contains("3MVG9aKey.of_the.app"))
            #expect(page.contains("The Consumer Key is set."))
        }
    }

    @Test("A likely Consumer Secret is rejected, and is neither in the response nor in the audit record")
    func consumerSecret() async throws {
        let secret = "5E1B0C7A9D3F2468ACE013579BDF5E1B0C7A9D3F2468ACE013579BDF5E1B0C7A"
        try await SettingsClient.run { client in
            try await client.addConnection(consumerKey: nil)
            try await client.signIn()
            let fields = ["formToken": try await client.formToken(), "consumerKey": secret, "revision": "1"]
            let reply = try await client.post("/connections/acme/consumer-key", fields)
            #expect(reply.status == 422)
            #expect(reply.text.contains("Consumer Secret, not the Consumer Key"))
            #expect(reply.text.contains("consumerSecretGiven"))
            #expect(!reply.text.contains(secret))
            let events = try await client.world.store.events(limit: 100)
            #expect(!String(describing: events).contains(secret))
            #expect(!events.contains { $0.act == .connectionChanged })
            let patch = try await client.api(
                .patch, "/connections/acme", headers: [.ifMatch: "*"], json: "{\"consumerKey\":\"\(secret)\"}")
            #expect(patch.status == 422)
            #expect(!patch.text.contains(secret))
        }
    }

    @Test("A form for an older revision is rejected, and the page shows the present state")
    func conflict() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection(consumerKey: nil)
            try await client.signIn()
            let token = try await client.formToken()
            var changes = ConnectionChanges()
            changes.username = "somebody.else@acme.example"
            _ = try await client.world.service.connections.change(
                "acme", changes, as: Principal(.commandLine, name: "tester"))
            let fields = ["formToken": token, "consumerKey": "3MVG9aKey.of_the.app", "revision": "1"]
            let reply = try await client.post("/connections/acme/consumer-key", fields)
            #expect(reply.status == 409)
            #expect(reply.text.contains("Somebody else changed the record in the meantime"))
            #expect(reply.text.contains("somebody.else@acme.example"))
            #expect(reply.text.contains("name=\"revision\" value=\"2\""))
            #expect(!reply.text.contains("3MVG9aKey.of_the.app"))
        }
    }

    @Test("A form without a revision is a conflict and writes nothing")
    func noRevision() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection(consumerKey: nil)
            try await client.signIn()
            let fields = ["formToken": try await client.formToken(), "consumerKey": "3MVG9aKey.of_the.app"]
            #expect(try await client.post("/connections/acme/consumer-key", fields).status == 409)
        }
    }
}
