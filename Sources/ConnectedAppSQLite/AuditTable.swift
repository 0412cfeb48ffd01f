internal import ConnectedApp
internal import Foundation
internal import GRDB

/// The audit record within a transaction. The contracts are those of the protocols.
extension RecordTable: AuditReading, AuditWriting {
    func append(_ event: AuditEvent) throws {
        let epoch = try epoch()
        let last = try db.row(
            sql: "SELECT sequence, hash FROM auditRecord WHERE writer = ? AND epoch = ? ORDER BY sequence DESC LIMIT 1",
            arguments: [writer.name, epoch]
        ).map { (sequence: Int.fromDatabaseValue($0["sequence"]) ?? 0, hash: Self.data($0["hash"])) }
        try Self.insert(event, AuditLink(writer: writer.name, epoch: epoch, after: last), db)
    }

    /// Inserts an event. The link must be the next one of its chain.
    static func insert(_ event: AuditEvent, _ link: AuditLink, _ db: Database) throws {
        let body = try AuditBody.encode(event)
        try db.run(
            sql: "INSERT INTO auditRecord (writer, epoch, sequence, previous, body, hash) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [link.writer, link.epoch, link.sequence, link.previous, body, link.hash(of: body)])
    }

    /// Returns the epoch of this run of the process. It is allocated in the same transaction as the run's first record.
    private func epoch() throws -> Int {
        let known = try db.value(
            Int.self, sql: "SELECT epoch FROM auditEpoch WHERE instance = ?", arguments: [writer.instance])
        if let known { return known }
        try db.run(
            sql: "INSERT INTO auditEpoch (instance, writer) VALUES (?, ?)", arguments: [writer.instance, writer.name])
        return Int(db.lastInsertedRowID)
    }

    func auditRecords(after number: Int64, limit: Int) throws -> [AuditRecord] {
        try db.rows(
            sql: "SELECT * FROM auditRecord WHERE number > ? ORDER BY number LIMIT ?", arguments: [number, limit]
        ).map(Self.record)
    }

    func auditRecords(_ selection: AuditSelection) throws -> [AuditRecord] {
        var conditions = ["1"]
        var arguments: StatementArguments = []
        for (member, value) in [("connection", selection.connection), ("act", selection.act?.rawValue)] {
            guard let value else { continue }
            conditions.append("json_extract(CAST(body AS TEXT), '$.\(member)') = ?")
            arguments += [value]
        }
        func add(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
            guard let value else { return }
            conditions.append(condition)
            arguments += [value]
        }
        let principal =
            "json_extract(CAST(body AS TEXT), '$.principal.channel') || ':' "
            + "|| json_extract(CAST(body AS TEXT), '$.principal.name')"
        add("instr(lower(\(principal)), lower(?)) > 0", selection.principal.isEmpty ? nil : selection.principal)
        add("json_extract(CAST(body AS TEXT), '$.time') >= ?", selection.from?.timeIntervalSince1970)
        add("json_extract(CAST(body AS TEXT), '$.time') < ?", selection.until?.timeIntervalSince1970)
        add("number < ?", selection.before)
        return try db.rows(
            sql: """
                SELECT * FROM auditRecord WHERE \(conditions.joined(separator: " AND ")) ORDER BY number DESC LIMIT ?
                """,
            arguments: arguments + [selection.limit]
        ).map(Self.record)
    }

    func checkpointLines(after sequence: Int) throws -> [String] {
        try db.values(
            String.self, sql: "SELECT line FROM auditCheckpoint WHERE sequence > ? ORDER BY sequence",
            arguments: [sequence])
    }

    func lastCheckpointLine() throws -> String? {
        try db.value(String.self, sql: "SELECT line FROM auditCheckpoint ORDER BY sequence DESC LIMIT 1")
    }

    func checkpointToPost() throws -> (sequence: Int, line: String)? {
        try db.row(
            sql: "SELECT sequence, line FROM auditCheckpoint WHERE isPosted = 0 ORDER BY sequence LIMIT 1"
        ).map { (Int.fromDatabaseValue($0["sequence"]) ?? 0, String.fromDatabaseValue($0["line"]) ?? "") }
    }

    func addCheckpoint(_ sequence: Int, line: String) throws {
        try db.run(sql: "INSERT INTO auditCheckpoint (sequence, line) VALUES (?, ?)", arguments: [sequence, line])
    }

    func setPosted(checkpoint sequence: Int) throws {
        try db.run(sql: "UPDATE auditCheckpoint SET isPosted = 1 WHERE sequence = ?", arguments: [sequence])
    }

    func removeAuditRecords(upTo number: Int64) throws {
        try db.run(sql: "DELETE FROM auditRecord WHERE number <= ?", arguments: [number])
    }

    private static func data(_ value: DatabaseValue) -> Data { Data.fromDatabaseValue(value) ?? Data() }

    /// Converts a row. A column of a wrong type becomes 0 or empty: somebody has edited the row, and the hash will
    /// reveal that.
    private static func record(_ row: Row) -> AuditRecord {
        AuditRecord(
            number: Int64.fromDatabaseValue(row["number"]) ?? 0,
            link: AuditLink(
                writer: String.fromDatabaseValue(row["writer"]) ?? "", epoch: Int.fromDatabaseValue(row["epoch"]) ?? 0,
                sequence: Int.fromDatabaseValue(row["sequence"]) ?? 0, previous: data(row["previous"])),
            body: data(row["body"]), hash: data(row["hash"]))
    }
}
