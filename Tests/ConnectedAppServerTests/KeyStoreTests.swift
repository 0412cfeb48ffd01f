internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("Key stores on the page and in the API")
struct KeyStoreTests {
    /// Key stores with a second kind.
    private static func twoPlaces() throws -> KeyStores {
        let store = PreparedKeyStore(SealedKeyStore(ring: try .test(), surroundings: .test(TestTime())))
        return KeyStores([.sealed: store, .command: store], newKeysIn: .sealed)
    }

    @Test("The page shows the key's store, and asks for the next key's store only if there is a choice")
    func pages() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            try await client.signIn()
            #expect(
                try await client.get("/connections/acme").text.contains(
                    "The private key is sealed in aprity&#39;s store."))
            #expect(try await !client.get("/connections/acme/rotation").text.contains("id=\"key-store\""))
        }
        try await SettingsClient.run(keys: Self.twoPlaces()) { client in
            try await client.addConnection()
            try await client.signIn()
            let page = try await client.get("/connections/acme/rotation").text
            #expect(page.contains("<option value=\"sealed\" selected>"))
            #expect(page.contains("<option value=\"command\">with the signer command</option>"))
            #expect(!page.contains("value=\"pkcs11\""))
        }
    }

    @Test("The page and the API report a key store that is not configured, and no rotation begins")
    func notSetUp() async throws {
        try await SettingsClient.run(keys: Self.twoPlaces()) { client in
            try await client.addConnection()
            let refused = try await client.api(
                .post, "/connections/acme/rotation", json: "{\"keyStore\":\"pkcs11\"}")
            #expect(refused.status == 500)
            #expect(refused.members["code"] as? String == "configurationMalformed")
            let unknown = try await client.api(.post, "/connections/acme/rotation", json: "{\"keyStore\":\"cloud\"}")
            #expect(unknown.status == 400)
            let other = try await client.api(
                .post, "/connections",
                json: """
                    {"alias":"other","loginHost":"https://acme.my.salesforce.com","username":"i@acme.example",
                    "keyStore":"pkcs11"}
                    """)
            #expect(other.members["code"] as? String == "configurationMalformed")
            let begun = try await client.api(.get, "/connections/acme/rotation").members
            #expect(begun["state"] as? String == "steady")
            #expect(begun["keyStore"] as? String == "sealed")
            #expect(begun["otherKeyStore"] is NSNull)
        }
    }

    @Test("The form of a rotation selects the next key's store")
    func form() async throws {
        try await SettingsClient.run(keys: Self.twoPlaces()) { client in
            try await client.addConnection()
            try await client.signIn()
            let path = "/connections/acme/rotation"
            let formToken = try await client.formToken()
            let refused = try await client.post(path, ["formToken": formToken, "act": "begin", "keyStore": "pkcs11"])
            #expect(refused.text.contains("no module is set"))
            let begun = try await client.post(path, ["formToken": formToken, "act": "begin", "keyStore": "command"])
            #expect(begun.status == 303)
            let events = try await client.world.store.events(limit: 10)
            let event = events.first { $0.act == .rotationBegun }
            #expect(event?.facts["keyStore"] == "command")
        }
    }
}
