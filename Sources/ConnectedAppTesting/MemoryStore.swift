package import ConnectedApp
package import Foundation
internal import Synchronization

/// The store protocols in memory: one consistent state, writes all or nothing and one at a time.
package final class MemoryStore: Sendable {
    private struct State {
        var records: [RecordKey: StoredRecord] = [:]
        var signIns: [SignInEntry] = []
        var events: [AuditEvent] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// What happens to a transaction's content until it is kept.
    private final class Draft: RecordWriting {
        var state: State

        init(_ state: State) { self.state = state }

        func record(_ key: RecordKey) -> StoredRecord? { state.records[key] }

        func records(of kind: RecordKind) -> [StoredRecord] {
            state.records.values.filter { $0.key.kind == kind }.sorted { $0.key.id < $1.key.id }
        }

        func put(_ record: StoredRecord) { state.records[record.key] = record }
        func remove(_ key: RecordKey) { state.records[key] = nil }
        func append(_ event: AuditEvent) { state.events.append(event) }
    }
}

extension MemoryStore: RecordStore {
    package func read<T: Sendable>(_ body: @Sendable (any RecordReading) throws -> T) async throws -> T {
        try body(Draft(state.withLock { $0 }))
    }

    package func write<T: Sendable>(_ body: @Sendable (any RecordWriting) throws -> T) async throws -> T {
        try state.withLock { state in
            let draft = Draft(state)
            let result = try body(draft)
            state = draft.state
            return result
        }
    }
}

extension MemoryStore: SignInLedger {
    package func begin(_ entry: SignInEntry) async throws -> Int64 {
        state.withLock { state in
            state.signIns.append(entry)
            return Int64(state.signIns.count)
        }
    }

    package func finish(_ number: Int64, outcome: String) async throws {
        state.withLock { state in
            let index = Int(number) - 1
            guard state.signIns.indices.contains(index), state.signIns[index].outcome == nil else { return }
            state.signIns[index].outcome = outcome
        }
    }

    package func entries(since date: Date) async throws -> [SignInEntry] {
        state.withLock { state in state.signIns.filter { $0.startedAt >= date } }
    }
}

extension MemoryStore: AuditLog {
    package func append(_ event: AuditEvent) async throws {
        state.withLock { $0.events.append(event) }
    }

    package func events(limit: Int) async throws -> [AuditEvent] {
        state.withLock { Array($0.events.reversed().prefix(limit)) }
    }
}
