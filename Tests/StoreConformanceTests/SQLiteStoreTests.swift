import ConnectedAppSQLite
import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

/// Tests of the SQLite file, in addition to those of every store.
@Suite("SQLite store")
struct SQLiteStoreTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/store.sqlite" }

    init() throws { folder = try TemporaryFolder() }

    private func open(busyTimeout: Duration = .seconds(5)) throws -> SQLiteStore {
        try SQLiteStore(path: path, mayCreate: true, busyTimeout: busyTimeout)
    }

    private static func record(_ id: String, revision: Int = 1) -> StoredRecord {
        StoredRecord(
            key: RecordKey(.connection, id), revision: revision, body: Data("body".utf8), masterKeyID: "key",
            tag: Data([1]))
    }

    /// Changes the file with the sqlite3 program.
    private func edit(_ sql: String) async throws {
        _ = try await OutsideTool("sqlite3").output([path, sql])
    }

    private func cause<T>(_ body: () async throws -> T) async -> Cause? {
        do { _ = try await body() } catch { return (error as? ConnectedAppError)?.cause }
        return nil
    }

    @Test("Only the owner can read the file and its companion files")
    func mode() async throws {
        let store = try open()
        try await store.write { try $0.put(Self.record("a")) }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(names == ["store.sqlite", "store.sqlite-shm", "store.sqlite-wal"])
        for name in names {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/" + name)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600, "\(name)")
        }
    }

    @Test("When the last process has closed the store, its files no longer contain what was removed")
    func removed() async throws {
        let canary = Data((0..<600).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) })
        func holds() throws -> Bool {
            try FileManager.default.contentsOfDirectory(atPath: folder.path).contains { name in
                let data = FileManager.default.contents(atPath: folder.path + "/" + name)
                return data?.range(of: canary.prefix(48)) != nil
            }
        }
        let store = try open()
        let key = RecordKey(.credential, "old")
        try await store.write { writing in
            for number in 0..<20 { try writing.put(Self.record("other \(number)")) }
            try writing.put(
                StoredRecord(key: key, revision: 1, body: canary, masterKeyID: "key", tag: Data([1])))
        }
        #expect(try holds())
        try await store.write { try $0.remove(key) }
        try store.close()
        #expect(try !holds())
    }

    @Test("Anything other than a regular file is rejected without waiting")
    func notRegular() async throws {
        try FileManager.default.createDirectory(atPath: folder.path + "/folder", withIntermediateDirectories: true)
        try #require(mkfifo(path, 0o600) == 0)
        let attempts: [@Sendable (String) async throws -> Void] = [
            { _ = try SQLiteStore(path: $0, mayCreate: true) },
            { _ = try SQLiteSnapshot(path: $0, refusal: ConnectedAppError(.storeBusy)) },
            { _ = try await DeferredSQLiteStore(path: $0, auditWriter: Self.writer).read { try $0.records(of: .app) } },
        ]
        for place in [path, folder.path + "/folder"] {
            for attempt in attempts {
                let error = await #expect(throws: ConnectedAppError.self) { try await attempt(place) }
                #expect(error?.cause == .fileUnreadable)
                #expect(error?.subject == place)
                #expect(error?.description.contains("not a regular file") == true)
            }
        }
    }

    private static let writer = AuditWriter(name: "test", instance: "test")

    @Test("A locked store is read without its log only if the log is empty")
    func lockedSnapshot() async throws {
        let store = try open()
        try await store.write { try $0.put(Self.record("a")) }
        // A copy as after a crash: only the log contains the record.
        let copy = folder.path + "/copy.sqlite"
        for suffix in ["", "-wal"] { try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix) }
        try store.close()
        let hold =
            ".output /dev/null\nPRAGMA locking_mode = EXCLUSIVE;\nBEGIN IMMEDIATE;\n.output stdout\nSELECT 'held';\n"
        let key = RecordKey(.connection, "a")
        try await OutsideTool("sqlite3").whileRunning([copy], input: hold) {
            #expect(
                await cause { try SQLiteSnapshot(path: copy, refusal: ConnectedAppError(.storeBusy)) } == .storeBusy)
            let late = DeferredSQLiteStore(path: copy, auditWriter: Self.writer)
            #expect(await cause { try await late.read { try $0.record(key) } } == .storeBusy)
        }
        try await OutsideTool("sqlite3").whileRunning([path], input: hold) {
            let record = try await SQLiteSnapshot(path: path, refusal: ConnectedAppError(.storeBusy)).read {
                try $0.record(key)
            }
            #expect(record != nil)
        }
    }

    @Test(
        "A process suspended before it wrote the log's index delays reading for seconds; writes fail as busy"
    )
    func stoppedProcess() async throws {
        let store = try open()
        try await store.write { try $0.put(Self.record("a")) }
        try store.close()
        let clock = ContinuousClock()
        try await OutsideTool("python3").whileRunning([Self.holdLogIndex, path], input: "") {
            let start = clock.now
            let late = DeferredSQLiteStore(path: path, auditWriter: Self.writer)
            let record = try await late.read { try $0.record(RecordKey(.connection, "a")) }
            #expect(record != nil)
            #expect(clock.now - start < .seconds(8))
            for _ in 0..<2 {
                #expect(await cause { try await late.write { try $0.put(Self.record("b")) } } == .storeBusy)
            }
            #expect(clock.now - start < .seconds(18))
            #expect(await cause { try open(busyTimeout: .milliseconds(100)) } == .storeBusy)
        }
    }

    private static let holdLogIndex = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Tools/hold_log_index.py").path

    @Test("The journal is a write-ahead log, and the tables are strict")
    func journal() async throws {
        try open().close()
        #expect(try await OutsideTool("sqlite3").output([path, "PRAGMA journal_mode"]) == "wal\n")
        let outcome = try await OutsideTool("sqlite3").run([
            path, "INSERT INTO record VALUES ('app', 'a', 'not a number', x'00', 'k', x'00')",
        ])
        #expect(outcome.status != 0)
    }

    @Test("Written data is there after the store is reopened")
    func reopened() async throws {
        let store = try open()
        try await store.write { try $0.put(Self.record("a")) }
        let number = try await store.begin(.test())
        try store.close()
        let again = try open()
        #expect(try await again.read { try $0.record(RecordKey(.connection, "a")) } == Self.record("a"))
        try await again.finish(number, .granted)
        #expect(try await again.signIns(since: .distantPast).map(\.outcome) == [.granted])
    }

    @Test("A missing file is created only if that was requested")
    func notInitialised() async throws {
        #expect(await cause { try SQLiteStore(path: path, mayCreate: false) } == .notInitialised)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test(
        "A store with a trigger, a view or a changed table is rejected, and the error names it",
        arguments: [
            ("CREATE TRIGGER quiet AFTER INSERT ON auditRecord BEGIN DELETE FROM auditRecord; END", "trigger quiet"),
            ("CREATE VIEW shown AS SELECT * FROM record", "view shown"),
            ("ALTER TABLE signIn RENAME TO hidden; CREATE VIEW signIn AS SELECT * FROM hidden", "table signIn"),
            ("DROP TABLE lease; CREATE TABLE lease (process TEXT NOT NULL ON CONFLICT IGNORE)", "table lease"),
            ("DROP INDEX signInByTime", "index signInByTime"),
        ])
    func changedSchema(_ sql: String, _ name: String) async throws {
        try open().close()
        try await edit(sql)
        let error = #expect(throws: ConnectedAppError.self) { _ = try open() }
        #expect(error?.cause == .storeDamaged)
        #expect(error?.description.contains(name) == true)
        let snapshot = #expect(throws: ConnectedAppError.self) {
            _ = try SQLiteSnapshot(path: path, refusal: ConnectedAppError(.storeBusy))
        }
        #expect(snapshot?.cause == .storeDamaged)
    }

    @Test("Tables of other programs and statistics are accepted")
    func otherTables() async throws {
        try open().close()
        try await edit("CREATE TABLE _other (id INTEGER); ANALYZE")
        try open().close()
    }

    @Test("A trigger that is created while the store is open is ignored")
    func triggerWhileOpen() async throws {
        let store = try open()
        try await edit("CREATE TRIGGER quiet AFTER INSERT ON auditRecord BEGIN DELETE FROM auditRecord; END")
        try await store.append(
            AuditEvent(
                time: Date(), principal: Principal(.commandLine, name: "me"), act: .connectionAdded, connection: "a"))
        #expect(try await store.events(AuditSelection(limit: 9)).count == 1)
    }

    @Test("If somebody has used up a table's numbers, the store is damaged; the disk is not full")
    func numbersUsedUp() async throws {
        let event = AuditEvent(
            time: Date(), principal: Principal(.commandLine, name: "me"), act: .connectionAdded, connection: "a")
        let store = try open()
        try await store.append(event)
        try await edit("UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'auditRecord'")
        let error = await #expect(throws: ConnectedAppError.self) { try await store.append(event) }
        #expect(error?.cause == .storeDamaged)
        #expect(error?.description.contains("auditRecord") == true)
    }

    @Test("A store whose records were all removed is altered, not empty, as its audit record shows")
    func recordsRemoved() async throws {
        let store = try open()
        let records = SealedRecords(store: store, ring: try MasterKeyRing.test())
        #expect(try await records.initialise())
        try await store.append(
            AuditEvent(
                time: Date(), principal: Principal(.commandLine, name: "me"), act: .storeInitialised, connection: nil))
        try await edit("DELETE FROM record")
        #expect(await cause { try await records.read { _ in } } == .recordAltered)
        #expect(await cause { try await records.initialise() } == .recordAltered)
    }

    @Test("A file that a newer version wrote is rejected and not changed")
    func newer() async throws {
        try open().close()
        try await edit("INSERT INTO grdb_migrations VALUES ('99 from the future')")
        let before = try await OutsideTool("sqlite3").output([path, ".dump"])
        #expect(await cause { try open() } == .storeNewer)
        #expect(try await OutsideTool("sqlite3").output([path, ".dump"]) == before)
    }

    @Test("A file that is not a database is reported as damaged, and not overwritten")
    func noDatabase() async throws {
        _ = try folder.file("store.sqlite", String(repeating: "precious ", count: 1000))
        #expect(await cause { try open() } == .storeDamaged)
        #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix("precious precious"))
    }

    @Test("A file with overwritten pages is reported as damaged, not misread", arguments: [100, 4096, 8192])
    func corrupt(_ offset: Int) async throws {
        let store = try open()
        try await store.write { writing in
            for number in 0..<200 { try writing.put(Self.record("record \(number)")) }
        }
        try store.close()
        try await edit("PRAGMA wal_checkpoint(TRUNCATE)")
        var bytes = try Data(contentsOf: URL(filePath: path))
        try #require(bytes.count > offset + 8000)
        for index in offset..<offset + 8000 { bytes[index] = 0xA5 }
        try bytes.write(to: URL(filePath: path))
        let found = await cause {
            let store = try open()
            _ = try await store.read { try $0.records(of: .connection).count }
        }
        #expect(found == .storeDamaged)
    }

    @Test(
        "A folder that is missing, or in which no file can be created, is reported",
        arguments: ["/none/store", "/dev/null/store", "/proc/store"])
    func noFolder(_ place: String) async throws {
        let path = place.hasPrefix("/none") ? folder.path + place : place
        #expect(await cause { try SQLiteStore(path: path, mayCreate: true) } == .outputCannotBeCreated)
    }

    @Test("A lock that is held beyond the time-out is reported as busy, and nothing is lost")
    func busy() async throws {
        let holder = try open()
        let store = try open(busyTimeout: .milliseconds(50))
        let gate = BlockingGate()
        async let held: Void = holder.write { writing in
            try writing.put(Self.record("held"))
            gate.enterAndWait()
        }
        await gate.entered()
        #expect(await cause { try await store.write { try $0.put(Self.record("late")) } } == .storeBusy)
        #expect(try await store.read { try $0.records(of: .connection) }.isEmpty, "reading goes on")
        gate.open()
        try await held
        try await store.write { try $0.put(Self.record("late")) }
        #expect(try await store.read { try $0.records(of: .connection).map(\.key.id) } == ["held", "late"])
    }

    @Test("Erasing without patience gives up at once, and others can write while it waits for a reader")
    func eraseBesideReader() async throws {
        let (reader, store) = (try open(), try open())
        try await store.write { try $0.put(Self.record("a")) }
        let gate = BlockingGate()
        async let read: Int = reader.read { reading in
            let count = try reading.records(of: .connection).count
            gate.enterAndWait()
            return count
        }
        await gate.entered()
        try await store.write { try $0.put(Self.record("b")) }
        let clock = ContinuousClock()
        let begin = clock.now
        #expect(try await !store.eraseRemoved(within: .zero))
        #expect(clock.now - begin < .seconds(10))
        async let erased = store.eraseRemoved(within: .seconds(20))
        try await Task.sleep(for: .milliseconds(200))
        let written = try await clock.measure { try await store.write { try $0.put(Self.record("c")) } }
        #expect(written < .seconds(10))
        gate.open()
        #expect(try await read == 1)
        #expect(try await erased)
        // The usual time-out applies again.
        let holder = BlockingGate()
        async let held: Void = reader.write { writing in
            try writing.put(Self.record("held"))
            holder.enterAndWait()
        }
        await holder.entered()
        async let late: Void = store.write { try $0.put(Self.record("late")) }
        try await Task.sleep(for: .milliseconds(500))
        holder.open()
        try await held
        try await late
    }

    @Test("A lock that is released in time is waited for")
    func waited() async throws {
        let (holder, store) = (try open(), try open())
        let gate = BlockingGate()
        async let held: Void = holder.write { writing in
            try writing.put(Self.record("held"))
            gate.enterAndWait()
        }
        await gate.entered()
        async let late: Void = store.write { try $0.put(Self.record("late")) }
        gate.open()
        try await held
        try await late
        #expect(try await store.read { try $0.records(of: .connection).map(\.key.id) } == ["held", "late"])
    }

    @Test("If a new store is opened 24 times at once, each connection gets the complete store")
    func openedAtOnce() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<24 {
                group.addTask {
                    let store = try open()
                    try await store.write { try $0.put(Self.record("\(number)")) }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await open().read { try $0.records(of: .connection).count } == 24)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.allSatisfy { !$0.contains(".new-") }, "\(names)")
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    // MARK: Rows edited by hand

    /// Statements that write what aprity never writes.
    static let edits = [
        "UPDATE record SET body = x''", "UPDATE record SET body = x'ff00ff'", "UPDATE record SET tag = x''",
        "UPDATE record SET revision = -1", "UPDATE record SET revision = 9223372036854775807",
        "UPDATE record SET masterKeyID = ''", "UPDATE record SET id = ''",
        "UPDATE record SET id = 'b' || char(0) || 'c'",
        "INSERT INTO record VALUES ('nonsense', 'x', 1, x'00', 'k', x'00')",
        "INSERT INTO record VALUES ('connection', CAST(x'ff' AS TEXT), 1, x'00', 'k', x'00')",
        "DELETE FROM record", loosened("record") + "UPDATE record SET revision = 'many', body = 'text', tag = 7",
        loosened("record") + "UPDATE record SET body = NULL, tag = NULL, revision = NULL, masterKeyID = NULL",
        loosened("record") + "UPDATE record SET masterKeyID = x'ff', revision = 1.5",
    ]

    /// Recreates a table so that it accepts any type.
    private static func loosened(_ table: String) -> String {
        "ALTER TABLE \(table) RENAME TO strict; CREATE TABLE \(table) AS SELECT * FROM strict; "
    }

    @Test("Rows edited by hand are read safely, and the seals refuse them", arguments: edits)
    func editedRecords(_ sql: String) async throws {
        let ring = try MasterKeyRing(
            fileContent: MasterKeyRing.newFileContent(randomBytes: SeededRandom(seed: 1).bytes))
        let store = try open()
        let builder = ServiceBuilder(store, ring: ring, surroundings: .test(TestTime()))
        _ = try await builder.records.initialise()
        let service = builder.service()
        let me = Principal(.commandLine, name: "me")
        _ = try await service.connections.add(.test(consumerKey: nil), as: me)
        let isForeignOnly = sql.contains("'nonsense'")
        try await edit(sql)
        _ = try await store.read { try $0.records(of: .connection) }
        let found = await cause { try await service.connections.all(as: me) }
        if isForeignOnly {
            #expect(found == nil)
        } else {
            #expect([.recordAltered, .masterKeyWrong, .notInitialised].contains(found), "\(String(describing: found))")
        }
    }

    @Test(
        "A ledger or audit row that cannot be read is reported as damage",
        arguments: [
            ("signIn", "UPDATE signIn SET purpose = 'nonsense'"),
            ("signIn", loosened("signIn") + "UPDATE signIn SET organization = NULL"),
            ("signIn", loosened("signIn") + "UPDATE signIn SET startedAt = x'00', username = 7"),
            ("audit", "UPDATE auditRecord SET body = x''"),
            ("audit", "UPDATE auditRecord SET body = CAST('{}' AS BLOB)"),
            ("audit", loosened("auditRecord") + "UPDATE auditRecord SET body = NULL"),
            ("audit", loosened("auditRecord") + "UPDATE auditRecord SET body = 'nonsense'"),
        ])
    func editedLogs(_ table: String, _ sql: String) async throws {
        let store = try open()
        _ = try await store.begin(.test())
        try await store.append(
            AuditEvent(
                time: Date(timeIntervalSince1970: 1), principal: Principal(.commandLine, name: "me"),
                act: .connectionAdded, connection: nil))
        try await edit(sql)
        let found =
            table == "signIn"
            ? await cause { try await store.signIns(since: .distantPast) }
            : await cause { try await store.events(limit: 9) }
        #expect(found == .storeDamaged)
    }
}
