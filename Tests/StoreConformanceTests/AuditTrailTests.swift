import ConnectedAppSQLite
import ConnectedAppTesting
import Foundation
import HTTPTypes
import JWTBearer
import Synchronization
import Testing

@testable import ConnectedApp

/// The audit record in a real file, altered with the sqlite3 program by somebody who has the file but not the key.
@Suite("Audit trail")
struct AuditTrailTests {
    private let folder: TemporaryFolder
    private let time = TestTime()
    private var path: String { folder.path + "/aprity.sqlite" }
    private var export: String { folder.path + "/elsewhere/checkpoints.jsonl" }

    init() throws { folder = try TemporaryFolder() }

    private func open(_ instance: String = "one") throws -> SQLiteStore {
        try SQLiteStore(path: path, mayCreate: true, auditWriter: AuditWriter(name: "me@here", instance: instance))
    }

    private func trail(_ store: SQLiteStore, webhook: AuditWebhook? = nil, keepDays: Int? = nil) throws -> AuditTrail {
        AuditTrail(
            store: store, keyFile: folder.path + "/audit.key",
            exports: AuditExports(file: export, webhook: webhook), retentionDays: keepDays, surroundings: .test(time))
    }

    private func append(_ count: Int, to store: SQLiteStore) async throws {
        for number in 0..<count {
            try await store.append(
                AuditEvent(
                    time: time.now, principal: Principal(.commandLine, name: "me"), act: .connectionChanged,
                    connection: "c\(number)"))
        }
    }

    private func edit(_ sql: String) async throws { _ = try await OutsideTool("sqlite3").output([path, sql]) }

    /// A trail with eight records in two checkpoints, and two more records.
    private func filled() async throws -> AuditTrail {
        let store = try open()
        let trail = try trail(store)
        try await append(4, to: store)
        #expect(try await trail.checkpoint().isEmpty)
        time.advance(by: .seconds(60))
        try await append(4, to: store)
        #expect(try await trail.checkpoint().isEmpty)
        try await append(2, to: store)
        return trail
    }

    @Test("An unaltered record is intact; the result says how far it is protected, and what is not")
    func intact() async throws {
        let view = try await filled().verify()
        #expect(view.isIntact)
        #expect(view.findings.isEmpty)
        #expect(view.records == 10)
        #expect(view.protectedTo == 8)
        #expect(view.laterRecords == 2)
        #expect(view.checkpoints == 2)
        #expect(
            view.sentence
                == "The audit record is intact. Signed checkpoints protect it up to entry 8; 2 later entries are not protected."
        )
    }

    /// A chain that continues from record 4 with other contents. Anybody who has the file can compute it.
    private func recomputed(from number: Int64) async throws -> String {
        let store = try open()
        let records = try await store.read { try $0.auditRecords(after: 0, limit: 100) }
        var last = records.last { $0.number < number }.map { (sequence: $0.link.sequence, hash: $0.hash) }
        var sql = ""
        for record in records where record.number >= number {
            let body = Data(String(decoding: record.body, as: UTF8.self).replacing("\"me\"", with: "\"you\"").utf8)
            let link = AuditLink(writer: record.link.writer, epoch: record.link.epoch, after: last)
            let hash = link.hash(of: body)
            sql += """
                UPDATE auditRecord SET body = x'\(body.hex)', previous = x'\(link.previous.hex)', hash = x'\(hash.hex)' \
                WHERE number = \(record.number);
                """
            last = (link.sequence, hash)
        }
        return sql
    }

    static let alterations: [(name: String, sql: String, kind: AuditVerificationView.Kind, record: Int64)] = [
        (
            "changed", "UPDATE auditRecord SET body = CAST(replace(body, 'me', 'you') AS BLOB) WHERE number = 3",
            .changed, 3
        ),
        ("removed", "DELETE FROM auditRecord WHERE number IN (5, 6)", .removed, 7),
        (
            "reordered",
            """
            UPDATE auditRecord SET number = 99 WHERE number = 3; UPDATE auditRecord SET number = 3 WHERE number = 4;
            UPDATE auditRecord SET number = 4 WHERE number = 99
            """, .reordered, 4
        ),
        ("dropped from the end", "DELETE FROM auditRecord WHERE number >= 7", .truncated, 7),
        ("all dropped", "DELETE FROM auditRecord", .truncated, 1),
        ("the first ones dropped", "DELETE FROM auditRecord WHERE number <= 4", .removed, 5),
        ("a link bent", "UPDATE auditRecord SET previous = zeroblob(32) WHERE number = 6", .changed, 6),
    ]

    @Test("Each alteration is found, and the finding names the record", arguments: alterations)
    func altered(_ row: (name: String, sql: String, kind: AuditVerificationView.Kind, record: Int64)) async throws {
        let trail = try await filled()
        try await edit(row.sql)
        let view = try await trail.verify()
        #expect(!view.isIntact)
        #expect(
            view.findings.contains { $0.kind == row.kind && $0.record == row.record }, "\(row.name): \(view.findings)")
    }

    @Test(
        "The record is protected up to the first altered record, whatever the alteration",
        arguments: [
            "UPDATE auditRecord SET body = CAST(replace(body, 'c2', 'c9') AS BLOB) WHERE number = 7",
            "DELETE FROM auditRecord WHERE number = 6",
        ])
    func protectedBeforeAlterations(_ sql: String) async throws {
        let trail = try await filled()
        try await edit(sql)
        let view = try await trail.verify()
        #expect(!view.isIntact)
        #expect(view.protectedTo == 4)
    }

    @Test("A key that signed none of the checkpoints causes one finding")
    func wrongKey() async throws {
        let trail = try await filled()
        let other = try AuditPublicKey(hex: String(repeating: "07", count: 32))
        let view = try await trail.verify(publicKey: other)
        #expect(view.findings.map(\.kind) == [.checkpointForged])
        #expect(view.findings.first?.sentence.hasPrefix("None of the 2 checkpoints is signed by the key") == true)
        #expect(view.protectedTo == 0)
    }

    @Test("A recomputed chain is consistent, but does not match the signed checkpoints")
    func chainRecomputed() async throws {
        let trail = try await filled()
        try await edit(try await recomputed(from: 6))
        let view = try await trail.verify()
        #expect(view.findings.map(\.kind) == [.recomputed])
        #expect(view.findings.first?.sentence.hasSuffix("signed different content: somebody rewrote them.") == true)
        #expect(view.sentence.hasPrefix("Signed checkpoints protect the audit record up to entry "))
        #expect(view.findings.first?.record == 5)
        #expect(view.protectedTo == 4)
    }

    @Test("Records after the last checkpoint can be rewritten unnoticed; verify says that they are not protected")
    func unprotected() async throws {
        let trail = try await filled()
        try await edit(try await recomputed(from: 9))
        let view = try await trail.verify()
        #expect(view.isIntact)
        #expect(view.laterRecords == 2)
    }

    @Test("Checkpoints outside the store reveal that the store was replaced by an older copy")
    func restored() async throws {
        let store = try open()
        try await append(3, to: store)
        _ = try await trail(store).checkpoint()
        try await edit("VACUUM INTO '\(folder.path)/copy.sqlite'")
        try await append(3, to: store)
        _ = try await trail(store).checkpoint()
        try store.close()
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        try FileManager.default.moveItem(atPath: folder.path + "/copy.sqlite", toPath: path)
        let view = try await trail(try open("two")).verify()
        #expect(view.findings.contains { $0.kind == .restoredOlder && $0.record == 6 }, "\(view.findings)")
        #expect(view.findings.contains { $0.kind == .truncated && $0.record == 4 })
    }

    @Test("An edited or removed checkpoint is found")
    func checkpoints() async throws {
        let trail = try await filled()
        let text = try String(contentsOfFile: export, encoding: .utf8)
        let edited = text.replacing("\"upToNumber\":8", with: "\"upToNumber\":7")
        try edited.write(toFile: export, atomically: false, encoding: .utf8)
        #expect(try await trail.verify().findings.contains { $0.kind == .checkpointForged })
        let second = text.split(separator: "\n")[1] + "\n"
        try await append(1, to: try open())
        try second.write(toFile: export, atomically: false, encoding: .utf8)
        #expect(try await trail.verify().protectedTo == 8)
        _ = try await trail.checkpoint()
        let lines = try String(contentsOfFile: export, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 2)
        try (text.split(separator: "\n")[0] + "\n" + lines[1] + "\n").write(
            toFile: export, atomically: false, encoding: .utf8)
        #expect(try await trail.verify().findings.contains { $0.kind == .checkpointMissing })
    }

    @Test("Each start of a process begins a chain, and checkpoints cover all chains")
    func epochs() async throws {
        let (first, second) = (try open("one"), try open("two"))
        try await append(2, to: first)
        try await append(2, to: second)
        try await append(1, to: first)
        let links = try await first.read { try $0.auditRecords(after: 0, limit: 9) }.map(\.link)
        #expect(links.map(\.sequence) == [1, 2, 1, 2, 3])
        #expect(links.map(\.epoch) == [1, 1, 2, 2, 1])
        let trail = try trail(first)
        _ = try await trail.checkpoint()
        #expect(try await trail.verify().protectedTo == 5)
    }

    @Test("A failed transaction leaves no gap in the chain")
    func undone() async throws {
        let store = try open()
        try await append(1, to: store)
        struct Undone: Error {}
        await #expect(throws: Undone.self) {
            try await store.write { writing in
                try writing.append(
                    AuditEvent(
                        time: .distantPast, principal: Principal(.api, name: "x"), act: .signedIn, connection: nil))
                throw Undone()
            }
        }
        try await append(1, to: store)
        let trail = try trail(store)
        _ = try await trail.checkpoint()
        #expect(try await trail.verify().isIntact)
    }

    @Test("Old records are removed only up to a checkpoint, the removal is recorded, and the rest still verifies")
    func retention() async throws {
        _ = try await filled()
        let store = try open("later")
        let keeping = try trail(store, keepDays: 30)
        time.advance(by: .seconds(40 * 86_400))
        try await append(1, to: store)
        _ = try await keeping.checkpoint()
        let records = try await store.read { try $0.auditRecords(after: 0, limit: 99) }
        #expect(records.first?.number == 9)
        #expect(try records.last?.event().act == .auditRecordCut)
        #expect(try records.last?.event().principal.description == "schedule:retention")
        let view = try await keeping.verify()
        #expect(view.isIntact, "\(view.findings)")
        #expect(view.protectedTo == 12, "\(view.findings)")
        #expect(view.laterRecords == 0, "\(view.findings)")
        // The next checkpoint contains the cut, and nothing is cut twice.
        try await append(1, to: store)
        #expect(try await keeping.checkpoint().isEmpty)
        #expect(try await keeping.verify().protectedTo == 13)
        try await edit("DELETE FROM auditRecord WHERE number = 9")
        #expect(try await keeping.verify().findings.contains { $0.kind == .removed && $0.record == 9 })
    }

    @Test("Removing records up to a checkpoint is found if no signed checkpoint records the removal")
    func unsignedCut() async throws {
        let trail = try await filled()
        try await edit("DELETE FROM auditRecord WHERE number <= 4")
        let view = try await trail.verify()
        #expect(view.findings.contains { $0.kind == .removed && $0.record == 1 })
        // An unsigned checkpoint that claims a cut is ignored, and no checkpoint is signed after it.
        try await edit(
            "UPDATE auditCheckpoint SET line = replace(line, '\"digest\"', '\"cut\":{\"checkpoint\":1,\"digest\":\"x\",'"
                + " || '\"upToNumber\":4},\"digest\"')")
        try await append(1, to: try open())
        #expect(try await trail.checkpoint().map(\.cause) == [.recordAltered])
        #expect(try await !trail.verify().isIntact)
        try FileManager.default.removeItem(atPath: export)
        #expect(try await !trail.verify().isIntact)
    }

    @Test("The removal of a chain of one record is found by the gap in the numbers")
    func shortChain() async throws {
        for instance in ["one", "two", "three"] { try await append(1, to: try open(instance)) }
        let trail = try trail(try open())
        _ = try await trail.checkpoint()
        try await edit("DELETE FROM auditRecord WHERE number = 2")
        #expect(try await trail.verify().findings.contains { $0.kind == .removed && $0.record == 2 })
    }

    @Test("Without external checkpoints, verify explains what that means")
    func onlyInside() async throws {
        let trail = try await filled()
        try FileManager.default.removeItem(atPath: export)
        let view = try await trail.verify()
        #expect(view.isIntact)
        #expect(view.sentence.contains("no checkpoints outside the store"))
    }

    @Test("An unusable key prevents signing, and nothing else", arguments: ["nonsense", nil])
    func badKey(_ content: String?) async throws {
        let store = try open()
        let trail = try trail(store)
        try await append(1, to: store)
        _ = try await trail.checkpoint()
        let path = folder.path + "/audit.key"
        if let content {
            try content.write(toFile: path, atomically: false, encoding: .utf8)
        } else {
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        }
        try await append(1, to: store)
        let troubles = try await trail.checkpoint()
        let cause: Cause = content == nil ? .secretFileUnsafe : .inputMalformed
        let words = content == nil ? "chmod 600" : "set APRITY_AUDIT_KEY_FILE"
        #expect(troubles.map(\.cause) == [cause])
        #expect(troubles.first?.remedy.contains(words) == true)
        await #expect(throws: ConnectedAppError.self) { try await trail.verify() }
        try await append(1, to: store)
    }

    @Test("A webhook that did not respond gets the missed checkpoints, in order, with the next one")
    func webhook() async throws {
        let store = try open()
        let isAway = Mutex(true)
        let transport = ScriptedTransport { _ in .json("", status: isAway.withLock { $0 } ? 503 : 204) }
        let webhook = try AuditWebhook(
            url: "https://audit.example.com:8443/in?x=1", source: "TEST", transports: OneTransport(transport))
        let trail = try trail(store, webhook: webhook)
        try await append(1, to: store)
        let troubles = try await trail.checkpoint()
        #expect(troubles.map(\.cause) == [.answerUnintelligible])
        isAway.withLock { $0 = false }
        try await append(1, to: store)
        #expect(try await trail.checkpoint().isEmpty)
        let posted = transport.requests.dropFirst().map { String(decoding: $0.body, as: UTF8.self) }
        let lines = try String(contentsOfFile: export, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(Array(posted) == lines)
        #expect(lines.count == 2)
        #expect(transport.requests.first?.head.path == "/in?x=1")
        #expect(transport.requests.first?.head.authority == "audit.example.com:8443")
    }

    @Test(
        "An error about the webhook's URL names the setting and contains neither its path nor its credentials",
        arguments: [
            "https://u:s3cr3t@hooks.example/s3cr3t", "s3cr3t", "https:///s3cr3t", "http://hooks.example/s3cr3t",
        ])
    func secretWebhook(_ url: String) {
        let transport = ScriptedTransport { _ in .json("", status: 204) }
        let error = #expect(throws: ConnectedAppError.self) {
            try AuditWebhook(
                url: url, source: "APRITY_AUDIT_CHECKPOINT_WEBHOOK", transports: OneTransport(transport))
        }
        let said = [error?.description, error?.debugDescription, error?.subject].compactMap { $0 }.joined()
        #expect(!said.isEmpty)
        #expect(!said.contains("s3cr3t"))
    }

    @Test("Checkpoints that could not be written to their file are written with the next one")
    func exportFails() async throws {
        let store = try open()
        try await append(1, to: store)
        try FileManager.default.createDirectory(atPath: export, withIntermediateDirectories: true)
        #expect(try await trail(store).checkpoint().map(\.cause) == [.outputCannotBeCreated])
        try FileManager.default.removeItem(atPath: export)
        try await append(1, to: store)
        #expect(try await trail(store).checkpoint().isEmpty)
        #expect(try CheckpointFile(path: export).lines().count == 2)
        // Part of a line from a crashed process does not count as the end.
        let handle = try #require(FileHandle(forWritingAtPath: export))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"checkpoint\":{\"dig".utf8))
        try handle.close()
        try await append(1, to: store)
        #expect(try await trail(store).checkpoint().isEmpty)
        let whole = try CheckpointFile(path: export).lines().compactMap {
            SignedCheckpoint.read($0)?.checkpoint.sequence
        }
        #expect(whole == [1, 2, 3])
        #expect(try await trail(store).verify().isIntact, "what broke off is whole in the next line")
    }

    @Test(
        "A checkpoint file that is not a regular file causes a warning, and is never read",
        arguments: [nil, "/dev/null"])
    func otherKindOfFile(_ device: String?) async throws {
        let pipe = folder.path + "/pipe"
        if device == nil { try #require(mkfifo(pipe, 0o600) == 0) }
        let store = try open()
        try await append(1, to: store)
        let trail = AuditTrail(
            store: store, keyFile: folder.path + "/audit.key", exports: AuditExports(file: device ?? pipe),
            surroundings: .test(time))
        let troubles = try await trail.checkpoint()
        #expect(troubles.map(\.cause) == [.fileUnreadable])
        #expect(troubles.first?.description.contains("not a regular file") == true)
        let error = await #expect(throws: ConnectedAppError.self) { try await trail.verify() }
        #expect(error?.cause == .fileUnreadable)
    }

    @Test("A removed key is not replaced by a new one, which could not continue the checkpoints")
    func removedKey() async throws {
        let store = try open()
        let trail = try trail(store)
        try await append(1, to: store)
        #expect(try await trail.checkpoint().isEmpty)
        let path = folder.path + "/audit.key"
        try FileManager.default.removeItem(atPath: path)
        try await append(1, to: store)
        let trouble = try #require(try await trail.checkpoint().first)
        #expect(trouble.cause == .fileMissing)
        #expect(trouble.remedy.contains("APRITY_AUDIT_KEY_FILE"))
        #expect(!FileManager.default.fileExists(atPath: path))
        let error = await #expect(throws: ConnectedAppError.self) { try await trail.verify() }
        #expect(error?.remedy.contains("--public-key") == true)
        // As former versions left it.
        _ = try AuditKey(path: path, randomBytes: SeededRandom(seed: 5).bytes)
        let other = try #require(try await trail.checkpoint().first)
        #expect(other.cause == .recordAltered)
        #expect(other.remedy.contains("APRITY_AUDIT_KEY_FILE"))
    }

    @Test("The key file is created once with mode 0600, and a malformed one is rejected")
    func key() throws {
        let path = folder.path + "/keys/audit.key"
        let first = try AuditKey(path: path, randomBytes: SeededRandom(seed: 1).bytes)
        let again = try AuditKey(path: path, randomBytes: SeededRandom(seed: 2).bytes)
        #expect(first.publicKey.hex == again.publicKey.hex)
        #expect(first.publicKey.hex.count == 64)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)
        var dumped = ""
        dump(first, to: &dumped)
        let secret = try String(contentsOfFile: path, encoding: .utf8).split(separator: ":")[1]
        #expect(!dumped.contains(secret.prefix(16)))
        try "nonsense".write(toFile: path, atomically: false, encoding: .utf8)
        #expect(throws: ConnectedAppError.self) {
            try AuditKey(path: path, randomBytes: SeededRandom(seed: 2).bytes)
        }
    }
}

extension AuditTrail {
    /// The state of a store whose records are intact.
    fileprivate func verify(
        file: String? = nil, publicKey: AuditPublicKey? = nil
    ) async throws -> AuditVerificationView {
        let state = SealedRecords.StoredState(
            position: RecordsPosition(generation: 0, revision: 0), historyID: nil, alteredRecords: [])
        return try await verify(file: file, publicKey: publicKey, records: .read(state))
    }
}
