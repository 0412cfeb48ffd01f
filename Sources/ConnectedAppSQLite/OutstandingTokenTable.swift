internal import ConnectedApp
internal import Foundation
internal import GRDB

/// Outstanding tokens within a transaction.
extension RecordTable: OutstandingTokenReading, OutstandingTokenWriting {
    func outstandingTokens(of appID: String) throws -> [OutstandingToken] {
        try db.values(
            Data.self, sql: "SELECT body FROM outstandingToken WHERE appID = ? ORDER BY firstSeen", arguments: [appID]
        ).map(Self.token)
    }

    func outstandingTokens(dueAt now: Date, limit: Int) throws -> [OutstandingToken] {
        try db.values(
            Data.self, sql: "SELECT body FROM outstandingToken WHERE nextTry <= ? ORDER BY nextTry LIMIT ?",
            arguments: [now.timeIntervalSince1970, limit]
        ).map(Self.token)
    }

    func outstandingTokens(after sha256: String, limit: Int) throws -> [OutstandingToken] {
        try db.values(
            Data.self, sql: "SELECT body FROM outstandingToken WHERE sha256 > ? ORDER BY sha256 LIMIT ?",
            arguments: [sha256, limit]
        ).map(Self.token)
    }

    func hasOutstandingToken(sha256: String) throws -> Bool {
        try db.value(
            Bool.self, sql: "SELECT EXISTS (SELECT 1 FROM outstandingToken WHERE sha256 = ?)", arguments: [sha256])
            ?? false
    }

    func forgetHeldTokens(firstSeenBefore date: Date) throws {
        try db.run(
            sql: "DELETE FROM outstandingToken WHERE nextTry IS NULL AND firstSeen < ?",
            arguments: [date.timeIntervalSince1970])
    }

    func keep(_ token: OutstandingToken) throws {
        try db.run(
            sql: """
                INSERT OR REPLACE INTO outstandingToken (sha256, appID, firstSeen, nextTry, body)
                VALUES (?, ?, ?, ?, ?)
                """,
            arguments: [
                token.sha256, token.appID, token.firstSeen.timeIntervalSince1970,
                token.nextTry?.timeIntervalSince1970, try JSONEncoder().encode(token),
            ])
    }

    func forget(tokenSHA256: String) throws {
        try db.run(sql: "DELETE FROM outstandingToken WHERE sha256 = ?", arguments: [tokenSHA256])
    }

    private static func token(_ body: Data) throws -> OutstandingToken {
        guard let token = try? JSONDecoder().decode(OutstandingToken.self, from: body) else {
            throw ConnectedAppError(.storeDamaged, subject: "the outstanding tokens")
        }
        return token
    }
}

/// Leases within a transaction.
extension RecordTable: LeaseReading, LeaseWriting {
    func leases() throws -> [Lease] {
        try db.rows(sql: "SELECT * FROM lease ORDER BY process").map { row in
            Lease(
                process: String.fromDatabaseValue(row["process"]) ?? "",
                name: String.fromDatabaseValue(row["name"]) ?? "",
                revision: Int.fromDatabaseValue(row["revision"]) ?? 0,
                renewedAt: Date(timeIntervalSince1970: Double.fromDatabaseValue(row["renewedAt"]) ?? 0))
        }
    }

    func renew(_ lease: Lease) throws {
        try db.run(
            sql: "INSERT OR REPLACE INTO lease (process, name, revision, renewedAt) VALUES (?, ?, ?, ?)",
            arguments: [lease.process, lease.name, lease.revision, lease.renewedAt.timeIntervalSince1970])
    }

    func removeLease(of process: String) throws {
        try db.run(sql: "DELETE FROM lease WHERE process = ?", arguments: [process])
    }
}
