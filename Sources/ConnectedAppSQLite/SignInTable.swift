internal import ConnectedApp
internal import Foundation
internal import GRDB

/// The sign-in ledger within a transaction. The contracts are those of the protocols.
extension RecordTable: SignInReading, SignInWriting {
    func begin(_ entry: SignInEntry) throws -> Int64 {
        try db.run(
            sql: """
                INSERT INTO signIn (organization, username, appID, egress, purpose, startedAt)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                entry.account.organization, entry.account.username, entry.appID, entry.egress, entry.purpose.rawValue,
                entry.startedAt.timeIntervalSince1970,
            ])
        return db.lastInsertedRowID
    }

    func finish(_ number: Int64, _ outcome: SignInOutcome) throws {
        try db.run(
            sql: "UPDATE signIn SET outcome = ?, code = ? WHERE number = ? AND outcome IS NULL",
            arguments: [outcome.kind.rawValue, outcome.code, number])
    }

    func withdraw(_ number: Int64) throws {
        try db.run(sql: "DELETE FROM signIn WHERE number = ? AND outcome IS NULL", arguments: [number])
    }

    func forgetSignIns(before date: Date) throws {
        try db.run(sql: "DELETE FROM signIn WHERE startedAt < ?", arguments: [date.timeIntervalSince1970])
    }

    func signIns(of accounts: [SignInAccount], for purposes: Set<SignInPurpose>, since: Date) throws -> Int {
        var count = 0
        // One count for each pair reads the index alone. SQLite would read the table for a condition with OR.
        for account in accounts {
            for purpose in purposes { count += try signIns(of: account, for: purpose, since: since) }
        }
        return count
    }

    private func signIns(of account: SignInAccount, for purpose: SignInPurpose, since: Date) throws -> Int {
        try db.value(
            Int.self,
            sql: """
                SELECT COUNT(*) FROM signIn
                WHERE organization = ? AND username = ? AND purpose = ? AND startedAt >= ?
                """,
            arguments: [account.organization, account.username, purpose.rawValue, since.timeIntervalSince1970]) ?? 0
    }

    func startOfSignIn(_ index: Int, of accounts: [SignInAccount], for purposes: Set<SignInPurpose>, since: Date) throws
        -> Date?
    {
        let selection = Self.selection(accounts, purposes, since)
        let seconds = try db.value(
            Double.self, sql: "SELECT startedAt FROM signIn WHERE \(selection.sql) ORDER BY startedAt LIMIT 1 OFFSET ?",
            arguments: selection.arguments + [index])
        return seconds.map { Date(timeIntervalSince1970: $0) }
    }

    func refusals(through egress: String, since: Date, atMost most: Int) throws -> Int {
        try db.value(
            Int.self,
            sql: """
                SELECT COUNT(*) FROM (
                    SELECT 1 FROM signIn WHERE outcome = 'refused' AND egress = ? AND startedAt >= ? AND purpose = 'use'
                    LIMIT ?
                )
                """,
            arguments: [egress, since.timeIntervalSince1970, most]) ?? 0
    }

    func tallies(through egress: String, since: Date) throws -> [SignInTally] {
        try db.rows(
            sql: """
                SELECT appID, username,
                  SUM(outcome = 'granted' AND purpose = 'use') AS granted,
                  SUM(outcome = 'refused' AND purpose = 'use') AS refused,
                  COALESCE(MAX(CASE WHEN outcome = 'granted' THEN number END), 0)
                    > COALESCE(MAX(CASE WHEN outcome = 'refused' AND purpose = 'use' THEN number END), 0) AS worksAgain
                FROM signIn
                WHERE startedAt >= ? AND egress = ? AND outcome IN ('granted', 'refused')
                GROUP BY appID, username
                """,
            arguments: [since.timeIntervalSince1970, egress]
        ).map(Self.tally)
    }

    private static func tally(_ row: Row) throws -> SignInTally {
        guard let appID = String.fromDatabaseValue(row["appID"]),
            let username = String.fromDatabaseValue(row["username"]),
            let granted = Int.fromDatabaseValue(row["granted"]), let refused = Int.fromDatabaseValue(row["refused"]),
            let worksAgain = Bool.fromDatabaseValue(row["worksAgain"])
        else { throw ConnectedAppError(.storeDamaged, subject: "the sign-in ledger") }
        return SignInTally(
            party: SignInParty(appID: appID, username: username), granted: granted, refused: refused,
            worksAgain: worksAgain)
    }

    func unfinishedSignIns(of appID: String, since: Date) throws -> Int {
        try db.value(
            Int.self, sql: "SELECT COUNT(*) FROM signIn WHERE startedAt >= ? AND appID = ? AND outcome IS NULL",
            arguments: [since.timeIntervalSince1970, appID]) ?? 0
    }

    func signIns(since date: Date) throws -> [SignInEntry] {
        try db.rows(
            sql: "SELECT * FROM signIn WHERE startedAt >= ? ORDER BY number",
            arguments: [date.timeIntervalSince1970]
        ).map(Self.entry)
    }

    func othersUse(of accounts: [SignInAccount]) throws -> OthersUse? {
        for account in accounts {
            let row = try db.row(
                sql: "SELECT count, measuredAt FROM othersUse WHERE organization = ? AND username = ?",
                arguments: [account.organization, account.username])
            guard let row, let count = Int.fromDatabaseValue(row["count"]),
                let seconds = Double.fromDatabaseValue(row["measuredAt"])
            else { continue }
            return OthersUse(count: count, measuredAt: Date(timeIntervalSince1970: seconds))
        }
        return nil
    }

    func setOthersUse(_ use: OthersUse, of account: SignInAccount) throws {
        try db.run(
            sql: "INSERT OR REPLACE INTO othersUse (organization, username, count, measuredAt) VALUES (?, ?, ?, ?)",
            arguments: [account.organization, account.username, use.count, use.measuredAt.timeIntervalSince1970])
    }

    /// Returns a condition for `WHERE`, with its arguments in order.
    private static func selection(_ accounts: [SignInAccount], _ purposes: Set<SignInPurpose>, _ since: Date) -> (
        sql: String, arguments: StatementArguments
    ) {
        let account = "(organization = ? AND username = ?)"
        let accountsSQL = accounts.map { _ in account }.joined(separator: " OR ")
        let purposesSQL = purposes.map { _ in "?" }.joined(separator: ", ")
        var arguments: StatementArguments = [since.timeIntervalSince1970]
        for account in accounts { arguments += [account.organization, account.username] }
        for purpose in purposes { arguments += [purpose.rawValue] }
        return ("startedAt >= ? AND (\(accountsSQL)) AND purpose IN (\(purposesSQL))", arguments)
    }

    private static func entry(_ row: Row) throws -> SignInEntry {
        guard let organization = String.fromDatabaseValue(row["organization"]),
            let username = String.fromDatabaseValue(row["username"]),
            let appID = String.fromDatabaseValue(row["appID"]), let egress = String.fromDatabaseValue(row["egress"]),
            let purpose = String.fromDatabaseValue(row["purpose"]).flatMap(SignInPurpose.init),
            let startedAt = Double.fromDatabaseValue(row["startedAt"])
        else { throw ConnectedAppError(.storeDamaged, subject: "the sign-in ledger") }
        let kind = String.fromDatabaseValue(row["outcome"]).flatMap(SignInOutcome.Kind.init)
        return SignInEntry(
            account: SignInAccount(organization: organization, username: username), appID: appID, egress: egress,
            purpose: purpose, startedAt: Date(timeIntervalSince1970: startedAt),
            outcome: kind.map { SignInOutcome($0, code: String.fromDatabaseValue(row["code"]) ?? "") })
    }
}
