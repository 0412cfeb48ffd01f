internal import CSQLiteSettings
internal import ConnectedApp
internal import GRDB

/// Finds changes of the schema by somebody else. A trigger or a view could falsify the audit record unnoticed: it can
/// remove what is inserted, or show other rows.
enum SchemaCheck {
    /// An entry of `sqlite_master`.
    private struct Entry: Sendable {
        let type: String
        let name: String
        /// The statement that created it, without white space and quotes, which depend on SQLite's version.
        let statement: String
    }

    /// Makes a new connection ignore triggers and reject views, also those that are created while it is open.
    static func ignoreTriggersAndViews(_ db: Database) throws {
        let code = aprity_ignore_triggers_and_views(db.sqliteConnection)
        guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }

    /// Compares a database that has all migrations with what the migrations create. Other tables, such as those of a
    /// replication tool, are ignored.
    ///
    /// - Throws: ``ConnectedAppError`` with `.storeDamaged`, which names what was added, changed or removed.
    static func check(_ database: any DatabaseReader, path: String) throws {
        let found = try database.read { db in try entries(db) }
        let expected = try expected.get()
        var differences = found.filter { $0.type == "trigger" || $0.type == "view" }.map { "\($0.type) \($0.name)" }
        for entry in expected {
            let same = found.first { $0.type == entry.type && $0.name == entry.name }
            if same?.statement != entry.statement { differences.append("\(entry.type) \(entry.name)") }
        }
        guard differences.isEmpty else {
            throw ConnectedAppError(
                .storeDamaged, subject: path,
                detail: "These parts of the database were added, changed or removed by something other than aprity: "
                    + Set(differences).sorted().joined(separator: ", ") + ".",
                remedy: "Find out who changed it, then restore the store from a backup.")
        }
    }

    /// What the migrations create in an empty database.
    private static let expected = Result {
        let queue = try DatabaseQueue()
        try Schema.apply(to: queue)
        return try queue.read { db in try entries(db) }
    }

    /// Leaves out what SQLite and the migrator keep for themselves.
    private static func entries(_ db: Database) throws -> [Entry] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT type, name, sql FROM sqlite_master
                WHERE type IN ('trigger', 'view') OR (name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'grdb_migrations')
                """
        ).map { row in
            let statement = String.fromDatabaseValue(row["sql"]) ?? ""
            return Entry(
                type: String.fromDatabaseValue(row["type"]) ?? "", name: String.fromDatabaseValue(row["name"]) ?? "",
                statement: statement.filter { !$0.isWhitespace && $0 != "\"" })
        }
    }
}

extension SchemaCheck {
    /// The error if a table has no row ids left, which SQLite reports as a full disk. Nobody reaches the last row id by
    /// using aprity, so somebody has written it.
    ///
    /// - Returns: `nil` if every table has row ids left.
    static func exhaustedTable(_ database: any DatabaseReader, path: String) throws -> ConnectedAppError? {
        let tables = try database.read { db in
            try ["auditEpoch", "auditRecord", "signIn"].filter { table in
                let last = try Int64.fetchOne(
                    db,
                    sql: """
                        SELECT max(coalesce((SELECT max(rowid) FROM \(table)), 0),
                            coalesce((SELECT seq FROM sqlite_sequence WHERE name = ?), 0))
                        """, arguments: [table])
                return last == .max
            }
        }
        guard !tables.isEmpty else { return nil }
        return ConnectedAppError(
            .storeDamaged, subject: path,
            detail: "A row has the highest possible row id, so no row can be added: \(tables.joined(separator: ", ")).",
            remedy: "Find out who did that, then restore the store from a backup.")
    }
}
