internal import ConnectedApp
internal import Foundation
internal import GRDB

/// The schema, as a list of migrations. A released migration, including its name, is never changed: add a new one.
/// ``AuditLink/hash(of:)`` is used by migration 2 and must not change either.
///
/// Columns for times have seconds since 1970, in UTC. `body` is JSON.
enum Schema {
    /// Applies the migrations that are missing, each in a transaction. Then checks that nobody else changed the schema.
    ///
    /// - Parameter path: The subject of errors.
    /// - Throws: ``ConnectedAppError``: `.storeNewer` if a newer version of aprity has migrated the store, or
    ///   `.storeDamaged` under the conditions of ``SchemaCheck/check(_:path:)``; errors of SQLite.
    static func migrate(_ pool: any DatabaseWriter, path: String) throws {
        guard try !checkIsCurrent(pool, path: path) else { return }
        try apply(to: pool)
        try SchemaCheck.check(pool, path: path)
    }

    /// Applies the migrations that are missing, without checks.
    static func apply(to pool: any DatabaseWriter) throws { try migrator.migrate(pool) }

    /// Returns whether all migrations have been applied. If so, also checks that nobody else changed the schema.
    ///
    /// - Throws: The same errors as ``migrate(_:path:)``.
    static func checkIsCurrent(_ database: any DatabaseReader, path: String) throws -> Bool {
        let migrator = migrator
        let isNewer = try database.read { db in try migrator.hasBeenSuperseded(db) }
        guard !isNewer else { throw ConnectedAppError(.storeNewer, subject: path) }
        guard try database.read({ db in try migrator.hasCompletedMigrations(db) }) else { return false }
        try SchemaCheck.check(database, path: path)
        return true
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 records, sign-ins, audit") { db in
            try db.execute(
                sql: """
                    CREATE TABLE record (
                        kind TEXT NOT NULL,
                        id TEXT NOT NULL,
                        revision INTEGER NOT NULL,
                        body BLOB NOT NULL,
                        masterKeyID TEXT NOT NULL,
                        tag BLOB NOT NULL,
                        PRIMARY KEY (kind, id)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE signIn (
                        number INTEGER PRIMARY KEY AUTOINCREMENT,
                        organization TEXT NOT NULL,
                        username TEXT NOT NULL,
                        purpose TEXT NOT NULL,
                        startedAt REAL NOT NULL,
                        outcome TEXT
                    ) STRICT;
                    CREATE INDEX signInByUser ON signIn (organization, username, startedAt);
                    CREATE INDEX signInByTime ON signIn (startedAt);
                    CREATE TABLE audit (
                        number INTEGER PRIMARY KEY AUTOINCREMENT,
                        body BLOB NOT NULL
                    ) STRICT;
                    """)
        }
        migrator.registerMigration("2 audit chain") { db in
            try db.execute(
                sql: """
                    CREATE TABLE auditEpoch (
                        epoch INTEGER PRIMARY KEY AUTOINCREMENT,
                        instance TEXT NOT NULL UNIQUE,
                        writer TEXT NOT NULL
                    ) STRICT;
                    CREATE TABLE auditRecord (
                        number INTEGER PRIMARY KEY AUTOINCREMENT,
                        writer TEXT NOT NULL,
                        epoch INTEGER NOT NULL,
                        sequence INTEGER NOT NULL,
                        previous BLOB NOT NULL,
                        body BLOB NOT NULL,
                        hash BLOB NOT NULL,
                        UNIQUE (writer, epoch, sequence)
                    ) STRICT;
                    CREATE TABLE auditCheckpoint (
                        sequence INTEGER PRIMARY KEY,
                        line TEXT NOT NULL,
                        isPosted INTEGER NOT NULL DEFAULT 0
                    ) STRICT;
                    CREATE INDEX auditCheckpointToPost ON auditCheckpoint (sequence) WHERE isPosted = 0;
                    """)
            try carryOver(db)
        }
        migrator.registerMigration("3 sign-in gate, outstanding tokens, leases") { db in
            try db.execute(
                sql: """
                    CREATE TABLE newSignIn (
                        number INTEGER PRIMARY KEY AUTOINCREMENT,
                        organization TEXT NOT NULL,
                        username TEXT NOT NULL,
                        appID TEXT NOT NULL,
                        egress TEXT NOT NULL,
                        purpose TEXT NOT NULL,
                        startedAt REAL NOT NULL,
                        outcome TEXT,
                        code TEXT
                    ) STRICT;
                    INSERT INTO newSignIn (number, organization, username, appID, egress, purpose, startedAt, outcome, code)
                        SELECT number, organization, username, '', 'direct', purpose, startedAt,
                            CASE WHEN outcome IS NULL THEN NULL WHEN outcome = 'granted' THEN 'granted' ELSE 'refused' END,
                            outcome
                        FROM signIn;
                    DROP TABLE signIn;
                    ALTER TABLE newSignIn RENAME TO signIn;
                    CREATE INDEX signInByUser ON signIn (organization, username, startedAt);
                    CREATE INDEX signInByTime ON signIn (startedAt);
                    CREATE TABLE othersUse (
                        organization TEXT NOT NULL,
                        username TEXT NOT NULL,
                        count INTEGER NOT NULL,
                        measuredAt REAL NOT NULL,
                        PRIMARY KEY (organization, username)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE outstandingToken (
                        sha256 TEXT PRIMARY KEY,
                        appID TEXT NOT NULL,
                        firstSeen REAL NOT NULL,
                        nextTry REAL,
                        body BLOB NOT NULL
                    ) STRICT;
                    CREATE INDEX outstandingTokenByApp ON outstandingToken (appID, firstSeen);
                    CREATE INDEX outstandingTokenByTry ON outstandingToken (nextTry);
                    CREATE TABLE lease (
                        process TEXT PRIMARY KEY,
                        name TEXT NOT NULL,
                        revision INTEGER NOT NULL,
                        renewedAt REAL NOT NULL
                    ) STRICT, WITHOUT ROWID;
                    """)
        }
        migrator.registerMigration("4 sign-ins by purpose, refusals") { db in
            // Before a sign-in, the gate counts earlier sign-ins of the same user and purpose, and refusals through the
            // same egress. Both are covering indexes for these counts.
            try db.execute(
                sql: """
                    DROP INDEX signInByUser;
                    CREATE INDEX signInByUser ON signIn (organization, username, purpose, startedAt);
                    CREATE INDEX signInRefused ON signIn (egress, startedAt, purpose) WHERE outcome = 'refused';
                    """)
        }
        // It changes no table. The register's body has a new form, which earlier versions would take for an altered one.
        migrator.registerMigration("5 register as a tree") { _ in }
        return migrator
    }

    /// Moves the events from before migration 2, which had no chain, into a chain with epoch 0.
    private static func carryOver(_ db: Database) throws {
        var last: (sequence: Int, hash: Data)?
        for body in try Data.fetchAll(db, sql: "SELECT body FROM audit ORDER BY number") {
            let link = AuditLink(writer: "before chains", epoch: 0, after: last)
            let hash = link.hash(of: body)
            try db.execute(
                sql:
                    "INSERT INTO auditRecord (writer, epoch, sequence, previous, body, hash) VALUES (?, 0, ?, ?, ?, ?)",
                arguments: [link.writer, link.sequence, link.previous, body, hash])
            last = (link.sequence, hash)
        }
        try db.execute(sql: "DROP TABLE audit")
    }
}
