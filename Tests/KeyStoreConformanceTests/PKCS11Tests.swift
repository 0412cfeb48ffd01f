import CPKCS11
import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp
@testable import ConnectedAppPKCS11

/// Behaviour that only PKCS#11 tokens have: they do not export keys, can be removed, and can lock themselves.
@Suite("PKCS#11", .serialized)
struct PKCS11Tests {
    private static let purpose = KeyPurpose(appID: "app", credentialID: "credential")

    private static func place(_ reference: KeyReference) throws -> TokenKeyReference {
        guard case .pkcs11(let place) = reference else { throw ConnectedAppError(.internalError) }
        return place
    }

    @Test("Another tool can see and use the key, but cannot read the private key from the token")
    func notExtractable() async throws {
        let token = try await Token.made()
        let store = token.store()
        let reference = try await store.create(size: .bits2048, purpose: Self.purpose)
        let id = try Self.place(reference).id
        let access = ["--token-label", token.label, "--login", "--pin", SoftHSM.pin]
        let list = try await token.softHSM.tool(access + ["--list-objects", "--type", "privkey"]).text
        #expect(list.contains("sensitive, always sensitive, never extractable, local"))
        #expect(list.contains("Usage:      sign\n"))
        #expect(list.contains(id))
        #expect(list.contains("aprity credential"))
        let exponent = try Self.valueOfPrivateExponent(token, id)
        #expect(exponent == CKR_ATTRIBUTE_SENSITIVE)
    }

    /// The module's return value for reading the private exponent.
    private static func valueOfPrivateExponent(_ token: Token, _ id: String) throws -> CK_RV {
        try withFunctions { functions, slot in
            var session = CK_SESSION_HANDLE()
            #expect(
                functions.C_OpenSession(slot(token.label), CK_FLAGS(CKF_SERIAL_SESSION), nil, nil, &session) == CKR_OK)
            defer { _ = functions.C_CloseSession(session) }
            var kind = CKO_PRIVATE_KEY
            var handle = CK_OBJECT_HANDLE()
            var count: CK_ULONG = 0
            try withUnsafeMutableBytes(of: &kind) { bytes in
                var template = CK_ATTRIBUTE(
                    type: CKA_CLASS, pValue: bytes.baseAddress, ulValueLen: CK_ULONG(bytes.count))
                try #require(functions.C_FindObjectsInit(session, &template, 1) == CKR_OK)
            }
            _ = functions.C_FindObjects(session, &handle, 1, &count)
            _ = functions.C_FindObjectsFinal(session)
            try #require(count == 1)
            var buffer = [UInt8](repeating: 0, count: 1024)
            return buffer.withUnsafeMutableBytes { bytes in
                var attribute = CK_ATTRIBUTE(
                    type: CKA_PRIVATE_EXPONENT, pValue: bytes.baseAddress, ulValueLen: CK_ULONG(bytes.count))
                return functions.C_GetAttributeValue(session, handle, &attribute, 1)
            }
        }
    }

    /// Calls the module's functions directly, like other code in this process.
    private static func withFunctions<Value>(
        _ body: (CK_FUNCTION_LIST, (String) -> CK_SLOT_ID) throws -> Value
    ) throws -> Value {
        var reason: UnsafePointer<CChar>?
        let functions = try #require(cpkcs11_load(SoftHSM.modulePath, &reason)).pointee
        return try body(functions) { label in
            var count: CK_ULONG = 0
            _ = functions.C_GetSlotList(1, nil, &count)
            var slots = [CK_SLOT_ID](repeating: 0, count: Int(count))
            _ = functions.C_GetSlotList(1, &slots, &count)
            return slots.first { slot in
                var info = CK_TOKEN_INFO()
                _ = functions.C_GetTokenInfo(slot, &info)
                return withUnsafeBytes(of: info.label) { String(decoding: $0, as: UTF8.self) }.hasPrefix(label)
            } ?? 0
        }
    }

    @Test("A closed session, an ended login and a finalized module are reopened")
    func sessionLoss() async throws {
        let token = try await Token.made()
        let store = token.store()
        let reference = try await store.create(size: .bits2048, purpose: Self.purpose)
        let publicKey = try await store.publicKey(of: reference, purpose: Self.purpose)
        let losses: [(CK_FUNCTION_LIST, (String) -> CK_SLOT_ID) -> CK_RV] = [
            { functions, slot in functions.C_CloseAllSessions(slot(token.label)) },
            { functions, _ in functions.C_Finalize(nil) },
            { functions, slot in
                var session = CK_SESSION_HANDLE()
                _ = functions.C_OpenSession(slot(token.label), CK_FLAGS(CKF_SERIAL_SESSION), nil, nil, &session)
                defer { _ = functions.C_CloseSession(session) }
                return functions.C_Logout(session)
            },
        ]
        for loss in losses {
            #expect(try Self.withFunctions(loss) == CKR_OK)
            let signature = try await store.sign([1], with: reference, purpose: Self.purpose)
            #expect(publicKey.verifies(signature, over: [1]))
        }
        await store.close()
        #expect(try await store.sign([1], with: reference, purpose: Self.purpose).count == 256)
    }

    @Test("A removed token is reported, and works again when it is back")
    func removal() async throws {
        let token = try await Token.made()
        let store = token.store()
        let reference = try await store.create(size: .bits2048, purpose: Self.purpose)
        try await token.softHSM.withoutTokens {
            for _ in 0..<2 {
                let error = await thrownByAwaiting {
                    try await store.sign([1], with: reference, purpose: Self.purpose)
                }
                #expect(error?.cause == .keyStoreFailed)
                #expect(error?.subject == "token \(token.label)")
            }
            #expect(
                await thrownByAwaiting { try await store.destroy(reference, purpose: Self.purpose) }?.cause
                    == .keyStoreFailed)
            #expect(
                await thrownByAwaiting { try await store.create(size: .bits2048, purpose: Self.purpose) }?.cause
                    == .keyStoreFailed)
        }
        #expect(try await store.sign([1], with: reference, purpose: Self.purpose).count == 256)
    }

    @Test("A wrong PIN is reported and not tried again until the file changes")
    func wrongPIN() async throws {
        let token = try await Token.made()
        let reference = try await token.store().create(size: .bits2048, purpose: Self.purpose)
        await token.store().close()
        let wrong = try token.softHSM.pinFile("999999")
        let store = token.store(pinFile: wrong)
        let first = await thrownByAwaiting { try await store.sign([1], with: reference, purpose: Self.purpose) }
        #expect(first?.cause == .pinRefused)
        #expect(first?.evidence["returned"]?.hasPrefix("CKR_PIN_INCORRECT") == true)
        let second = await thrownByAwaiting { try await store.sign([1], with: reference, purpose: Self.purpose) }
        #expect(second?.cause == .pinRefused)
        // There is no evidence, because the token was not called.
        #expect(second?.evidence.isEmpty == true)
        for error in [first, second] { #expect(error?.debugDescription.contains("999999") == false) }
        try Data((SoftHSM.pin + "\n").utf8).write(to: URL(filePath: wrong))
        #expect(try await store.sign([1], with: reference, purpose: Self.purpose).count == 256)
    }

    @Test("A key whose process died before saving the reference is removed beside the saved key")
    func strays() async throws {
        let token = try await Token.made()
        let store = token.store()
        let stray = try await store.create(size: .bits2048, purpose: Self.purpose)
        let kept = try await store.create(size: .bits2048, purpose: Self.purpose)
        try await store.destroyStrays(beside: kept, purpose: Self.purpose)
        _ = try await store.sign([1], with: kept, purpose: Self.purpose)
        #expect(
            await thrownByAwaiting { try await store.sign([1], with: stray, purpose: Self.purpose) }?.cause
                == .keyUnavailable)
        // Nothing is removed if the named key is missing, because the other key could be the only one.
        #expect(
            await thrownByAwaiting { try await store.destroyStrays(beside: stray, purpose: Self.purpose) }?.cause
                == .keyUnavailable)
        _ = try await store.sign([1], with: kept, purpose: Self.purpose)
    }

    @Test("A PIN file that is readable by others, empty or missing is rejected")
    func pinFile() async throws {
        let token = try await Token.made()
        await token.store().close()
        let path = try token.softHSM.pinFile()
        let store = token.store(pinFile: path)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        let error = await thrownByAwaiting { try await store.create(size: .bits2048, purpose: Self.purpose) }
        #expect(error?.cause == .configurationMalformed)
        #expect(error?.subject == "APRITY_PKCS11_PIN_FILE")
        // The target of a link counts, and a systemd credential is readable by its group.
        let folder = (path as NSString).deletingLastPathComponent
        let link = folder + "/link-\(token.label)"
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: (path as NSString).lastPathComponent)
        #expect(thrown { try SecretFile(path: link, setting: "S").firstLine() }?.cause == .configurationMalformed)
        let credential = SecretFile(path: path, setting: "S", credentialsFolder: folder)
        #expect(try credential.firstLine() == Array(SoftHSM.pin.utf8))
        for other in ["/elsewhere", ""] {
            let file = SecretFile(path: path, setting: "S", credentialsFolder: other)
            #expect(thrown { try file.firstLine() }?.cause == .configurationMalformed)
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(try SecretFile(path: link, setting: "S").firstLine() == Array(SoftHSM.pin.utf8))
        let empty = token.store(pinFile: try token.softHSM.pinFile(""))
        #expect(
            await thrownByAwaiting { try await empty.create(size: .bits2048, purpose: Self.purpose) }?.cause
                == .configurationMalformed)
        let missing = token.store(pinFile: path + "x")
        #expect(
            await thrownByAwaiting { try await missing.create(size: .bits2048, purpose: Self.purpose) }?.cause
                == .fileMissing)
    }

    @Test("A missing file and a file that is not a PKCS#11 module are a wrong setting")
    func noModule() async throws {
        for path in ["/nowhere/module.so", "/usr/lib/x86_64-linux-gnu/libz.so.1"] {
            let store = PKCS11KeyStore(
                modulePath: path, token: "t", pinFile: SecretFile(path: "/nowhere", setting: "S"),
                surroundings: TestedKind.surroundings())
            let error = await thrownByAwaiting { try await store.create(size: .bits2048, purpose: Self.purpose) }
            #expect(error?.cause == .configurationMalformed)
            #expect(error?.subject == "APRITY_PKCS11_MODULE")
        }
    }

    @Test("Another key with the same name is detected, and two tokens with the same label are rejected")
    func impostors() async throws {
        let token = try await Token.made()
        let store = token.store()
        let reference = try await store.create(size: .bits2048, purpose: Self.purpose)
        let place = try Self.place(reference)
        try await store.destroy(reference, purpose: Self.purpose)
        let made = try await token.softHSM.tool([
            "--token-label", token.label, "--login", "--pin", SoftHSM.pin, "--keypairgen", "--key-type", "rsa:2048",
            "--id", place.id, "--label", place.label,
        ])
        #expect(made.status == 0)
        let error = await thrownByAwaiting { try await store.sign([1], with: reference, purpose: Self.purpose) }
        #expect(error?.cause == .keyUnavailable)
        #expect(error?.detail?.contains("a different key") == true)
        try await token.softHSM.makeToken(token.label)
        await store.close()
        #expect(
            await thrownByAwaiting { try await store.sign([1], with: reference, purpose: Self.purpose) }?.cause
                == .configurationMalformed)
    }
}
