import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

@Suite("The register of a store with many records")
struct RegisterTreeTests {
    private struct Note: RecordValue, Equatable {
        static let kind = RecordKind.connection
        var name: String
        var text: String
        var recordID: String { name }
    }

    private struct AppNote: RecordValue, Equatable {
        static let kind = RecordKind.app
        var name: String
        var text: String
        var recordID: String { name }
    }

    private static func ring(_ seeds: UInt64...) throws -> MasterKeyRing {
        try MasterKeyRing(
            fileContent: seeds.map { MasterKeyRing.newFileContent(randomBytes: SeededRandom(seed: $0).bytes) }.joined())
    }

    private static func name(_ number: Int) -> String { "n" + String(String(100_000 + number).dropFirst()) }

    /// A store with this number of notes of each of two kinds, added in an order that is not that of their names.
    private static func filled(_ count: Int) async throws -> (store: MemoryStore, records: SealedRecords) {
        let store = MemoryStore()
        let records = SealedRecords(store: store, ring: try ring(1))
        _ = try await records.initialise()
        try await records.write { writing in
            for number in 0..<count {
                try writing.save(Note(name: name(number * 7919 % count), text: "first"))
                try writing.save(AppNote(name: name(number), text: "first"))
            }
        }
        return (store, records)
    }

    private static func rows(_ store: MemoryStore) async throws -> [RecordKey: StoredRecord] {
        try await store.read { reading in
            let all = try RecordKind.allCases.flatMap { try reading.records(of: $0) }
            return Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })
        }
    }

    /// What a process that has read nothing before says about the store: `nil` if all is intact.
    private static func complaint(about store: MemoryStore) async throws -> String? {
        let records = SealedRecords(store: store, ring: try ring(1))
        do {
            let altered = try await records.storedState().alteredRecords
            return altered.isEmpty ? nil : altered.joined(separator: ", ")
        } catch let error as ConnectedAppError {
            return error.cause.rawValue
        }
    }

    @Test("Every number of records is found, and only they", arguments: [0, 1, 31, 32, 33, 64, 65, 700, 3000])
    func sizes(_ count: Int) async throws {
        let (store, records) = try await Self.filled(count)
        for reader in [records, SealedRecords(store: store, ring: records.ring)] {
            try await reader.read { reading throws in
                let expected = (0..<count).map(Self.name)
                #expect(try reading.all(Note.self).map(\.value.name) == expected)
                #expect(try reading.ids(of: AppNote.self) == expected)
                #expect(try reading.find(Note.self, Self.name(count)) == nil)
                #expect(try reading.find(Note.self, "a") == nil)
                #expect(try reading.find(Note.self, "z") == nil)
            }
        }
        #expect(try await Self.complaint(about: store) == nil)
    }

    /// A model: the text and the revision of each note, and the last revisions of removed ones.
    private struct Model {
        var notes: [String: (text: String, revision: Int)] = [:]
        var removed: [String: Int] = [:]

        mutating func save(_ name: String, _ text: String) {
            notes[name] = (text, max(notes[name]?.revision ?? 0, removed[name] ?? 0) + 1)
            removed[name] = nil
        }

        mutating func remove(_ name: String) {
            if let note = notes.removeValue(forKey: name) { removed[name] = note.revision }
        }
    }

    @Test("Random writes and removals lead to the same records as a model", arguments: [1, 2, 3] as [UInt64])
    func model(_ seed: UInt64) async throws {
        let (store, records) = try await Self.filled(0)
        let random = SeededRandom(seed: seed)
        func number(below bound: Int) -> Int {
            random.bytes(3).reduce(0) { $0 << 8 | Int($1) } % bound
        }
        var model = Model()
        for step in 0..<120 {
            var acts: [(name: String, saves: Bool)] = []
            for _ in 0..<number(below: 40) {
                acts.append((Self.name(number(below: 900)), number(below: 4) != 0))
            }
            let text = "step \(step)"
            try await records.write { [acts, known = model.notes.keys] writing in
                var present = Set(known)
                for act in acts {
                    if act.saves {
                        try writing.save(Note(name: act.name, text: text))
                        present.insert(act.name)
                    } else if present.remove(act.name) != nil {
                        try writing.remove(Note(name: act.name, text: ""))
                    }
                }
            }
            for act in acts { if act.saves { model.save(act.name, text) } else { model.remove(act.name) } }
        }
        let found = try await SealedRecords(store: store, ring: records.ring).read { try $0.all(Note.self) }
        #expect(found.map(\.value.name) == model.notes.keys.sorted())
        #expect(found.map(\.value.text) == found.map { model.notes[$0.value.name]?.text })
        #expect(found.map(\.revision) == found.map { model.notes[$0.value.name]?.revision })
        let back = try #require(model.removed.keys.sorted().first)
        try await records.write { try $0.save(Note(name: back, text: "again")) }
        let revision = try await records.read { try $0.find(Note.self, back)?.revision }
        #expect(revision == model.removed[back].map { $0 + 1 }, "a removed record continues its revisions")
    }

    @Test("A write to a store with 20,000 records changes a few kilobytes")
    func bytes() async throws {
        let (store, records) = try await Self.filled(10_000)
        let before = try await Self.rows(store)
        try await records.write { writing in
            try writing.save(Note(name: "new", text: "first"))
            try writing.save(AppNote(name: "new", text: "first"))
        }
        let changed = try await Self.rows(store).values.filter { before[$0.key] != $0 }
        #expect(changed.reduce(0) { $0 + $1.body.count } < 40_000)
        #expect(try await Self.complaint(about: store) == nil)
    }

    // MARK: Tampering

    /// The kinds of rows that the register consists of, and a kind of records.
    static let kinds = [RecordKind.register, .registerNode, .connection]

    /// A store with three levels of nodes, and its rows after each of three writes.
    private static func history() async throws -> (store: MemoryStore, versions: [[RecordKey: StoredRecord]]) {
        let (store, records) = try await filled(1_500)
        var versions = [try await rows(store)]
        for text in ["second", "third"] {
            try await records.write { writing in
                for number in stride(from: 0, to: 1_500, by: 97) {
                    try writing.save(Note(name: name(number), text: text))
                }
            }
            versions.append(try await rows(store))
        }
        return (store, versions)
    }

    @Test("The tree of the tests about tampering has three levels")
    func levels() async throws {
        let (store, versions) = try await Self.history()
        let ring = try Self.ring(1)
        let root = try #require(versions.last?[Register.key])
        let content = try Seal.opened(root, as: Register.Content.self, ring: ring)
        let child = try #require(content.root?.children.first)
        let stored = try #require(try await store.read { try $0.record(RegisterNodeReader.key(child.number)) })
        #expect(try !Seal.opened(stored, as: RegisterNode.self, ring: ring).isLeaf)
    }

    @Test("An earlier version of any single row is noticed", arguments: kinds)
    func putBack(_ kind: RecordKind) async throws {
        let (store, versions) = try await Self.history()
        let newest = try #require(versions.last)
        var tried = 0
        for older in versions.dropLast() {
            for (key, row) in older where key.kind == kind && newest[key] != row {
                let present = try #require(newest[key])
                try await store.write { try $0.put(row) }
                #expect(try await Self.complaint(about: store) != nil, "\(key)")
                try await store.write { try $0.put(present) }
                tried += 1
            }
        }
        #expect(tried >= 2)
        #expect(try await Self.complaint(about: store) == nil)
    }

    @Test("The earlier version of a leaf together with the earlier versions of its records is noticed")
    func subtreePutBack() async throws {
        let (store, versions) = try await Self.history()
        let older = versions[0].filter { [.registerNode, .connection].contains($0.key.kind) }
        try await store.write { writing in for row in older.values { try writing.put(row) } }
        #expect(try await Self.complaint(about: store) == Cause.recordAltered.rawValue)
    }

    @Test("A removed row is noticed", arguments: kinds)
    func removed(_ kind: RecordKind) async throws {
        let (store, versions) = try await Self.history()
        let rows = try #require(versions.last).values.filter { $0.key.kind == kind }.sorted { $0.key.id < $1.key.id }
        for row in rows.prefix(80) {
            try await store.write { try $0.remove(row.key) }
            #expect(try await Self.complaint(about: store) != nil, "\(row.key)")
            try await store.write { try $0.put(row) }
        }
        #expect(try await Self.complaint(about: store) == nil)
    }

    @Test("Two exchanged rows are noticed", arguments: [RecordKind.registerNode, .connection])
    func exchanged(_ kind: RecordKind) async throws {
        let (store, versions) = try await Self.history()
        let rows = try #require(versions.last).values.filter { $0.key.kind == kind }.sorted { $0.key.id < $1.key.id }
        for (one, other) in zip(rows.prefix(40), rows.dropFirst()) {
            try await store.write { writing in
                try writing.put(Self.moved(one, to: other.key))
                try writing.put(Self.moved(other, to: one.key))
            }
            #expect(try await Self.complaint(about: store) != nil, "\(one.key)")
            try await store.write { writing in
                try writing.put(one)
                try writing.put(other)
            }
        }
        #expect(try await Self.complaint(about: store) == nil)
    }

    private static func moved(_ row: StoredRecord, to key: RecordKey) -> StoredRecord {
        StoredRecord(
            key: key, revision: row.revision, body: row.body, masterKeyID: row.masterKeyID, tag: row.tag)
    }

    @Test("An edited byte of a row is noticed", arguments: kinds)
    func edited(_ kind: RecordKind) async throws {
        let (store, versions) = try await Self.history()
        let rows = try #require(versions.last).values.filter { $0.key.kind == kind }.sorted { $0.key.id < $1.key.id }
        for row in rows.prefix(40) {
            var body = row.body
            body[body.startIndex + body.count / 2] ^= 1
            let edited = StoredRecord(
                key: row.key, revision: row.revision, body: body, masterKeyID: row.masterKeyID, tag: row.tag)
            try await store.write { try $0.put(edited) }
            #expect(try await Self.complaint(about: store) != nil, "\(row.key)")
            try await store.write { try $0.put(row) }
        }
        #expect(try await Self.complaint(about: store) == nil)
    }

    @Test("A node that the register does not lead to is noticed")
    func foreignNode() async throws {
        let (store, versions) = try await Self.history()
        let row = try #require(versions.last?.values.first { $0.key.kind == .registerNode })
        try await store.write { try $0.put(Self.moved(row, to: RecordKey(.registerNode, "999999"))) }
        #expect(try await Self.complaint(about: store) == "registerNode 999999")
    }

    @Test("An altered node is named, also by a process that has read it before, and other nodes stay usable")
    func neighbours() async throws {
        let (store, records) = try await Self.filled(1_000)
        _ = try await records.read { try $0.all(Note.self).count }
        let found = try await Self.rows(store).values.filter { $0.key.kind == .registerNode }
        let ring = records.ring
        let leaf = try #require(
            try found.first {
                let node = try Seal.opened($0, as: RegisterNode.self, ring: ring)
                return node.isLeaf && node.names.contains("connection n00500")
            })
        try await store.write { try $0.remove(leaf.key) }
        let error = await thrownByAwaiting { _ = try await records.read { try $0.find(Note.self, "n00500")?.value } }
        #expect(error?.cause == .recordAltered)
        #expect(error?.subject == leaf.key.description)
        #expect(try await records.read { try $0.find(Note.self, "n00001")?.value.text } == "first")
        #expect(
            await thrownByAwaiting { try await records.write { try $0.save(Note(name: "n00500", text: "new")) } }?.cause
                == .recordAltered)
    }

    // MARK: Earlier versions, and another master key

    /// The register as earlier versions of aprity stored it.
    private struct FormerRegister: Encodable {
        var revisions: [String: Int]
        var removed: [String: Int]
    }

    @Test("The register of an earlier version is read, and the next write divides it")
    func formerVersion() async throws {
        let (store, ring) = (MemoryStore(), try Self.ring(1))
        let names = (0..<2_000).map(Self.name)
        let former = FormerRegister(
            revisions: Dictionary(uniqueKeysWithValues: names.map { ("connection " + $0, 3) }),
            removed: ["connection gone": 8])
        try await store.write { writing in
            for name in names {
                try writing.put(
                    Seal.sealed(
                        RecordKey(.connection, name), revision: 3, body: Seal.json(Note(name: name, text: "former")),
                        ring: ring))
            }
            try writing.put(Seal.sealed(Register.key, revision: 41, body: Seal.json(former), ring: ring))
        }
        #expect(try await Self.complaint(about: store) == nil)
        let records = SealedRecords(store: store, ring: ring)
        #expect(try await records.read { try $0.all(Note.self).count } == 2_000)
        try await records.write { try $0.save(Note(name: "gone", text: "new")) }
        #expect(try await Self.complaint(about: store) == nil)
        #expect(try await records.read { try $0.find(Note.self, "gone")?.revision } == 9)
        #expect(try await records.read { $0.revision } == 42)
        #expect(try await store.read { try $0.records(of: .registerNode).count } > 60)
        #expect(try #require(try await store.read { try $0.record(Register.key) }).body.count < 8_000)
    }

    @Test("A change of the master key moves every node")
    func masterKey() async throws {
        let (store, _) = try await Self.filled(1_000)
        let ring = try Self.ring(2, 1)
        let target = ring.keys[0].id
        let records = SealedRecords(store: store, ring: ring)
        _ = try await records.move(toKey: target, resealing: false) { _ in nil }
        #expect(try await Set(Self.rows(store).values.map(\.masterKeyID)) == [target])
        let new = SealedRecords(store: store, ring: try Self.ring(2))
        #expect(try await new.read { try $0.all(Note.self).count } == 1_000)
        #expect(try await new.storedState().alteredRecords == [])
    }
}
