package import ConnectedApp
internal import Foundation
internal import Synchronization

/// A store in memory. It fulfils the same contracts as ``RecordStore``: transactions are atomic, and writes run one at
/// a time. Its audit record has a single writer, even if several services use it.
package final class MemoryStore: Sendable {
    private struct State {
        var records: [RecordKey: StoredRecord] = [:]
        var signIns: [Int64: SignInEntry] = [:]
        var lastSignIn: Int64 = 0
        var othersUse: [SignInAccount: OthersUse] = [:]
        var tokens: [String: OutstandingToken] = [:]
        var leases: [String: Lease] = [:]
        var audit: [AuditRecord] = []
        var lastAuditNumber: Int64 = 0
        var checkpoints: [(sequence: Int, line: String, isPosted: Bool)] = []
    }

    private let state = Mutex(State())
    private let readCount = Mutex(0)

    /// The number of read transactions so far. A test uses it to show that something reads once.
    package var reads: Int { readCount.withLock { $0 } }

    package init() {}

    /// A transaction's copy of the state. If the transaction succeeds, it becomes the state.
    private final class Draft: StoreWriting {
        var state: State

        init(_ state: State) { self.state = state }

        func record(_ key: RecordKey) -> StoredRecord? { state.records[key] }

        func records(of kind: RecordKind) -> [StoredRecord] {
            state.records.values.filter { $0.key.kind == kind }.sorted { $0.key.id < $1.key.id }
        }

        func recordIDs(of kind: RecordKind) -> [String] {
            state.records.keys.filter { $0.kind == kind }.map(\.id)
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }

        func put(_ record: StoredRecord) { state.records[record.key] = record }
        func remove(_ key: RecordKey) { state.records[key] = nil }

        // MARK: The audit record

        func append(_ event: AuditEvent) throws {
            let last = state.audit.last.map { (sequence: $0.link.sequence, hash: $0.hash) }
            let link = AuditLink(writer: "memory", epoch: 1, after: last)
            let body = try AuditBody.encode(event)
            state.lastAuditNumber += 1
            state.audit.append(
                AuditRecord(number: state.lastAuditNumber, link: link, body: body, hash: link.hash(of: body)))
        }

        func auditRecords(after number: Int64, limit: Int) -> [AuditRecord] {
            Array(state.audit.filter { $0.number > number }.prefix(limit))
        }

        func auditRecords(_ selection: AuditSelection) throws -> [AuditRecord] {
            var found: [AuditRecord] = []
            for record in state.audit.reversed() {
                guard found.count < selection.limit else { break }
                if selection.selects(try record.event(), number: record.number) { found.append(record) }
            }
            return found
        }

        func checkpointLines(after sequence: Int) -> [String] {
            state.checkpoints.filter { $0.sequence > sequence }.map(\.line)
        }

        func lastCheckpointLine() -> String? { state.checkpoints.last?.line }

        func checkpointToPost() -> (sequence: Int, line: String)? {
            state.checkpoints.first { !$0.isPosted }.map { ($0.sequence, $0.line) }
        }

        func addCheckpoint(_ sequence: Int, line: String) { state.checkpoints.append((sequence, line, false)) }

        func setPosted(checkpoint sequence: Int) {
            guard let index = state.checkpoints.firstIndex(where: { $0.sequence == sequence }) else { return }
            state.checkpoints[index].isPosted = true
        }

        func removeAuditRecords(upTo number: Int64) { state.audit.removeAll { $0.number <= number } }

        // MARK: Sign-ins

        func begin(_ entry: SignInEntry) -> Int64 {
            state.lastSignIn += 1
            state.signIns[state.lastSignIn] = entry
            return state.lastSignIn
        }

        func finish(_ number: Int64, _ outcome: SignInOutcome) {
            if state.signIns[number]?.outcome == nil { state.signIns[number]?.outcome = outcome }
        }

        func withdraw(_ number: Int64) {
            if state.signIns[number]?.outcome == nil { state.signIns[number] = nil }
        }

        func forgetSignIns(before date: Date) {
            state.signIns = state.signIns.filter { $0.value.startedAt >= date }
        }

        func setOthersUse(_ use: OthersUse, of account: SignInAccount) { state.othersUse[account] = use }

        func othersUse(of accounts: [SignInAccount]) -> OthersUse? {
            accounts.lazy.compactMap { self.state.othersUse[$0] }.first
        }

        func signIns(since date: Date) -> [SignInEntry] {
            state.signIns.filter { $0.value.startedAt >= date }.sorted { $0.key < $1.key }.map(\.value)
        }

        private func signIns(_ accounts: [SignInAccount], _ purposes: Set<SignInPurpose>, _ since: Date)
            -> [SignInEntry]
        {
            signIns(since: since).filter { accounts.contains($0.account) && purposes.contains($0.purpose) }
        }

        func signIns(of accounts: [SignInAccount], for purposes: Set<SignInPurpose>, since: Date) -> Int {
            signIns(accounts, purposes, since).count
        }

        func startOfSignIn(_ index: Int, of accounts: [SignInAccount], for purposes: Set<SignInPurpose>, since: Date)
            -> Date?
        {
            let dates = signIns(accounts, purposes, since).map(\.startedAt).sorted()
            return dates.indices.contains(index) ? dates[index] : nil
        }

        func refusals(through egress: String, since: Date, atMost most: Int) -> Int {
            min(
                most,
                signIns(since: since).count {
                    $0.egress == egress && $0.purpose == .use && $0.outcome?.kind == .refused
                })
        }

        func tallies(through egress: String, since: Date) -> [SignInTally] {
            let ended = signIns(since: since).filter {
                $0.egress == egress && [.granted, .refused].contains($0.outcome?.kind)
            }
            let byParty = Dictionary(grouping: ended) {
                SignInParty(appID: $0.appID, username: $0.account.username)
            }
            return byParty.map { party, entries in
                let ordinary = entries.filter { $0.purpose == .use }
                let last = entries.last { $0.outcome?.kind == .granted || $0.purpose == .use }
                return SignInTally(
                    party: party, granted: ordinary.count { $0.outcome?.kind == .granted },
                    refused: ordinary.count { $0.outcome?.kind == .refused },
                    worksAgain: last?.outcome?.kind == .granted)
            }
        }

        func unfinishedSignIns(of appID: String, since: Date) -> Int {
            signIns(since: since).count { $0.appID == appID && $0.outcome == nil }
        }

        // MARK: Outstanding tokens and leases

        func outstandingTokens(of appID: String) -> [OutstandingToken] {
            state.tokens.values.filter { $0.appID == appID }.sorted { $0.firstSeen < $1.firstSeen }
        }

        func outstandingTokens(dueAt now: Date, limit: Int) -> [OutstandingToken] {
            let due = state.tokens.values.compactMap { token in token.nextTry.map { (token, $0) } }
            return due.filter { $0.1 <= now }.sorted { $0.1 < $1.1 }.prefix(limit).map(\.0)
        }

        func outstandingTokens(after sha256: String, limit: Int) -> [OutstandingToken] {
            Array(state.tokens.values.filter { $0.sha256 > sha256 }.sorted { $0.sha256 < $1.sha256 }.prefix(limit))
        }

        func hasOutstandingToken(sha256: String) -> Bool { state.tokens[sha256] != nil }

        func forgetHeldTokens(firstSeenBefore date: Date) {
            state.tokens = state.tokens.filter { $0.value.nextTry != nil || $0.value.firstSeen >= date }
        }

        func keep(_ token: OutstandingToken) { state.tokens[token.sha256] = token }
        func forget(tokenSHA256: String) { state.tokens[tokenSHA256] = nil }
        func leases() -> [Lease] { state.leases.values.sorted { $0.process < $1.process } }
        func renew(_ lease: Lease) { state.leases[lease.process] = lease }
        func removeLease(of process: String) { state.leases[process] = nil }
    }
}

extension MemoryStore: RecordStore {
    package func read<T: Sendable>(_ body: @Sendable (any StoreReading) throws -> T) async throws -> T {
        readCount.withLock { $0 += 1 }
        return try body(Draft(state.withLock { $0 }))
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any StoreWriting) throws -> T) async throws -> T {
        try state.withLock { state in
            let draft = Draft(state)
            let result = try body(draft)
            state = draft.state
            return result
        }
    }
}

extension MemoryStore: AuditLog {
    package func append(_ event: AuditEvent) async throws { try await write { try $0.append(event) } }

    package func events(_ selection: AuditSelection) async throws -> [AuditEvent] {
        try await read { reading in try reading.auditRecords(selection).map { try $0.event() } }
    }
}
