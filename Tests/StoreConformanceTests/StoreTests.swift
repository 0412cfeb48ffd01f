import ConnectedAppSQLite
import ConnectedAppTesting
import Foundation
import Synchronization
import Testing

@testable import ConnectedApp

/// An empty store of each kind, and what keeps it alive.
struct StoreKind: Sendable, CustomTestStringConvertible {
    typealias Store = RecordStore & AuditLog

    let testDescription: String
    let make: @Sendable (TemporaryFolder) throws -> any Store

    static let all = [
        StoreKind(testDescription: "memory") { _ in MemoryStore() },
        StoreKind(testDescription: "SQLite") { try SQLiteStore(path: $0.path + "/store.sqlite", mayCreate: true) },
    ]
}

/// Tests that every store must pass.
@Suite("Store conformance")
struct StoreTests {
    private static func record(
        _ id: String, kind: RecordKind = .connection, revision: Int = 1, body: String = "body", tag: [UInt8] = [1, 2]
    ) -> StoredRecord {
        StoredRecord(
            key: RecordKey(kind, id), revision: revision, body: Data(body.utf8), masterKeyID: "key", tag: Data(tag))
    }

    private static func event(_ number: Int) -> AuditEvent {
        AuditEvent(
            time: Date(timeIntervalSince1970: 1_795_435_200 + Double(number)),
            principal: Principal(.commandLine, name: "me"), act: .connectionAdded, connection: "c\(number)",
            facts: ["number": String(number), "text": "ä\"\\/\u{0}\n🦊"])
    }

    // MARK: Records

    @Test("A stored record is read back unchanged", arguments: StoreKind.all)
    func putAndRead(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        let record = StoredRecord(
            key: RecordKey(.app, "a"), revision: .max, body: Data((0...255).map { UInt8($0) }), masterKeyID: "",
            tag: Data())
        try await store.write { try $0.put(record) }
        #expect(try await store.read { try $0.record(RecordKey(.app, "a")) } == record)
        #expect(try await store.write { try $0.record(RecordKey(.app, "a")) } == record)
        #expect(try await store.read { try $0.record(RecordKey(.app, "b")) } == nil)
        #expect(try await store.read { try $0.record(RecordKey(.connection, "a")) } == nil)
    }

    @Test("A record with the same kind and id replaces the former one completely", arguments: StoreKind.all)
    func upsert(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        try await store.write { try $0.put(Self.record("a")) }
        let changed = StoredRecord(
            key: RecordKey(.connection, "a"), revision: 2, body: Data("other".utf8), masterKeyID: "other",
            tag: Data([9]))
        try await store.write { try $0.put(changed) }
        #expect(try await store.read { try $0.records(of: .connection) } == [changed])
    }

    @Test("Records of a kind are sorted by id and do not include other kinds", arguments: StoreKind.all)
    func order(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        let ids = ["b", "a", "B", "10", "9", "a.b", "a-b", "a_b", "aa", "ab", "Ä", "ä", "🦊", "z"]
        try await store.write { writing in
            for id in ids { try writing.put(Self.record(id)) }
            try writing.put(Self.record("m", kind: .app))
        }
        let found = try await store.read { try $0.records(of: .connection).map(\.key.id) }
        #expect(found == ids.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) })
        #expect(try await store.read { try $0.recordIDs(of: .connection) } == found)
        #expect(try await store.read { try $0.records(of: .app).map(\.key.id) } == ["m"])
        #expect(try await store.read { try $0.recordIDs(of: .credential) } == [])
        #expect(try await store.read { try $0.records(of: .credential) }.isEmpty)
    }

    @Test("Ids with any text stay distinct", arguments: StoreKind.all)
    func strangeIDs(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        let ids = [
            "", " ", "'; DROP TABLE record; --", "\"", "%", "_", "a", "A", "jürgen", "🦊", "漢字", "a\nb", "a\tb",
            String(repeating: "x", count: 5000),
        ]
        for (index, id) in ids.enumerated() {
            try await store.write { try $0.put(Self.record(id, revision: index + 1)) }
        }
        for (index, id) in ids.enumerated() {
            #expect(try await store.read { try $0.record(RecordKey(.connection, id))?.revision } == index + 1)
        }
    }

    @Test("A removed record is gone, and removing a missing one changes nothing", arguments: StoreKind.all)
    func remove(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        try await store.write { writing in
            try writing.put(Self.record("a"))
            try writing.put(Self.record("a", kind: .app))
        }
        try await store.write { writing in
            try writing.remove(RecordKey(.connection, "a"))
            try writing.remove(RecordKey(.connection, "b"))
            #expect(try writing.record(RecordKey(.connection, "a")) == nil)
        }
        #expect(try await store.read { try $0.records(of: .connection) }.isEmpty)
        #expect(try await store.read { try $0.record(RecordKey(.app, "a")) } == Self.record("a", kind: .app))
    }

    @Test("A body of several megabytes is stored", arguments: StoreKind.all)
    func large(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        let record = Self.record("a", body: String(repeating: "0123456789abcdef", count: 200_000))
        try await store.write { try $0.put(record) }
        #expect(try await store.read { try $0.record(record.key) } == record)
    }

    @Test("A write that throws changes nothing, and its error is rethrown", arguments: StoreKind.all)
    func atomic(_ kind: StoreKind) async throws {
        struct Stop: Error, Equatable { let number: Int }
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        try await store.write { try $0.put(Self.record("a")) }
        await #expect(throws: Stop(number: 7)) {
            try await store.write { writing in
                try writing.put(Self.record("a", revision: 2))
                try writing.put(Self.record("b"))
                try writing.remove(RecordKey(.connection, "a"))
                try writing.append(Self.event(1))
                throw Stop(number: 7)
            }
        }
        #expect(try await store.read { try $0.records(of: .connection) } == [Self.record("a")])
        #expect(try await store.events(limit: 10).isEmpty)
        try await store.write { try $0.put(Self.record("c")) }
        #expect(try await store.read { try $0.records(of: .connection).map(\.key.id) } == ["a", "c"])
    }

    @Test("aprity's own errors are rethrown unchanged", arguments: StoreKind.all)
    func ownErrors(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        for cause in [Cause.aliasTaken, .recordAltered] {
            await #expect { try await store.read { _ in throw ConnectedAppError(cause) } } throws: {
                ($0 as? ConnectedAppError)?.cause == cause
            }
            await #expect { try await store.write { _ in throw ConnectedAppError(cause) } } throws: {
                ($0 as? ConnectedAppError)?.cause == cause
            }
        }
    }

    @Test("A write sees its own changes", arguments: StoreKind.all)
    func readsOwnWrites(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        let seen = try await store.write { writing throws in
            try writing.put(Self.record("a"))
            try writing.put(Self.record("b"))
            return try writing.records(of: .connection).map(\.key.id)
        }
        #expect(seen == ["a", "b"])
    }

    @Test(
        "Transactions that write do not overlap: a hundred parallel increments add up to a hundred",
        arguments: StoreKind.all)
    func isolation(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        try await store.write { try $0.put(Self.record("count", revision: 0)) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    try await store.write { writing in
                        let count = try #require(try writing.record(RecordKey(.connection, "count"))).revision
                        try writing.put(Self.record("count", revision: count + 1))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.read { try $0.record(RecordKey(.connection, "count"))?.revision } == 100)
    }

    @Test("A read sees one state, whatever is written meanwhile", arguments: StoreKind.all)
    func snapshot(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        try await store.write { writing in
            for id in ["a", "b"] { try writing.put(Self.record(id, revision: 0)) }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 1...50 {
                    try await store.write { writing in
                        for id in ["a", "b"] { try writing.put(Self.record(id, revision: number)) }
                    }
                }
            }
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<50 {
                        let revisions = try await store.read { reading throws in
                            let first = try reading.record(RecordKey(.connection, "a"))?.revision
                            return [first, try reading.record(RecordKey(.connection, "b"))?.revision]
                        }
                        #expect(revisions[0] == revisions[1])
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    // MARK: The ledger

    @Test("An entry exists when it is begun, and has its outcome when it is finished", arguments: StoreKind.all)
    func ledger(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        var entry = SignInEntry.test("jürgen@acme.example", at: 1_795_435_200.25)
        let number = try await store.begin(entry)
        #expect(try await store.signIns(since: .distantPast) == [entry])
        try await store.finish(number, .granted)
        entry.outcome = .granted
        #expect(try await store.signIns(since: .distantPast) == [entry])
    }

    @Test("An outcome can be set only once", arguments: StoreKind.all)
    func finishOnce(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        let first = try await store.begin(SignInEntry.test("a", at: 1))
        let second = try await store.begin(SignInEntry.test("b", at: 2))
        #expect(first != second)
        try await store.finish(second, .granted)
        try await store.finish(second, .refused)
        try await store.finish(9999, .granted)
        try await store.finish(-1, .granted)
        #expect(try await store.signIns(since: .distantPast).map(\.outcome) == [nil, .granted])
    }

    @Test("Entries are read from a date on, including that date, the oldest first", arguments: StoreKind.all)
    func since(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        for (name, time) in [("a", 100.0), ("b", 200), ("c", 300)] {
            _ = try await store.begin(SignInEntry.test(name, at: time))
        }
        for (date, expected) in [
            (99.0, ["a", "b", "c"]), (100, ["a", "b", "c"]), (100.001, ["b", "c"]), (300, ["c"]), (301, []),
        ] {
            let found = try await store.signIns(since: Date(timeIntervalSince1970: date)).map(\.account.username)
            #expect(found == expected)
        }
    }

    @Test("Each stored purpose is read back unchanged", arguments: StoreKind.all)
    func purposes(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        for purpose in SignInPurpose.allCases {
            _ = try await store.begin(
                .test(purpose: purpose))
        }
        #expect(try await store.signIns(since: .distantPast).map(\.purpose) == SignInPurpose.allCases)
    }

    // MARK: The audit record

    @Test("Events are read as they were written, the newest first, up to the limit", arguments: StoreKind.all)
    func audit(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        for number in 0..<3 { try await store.append(Self.event(number)) }
        try await store.write { writing in
            try writing.append(Self.event(3))
            try writing.append(Self.event(4))
        }
        #expect(try await store.events(limit: 100) == (0..<5).reversed().map(Self.event))
        #expect(try await store.events(limit: 2) == [Self.event(4), Self.event(3)])
        #expect(try await store.events(limit: 0).isEmpty)
    }

    @Test("Each stored act and channel is read back unchanged", arguments: StoreKind.all)
    func acts(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        for act in AuditEvent.Act.allCases {
            try await store.append(
                AuditEvent(
                    time: Date(timeIntervalSince1970: 1), principal: Principal(.demo, name: ""), act: act,
                    connection: nil, outcome: "storeBusy"))
        }
        #expect(try await store.events(limit: 100).map(\.act) == AuditEvent.Act.allCases.reversed())
    }
}
