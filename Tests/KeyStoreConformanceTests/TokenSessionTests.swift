import CPKCS11
import ConnectedAppTesting
import Synchronization
import Testing

@testable import ConnectedApp
@testable import ConnectedAppPKCS11

/// A session of a module in which each key is only its id. The functions are C functions, so their state is global.
@Suite("Session of a token", .serialized)
struct TokenSessionTests {
    private struct Module {
        var objects: [CK_OBJECT_HANDLE] = []
        var unread: [CK_OBJECT_HANDLE] = []
        var destroyed: [CK_OBJECT_HANDLE] = []
        /// What the module gives as the length of a value instead of the length of the id.
        var length: CK_ULONG?
    }

    private static let module = Mutex(Module())
    private static let id: [UInt8] = [1, 2, 3, 4]
    private static let name = TokenSession.Name(label: "label", id: id)

    private static func session(_ module: Module) -> TokenSession {
        Self.module.withLock { $0 = module }
        var functions = CK_FUNCTION_LIST()
        functions.C_FindObjectsInit = { _, _, _ in
            TokenSessionTests.module.withLock { $0.unread = $0.objects }
            return CKR_OK
        }
        functions.C_FindObjects = { _, objects, limit, count in
            TokenSessionTests.module.withLock { module in
                let next = module.unread.prefix(Int(limit))
                for (index, object) in next.enumerated() { objects?[index] = object }
                count?.pointee = CK_ULONG(next.count)
                module.unread.removeFirst(next.count)
            }
            return CKR_OK
        }
        functions.C_FindObjectsFinal = { _ in CKR_OK }
        functions.C_DestroyObject = { _, object in
            TokenSessionTests.module.withLock { $0.destroyed.append(object) }
            return CKR_OK
        }
        functions.C_GetAttributeValue = { _, object, attribute, _ in
            guard let attribute, let value = attribute.pointee.pValue else { return CKR_ARGUMENTS_BAD }
            // The key with the handle 1 has the id; the others have another one.
            let id = object == 1 ? TokenSessionTests.id : [9]
            value.copyMemory(from: id, byteCount: id.count)
            attribute.pointee.ulValueLen =
                TokenSessionTests.module.withLock { $0.length } ?? CK_ULONG(id.count)
            return CKR_OK
        }
        return TokenSession(functions: functions, slot: 0, handle: 1)
    }

    @Test("All keys with a label are found, however many they are", arguments: [1, 15, 16, 17, 32, 40])
    func everyKey(_ count: Int) throws {
        let handles = (1...count).map { CK_OBJECT_HANDLE($0) }
        let session = Self.session(Module(objects: handles))
        try session.destroyOthers(of: Self.name)
        // Private and public keys are searched separately, and this module gives the same ones for both.
        let others = Array(handles.dropFirst())
        #expect(Self.module.withLock { $0.destroyed } == others + others)
    }

    @Test("A value that the token does not reveal is an error of the key store", arguments: [CK_ULONG.max, 1025])
    func unavailable(_ length: CK_ULONG) throws {
        let session = Self.session(Module(objects: [1], length: length))
        let error = thrown { try session.destroyOthers(of: Self.name) }
        #expect(error?.cause == .keyStoreFailed)
        #expect(error?.evidence["function"] == "C_GetAttributeValue")
        #expect(Self.module.withLock { $0.destroyed } == [])
    }
}
