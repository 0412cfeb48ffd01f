import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp
@testable import ConnectedAppServer

/// The page with the clients of a connection.
@Suite("The clients' page") struct ClientPageTests {
    private static let path = "/connections/acme/clients"
    private static let me = Principal(.commandLine, name: "tester")

    @Test("It shows a new handle once, lists the client on the connection's page, and revokes it")
    func page() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            try await client.signIn()
            let fields = [
                "act": "add", "name": "docs", "days": "30", "types": "Layout, CustomObject", "callsPerHour": "500",
                "addresses": "192.0.2.0/24",
            ]
            let added = try await client.post(
                Self.path, fields.merging(["formToken": try await client.formToken()]) { own, _ in own })
            #expect(added.status == 200)
            let handle = try #require(
                added.text.firstMatch(of: /00D[A-Za-z0-9]{12}!aprity_[0-9a-f]{16}\.[0-9a-f]{64}/)
            ).output
            let page = try await client.get(Self.path).text
            #expect(page.contains("types: Layout, CustomObject"))
            #expect(page.contains("from 192.0.2.0/24"))
            #expect(!page.contains(handle))
            #expect(try await client.get("/connections/acme").text.contains("1 client reads metadata"))
            let revoked = try await client.post(
                Self.path, ["formToken": try await client.formToken(), "act": "revoke", "name": "docs"])
            #expect(revoked.status == 303)
            #expect(try await client.get("/connections/acme").text.contains("No other tool reads metadata"))
        }
    }

    @Test(
        "A client that is malformed is not added, and the form keeps what was entered",
        arguments: [
            (["days": "367"], "Enter a number from 1 to 366."),
            (["types": "no-type"], "not the name of a metadata type"),
            (["objects": "Account"], "Clients can query only objects"), (["callsPerDay": "0"], "Enter a number from 1"),
            (["addresses": "everywhere"], "not an IP address"),
        ])
    func malformed(_ wrong: [String: String], _ words: String) async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            try await client.signIn()
            let fields = ["formToken": try await client.formToken(), "act": "add", "name": "docs", "days": "30"]
            let reply = try await client.post(Self.path, fields.merging(wrong) { _, own in own })
            #expect(reply.status == 400)
            #expect(reply.text.contains(words))
            #expect(reply.text.contains("value=\"docs\""))
            #expect(!(try await client.get(Self.path).text.contains("Revoke docs")))
        }
    }

    @Test("Whether programs may get tokens is chosen in the settings, and evidence about sign-ins stays")
    func tokens() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            try await client.signIn()
            let before = try await client.world.service.connections.named("acme", as: Self.me)
            for (choice, allows) in [("forbidden", false), ("allowed", true)] {
                let view = try await client.world.service.connections.named("acme", as: Self.me)
                let saved = try await client.post(
                    "/connections/acme/settings",
                    [
                        "formToken": try await client.formToken(), "act": "save", "revision": String(view.revision),
                        "tokens": choice,
                    ])
                #expect(saved.status == 303)
                let after = try await client.world.service.connections.named("acme", as: Self.me)
                #expect(after.allowsTokens == allows)
                #expect(after.state == before.state)
            }
        }
    }
}
