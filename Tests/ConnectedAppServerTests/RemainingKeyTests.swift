internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("Keys that are not destroyed yet, on the page")
struct RemainingKeyTests {
    /// Saves that a key of a removed connection is to be destroyed.
    ///
    /// - Parameter isInToken: Whether it is in a PKCS#11 token, which is not configured here. Otherwise it is sealed.
    private func saveKey(of alias: String, isInToken: Bool, _ world: TestWorld) async throws {
        let purpose = KeyPurpose(appID: "app-of-" + alias, credentialID: "credential-of-" + alias)
        let token = KeyReference.pkcs11(
            TokenKeyReference(
                token: "aprity", label: "aprity", id: "01", publicKeySHA256: String(repeating: "0", count: 64),
                purpose: purpose))
        let sealed = KeyReference.sealed(SealedBytes(masterKeyID: "", wrappedDataKey: Data(), ciphertext: Data()))
        let credential = CredentialRecord(
            id: purpose.credentialID, appID: purpose.appID, state: .active, origin: .generated,
            certificateDER: Data(), key: isInToken ? token : sealed, createdAt: world.surroundings.now())
        let doomed = KeyToDestroy(credential, alias: alias, at: world.surroundings.now())
        try await world.records.write { writing in try writing.save(doomed) }
    }

    @Test("A key whose store fails is shown with its state, and the error of the next attempt")
    func failing() async throws {
        // The only key store, so that of the key is missing.
        let sealed = PreparedKeyStore(SealedKeyStore(ring: try .test(), surroundings: .test(TestTime())))
        try await SettingsClient.run(keys: KeyStores([.sealed: sealed], newKeysIn: .sealed)) { client in
            try await client.addConnection("present")
            try await saveKey(of: "gone", isInToken: true, client.world)
            try await client.signIn()
            let list = try await client.get("/connections").text
            #expect(list.contains("could not be destroyed yet: gone."))
            let page = try await client.get("/remaining-keys").text
            #expect(page.contains("<td data-label=\"Connection\">removed</td>"))
            #expect(page.contains("in a PKCS#11 token"))
            let reply = try await client.post("/remaining-keys", ["formToken": client.formToken()])
            #expect(reply.status == 500)
            #expect(reply.text.contains("configurationMalformed"))
            #expect(reply.text.contains("id=\"destroy-form\""))
        }
    }

    @Test("A key that can be destroyed now is destroyed, and the page says so")
    func destroyed() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection("present")
            try await saveKey(of: "present", isInToken: false, client.world)
            try await client.signIn()
            #expect(
                try await client.get("/remaining-keys").text.contains("<a href=\"/connections/present\">exists</a>"))
            let reply = try await client.post("/remaining-keys", ["formToken": client.formToken()])
            #expect(reply.status == 303)
            #expect(reply.headers[.location] == "/remaining-keys")
            #expect(try await client.get("/remaining-keys").text.contains("id=\"no-keys\""))
            #expect(try await !client.get("/connections").text.contains("id=\"remaining-keys\""))
            let event = try await client.world.store.events(limit: 1).first
            #expect(event?.act == .keyDestroyed)
            #expect(event?.principal.channel == .settingsPage)
        }
    }
}
