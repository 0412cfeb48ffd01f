import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

@Suite("Sealed records")
struct SealedRecordsTests {
    private struct Note: RecordValue, Equatable {
        static let kind = RecordKind.connection
        var name: String
        var text: String
        var recordID: String { name }
    }

    private struct AppNote: RecordValue {
        static let kind = RecordKind.app
        var name: String
        var text: String
        var recordID: String { name }
    }

    private static func ring(_ seeds: UInt64...) throws -> MasterKeyRing {
        try MasterKeyRing(
            fileContent: seeds.map { MasterKeyRing.newFileContent(randomBytes: SeededRandom(seed: $0).bytes) }.joined())
    }

    /// Two notes, `a` in its second revision, `b` in its first.
    private static func filled() async throws -> (store: MemoryStore, records: SealedRecords) {
        let store = MemoryStore()
        let records = SealedRecords(store: store, ring: try ring(1))
        #expect(try await records.initialise())
        try await records.write { try $0.save(Note(name: "a", text: "first")) }
        try await records.write { writing in
            try writing.save(Note(name: "a", text: "second"))
            try writing.save(Note(name: "b", text: "other"))
        }
        return (store, records)
    }

    private static let a = RecordKey(.connection, "a")
    private static let b = RecordKey(.connection, "b")
    private static let register = RecordKey(.register, "all")

    private static func row(_ key: RecordKey, _ store: MemoryStore) async throws -> StoredRecord {
        try #require(try await store.read { try $0.record(key) })
    }

    /// The same record with one field changed.
    private static func changed(
        _ row: StoredRecord, key: RecordKey? = nil, revision: Int? = nil, body: Data? = nil, masterKeyID: String? = nil,
        tag: Data? = nil
    ) -> StoredRecord {
        StoredRecord(
            key: key ?? row.key, revision: revision ?? row.revision, body: body ?? row.body,
            masterKeyID: masterKeyID ?? row.masterKeyID, tag: tag ?? row.tag)
    }

    @Test("A saved record is found, and each save increments its revision")
    func saved() async throws {
        let (_, records) = try await Self.filled()
        try await records.read { reading throws in
            let a = try #require(try reading.find(Note.self, "a"))
            #expect(a.value.text == "second")
            #expect(a.revision == 2)
            #expect(try reading.all(Note.self).map(\.value.name) == ["a", "b"])
            #expect(try reading.find(Note.self, "c") == nil)
            #expect(try reading.all(AppNote.self).isEmpty)
        }
    }

    @Test("A removed record is gone, and a later one with the same name continues its revisions")
    func removed() async throws {
        let (_, records) = try await Self.filled()
        try await records.write { try $0.remove(Note(name: "a", text: "")) }
        try await records.read { reading throws in
            #expect(try reading.find(Note.self, "a") == nil)
            #expect(try reading.all(Note.self).map(\.value.name) == ["b"])
        }
        try await records.write { try $0.save(Note(name: "a", text: "third")) }
        #expect(try await records.read { try $0.find(Note.self, "a")?.revision } == 3)
    }

    @Test("A write that throws leaves records and register as they were")
    func aborted() async throws {
        struct Stop: Error {}
        let (store, records) = try await Self.filled()
        let before = try await Self.row(Self.register, store)
        await #expect(throws: Stop.self) {
            try await records.write { writing in
                try writing.save(Note(name: "a", text: "third"))
                try writing.remove(Note(name: "b", text: ""))
                throw Stop()
            }
        }
        #expect(try await Self.row(Self.register, store) == before)
        #expect(try await records.read { try $0.find(Note.self, "a")?.value.text } == "second")
    }

    @Test("A write that changes nothing leaves the register as it was")
    func idle() async throws {
        let (store, records) = try await Self.filled()
        let before = try await Self.row(Self.register, store)
        _ = try await records.write { try $0.find(Note.self, "a")?.revision }
        #expect(try await Self.row(Self.register, store) == before)
    }

    @Test("A store is created once")
    func initialisedOnce() async throws {
        let (_, records) = try await Self.filled()
        #expect(try await records.initialise() == false)
        #expect(try await records.read { try $0.all(Note.self).count } == 2)
    }

    @Test("A store without a register is not initialised")
    func notInitialised() async throws {
        let records = SealedRecords(store: MemoryStore(), ring: try Self.ring(1))
        #expect(await thrownByAwaiting { try await records.read { _ in } }?.cause == .notInitialised)
        #expect(await thrownByAwaiting { try await records.write { _ in } }?.cause == .notInitialised)
    }

    // MARK: Tampering

    /// A change of the store outside aprity, and the record that is refused because of it.
    struct Tampering: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let refused: String
        let act: @Sendable (MemoryStore) async throws -> Void

        init(
            _ what: String, refused: String = "connection a",
            _ act: @escaping @Sendable (MemoryStore) async throws -> Void
        ) {
            testDescription = what
            self.refused = refused
            self.act = act
        }
    }

    static let tamperings = [
        Tampering("body edited") { store in
            let row = try await row(a, store)
            let body = String(decoding: row.body, as: UTF8.self).replacingOccurrences(of: "second", with: "evil!!")
            try await store.write { try $0.put(changed(row, body: Data(body.utf8))) }
        },
        Tampering("body emptied") { store in
            let row = try await row(a, store)
            try await store.write { try $0.put(changed(row, body: Data())) }
        },
        Tampering("revision edited") { store in
            let row = try await row(a, store)
            try await store.write { try $0.put(changed(row, revision: 3)) }
        },
        Tampering("tag edited") { store in
            let row = try await row(a, store)
            var tag = row.tag
            tag[31] ^= 1
            try await store.write { [tag] in try $0.put(changed(row, tag: tag)) }
        },
        Tampering("tag cut short") { store in
            let row = try await row(a, store)
            try await store.write { try $0.put(changed(row, tag: Data(row.tag.prefix(16)))) }
        },
        Tampering("tag emptied") { store in
            let row = try await row(a, store)
            try await store.write { try $0.put(changed(row, tag: Data())) }
        },
        Tampering("kind edited") { store in
            let row = try await row(a, store)
            try await store.write { writing in
                try writing.remove(a)
                try writing.put(changed(row, key: RecordKey(.app, "a")))
            }
        },
        Tampering("id edited") { store in
            let row = try await row(a, store)
            try await store.write { writing in
                try writing.remove(a)
                try writing.put(changed(row, key: RecordKey(.connection, "z")))
            }
        },
        Tampering("two rows swapped") { store in
            let (rowA, rowB) = (try await row(a, store), try await row(b, store))
            try await store.write { writing in
                try writing.put(changed(rowB, key: a))
                try writing.put(changed(rowA, key: b))
            }
        },
        Tampering("row put in another's place") { store in
            let rowB = try await row(b, store)
            try await store.write { try $0.put(changed(rowB, key: a)) }
        },
        Tampering("row removed") { store in try await store.write { try $0.remove(a) } },
        Tampering("row rolled back") { store in
            // Sealed under the right key, but one revision older.
            let twin = try await filledOnce()
            let older = try await row(a, twin)
            #expect(older.revision == 1)
            try await store.write { try $0.put(older) }
        },
        Tampering("register edited", refused: "register all") { store in
            let row = try await row(register, store)
            let body = String(decoding: row.body, as: UTF8.self).replacingOccurrences(of: "2", with: "1")
            try await store.write { try $0.put(changed(row, body: Data(body.utf8))) }
        },
    ]

    /// The store of ``filled()`` after its first write.
    private static func filledOnce() async throws -> MemoryStore {
        let store = MemoryStore()
        let records = SealedRecords(store: store, ring: try ring(1))
        _ = try await records.initialise()
        try await records.write { try $0.save(Note(name: "a", text: "first")) }
        return store
    }

    @Test("A record that was tampered with is rejected, and named, by every kind of read", arguments: tamperings)
    func tampering(_ tampering: Tampering) async throws {
        let (store, records) = try await Self.filled()
        try await tampering.act(store)
        let readings: [@Sendable () async throws -> Void] = [
            { _ = try await records.read { try $0.find(Note.self, "a")?.value } },
            { _ = try await records.read { try $0.all(Note.self).count } },
            { _ = try await records.write { try $0.find(Note.self, "a")?.value } },
            { _ = try await records.write { try $0.all(Note.self).count } },
        ]
        for reading in readings {
            let error = await thrownByAwaiting { try await reading() }
            #expect(error?.cause == .recordAltered)
            #expect(error?.subject == tampering.refused)
            #expect(error?.evidence["record"] == tampering.refused)
        }
    }

    @Test(
        "A rolled-back register is rejected by a process that saw a newer one; for others, the records do not match it")
    func registerPutBack() async throws {
        let (store, records) = try await Self.filled()
        _ = try await records.read { $0.revision }
        let older = try await Self.row(Self.register, Self.filledOnce())
        try await store.write { try $0.put(older) }
        #expect(
            await thrownByAwaiting { try await records.read { try $0.find(Note.self, "a")?.value } }?.cause
                == .blockMayBeLost)
        let fresh = SealedRecords(store: store, ring: records.ring)
        let error = await thrownByAwaiting { try await fresh.read { try $0.find(Note.self, "a")?.value } }
        #expect(error?.cause == .recordAltered)
        #expect(error?.subject == "connection a")
    }

    @Test("A record that aprity did not write is rejected, even with a valid HMAC")
    func foreign() async throws {
        let (store, records) = try await Self.filled()
        let twin = MemoryStore()
        let others = SealedRecords(store: twin, ring: try Self.ring(1))
        _ = try await others.initialise()
        try await others.write { try $0.save(Note(name: "c", text: "planted")) }
        let planted = try await Self.row(RecordKey(.connection, "c"), twin)
        try await store.write { try $0.put(planted) }
        let error = await thrownByAwaiting { _ = try await records.read { try $0.find(Note.self, "c")?.value } }
        #expect(error?.cause == .recordAltered)
        #expect(error?.subject == "connection c")
        #expect(
            await thrownByAwaiting { _ = try await records.read { try $0.all(Note.self).count } }?.subject
                == "connection c")
    }

    @Test("A record that was tampered with does not prevent reading others")
    func neighbour() async throws {
        let (store, records) = try await Self.filled()
        try await store.write { try $0.remove(Self.a) }
        #expect(try await records.read { try $0.find(Note.self, "b")?.value.text } == "other")
    }

    @Test("A store sealed under another master key is rejected, naming both keys")
    func wrongMasterKey() async throws {
        let (store, _) = try await Self.filled()
        let other = SealedRecords(store: store, ring: try Self.ring(2))
        let error = await thrownByAwaiting { try await other.read { _ in } }
        #expect(error?.cause == .masterKeyWrong)
        #expect(try error?.evidence["sealedUnder"] == Self.ring(1).keys[0].id)
        #expect(try error?.evidence["given"] == Self.ring(2).keys[0].id)
        #expect(await thrownByAwaiting { try await other.initialise() }?.cause == .masterKeyWrong)
    }

    @Test("A record that names a master key other than the one that sealed it is rejected")
    func claimedKey() async throws {
        let (store, _) = try await Self.filled()
        let records = SealedRecords(store: store, ring: try Self.ring(1, 2))
        let row = try await Self.row(Self.a, store)
        let claimed = try Self.ring(2).keys[0].id
        try await store.write { try $0.put(Self.changed(row, masterKeyID: claimed)) }
        #expect(
            await thrownByAwaiting { _ = try await records.read { try $0.find(Note.self, "a")?.value } }?.cause
                == .recordAltered)
    }

    @Test("With two master keys, what is written is sealed under the store's, whichever is first in the file")
    func twoKeys() async throws {
        let (store, _) = try await Self.filled()
        let both = SealedRecords(store: store, ring: try Self.ring(2, 1))
        try await both.write { try $0.save(Note(name: "a", text: "third")) }
        #expect(try await both.read { try $0.all(Note.self).map(\.value.text) } == ["third", "other"])
        let former = SealedRecords(store: store, ring: try Self.ring(1))
        #expect(try await former.read { try $0.find(Note.self, "a")?.value.text } == "third")
        let new = SealedRecords(store: store, ring: try Self.ring(2))
        #expect(await thrownByAwaiting { _ = try await new.read { _ in } }?.cause == .masterKeyWrong)
    }

    @Test("An authentic record that cannot be decoded is damage, not tampering")
    func otherShape() async throws {
        struct Shapeless: RecordValue {
            static let kind = RecordKind.connection
            var recordID: String { "a" }
        }
        let (_, records) = try await Self.filled()
        try await records.write { try $0.save(Shapeless()) }
        #expect(
            await thrownByAwaiting { _ = try await records.read { try $0.find(Note.self, "a")?.value } }?.cause
                == .storeDamaged)
    }
}
