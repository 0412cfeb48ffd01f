internal import Foundation
internal import MetadataGateway
internal import Synchronization

/// Counts what clients do in this process.
///
/// The counts stay in memory until ``Gateway/flush(isLast:)`` writes them, so that a call does not wait for the disk.
final class ClientActivity: Sendable {
    private struct Entry {
        var use: ClientUse
        /// For the audit record.
        var client: ClientRecord
        var isChanged = false
        /// Counts the changes.
        var revision = 0
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// The latest use that this process knows of; `nil` if it has not seen the client.
    func latest(of id: String) -> ClientUse? { entries.withLock { $0[id]?.use } }

    func forget(_ id: String) { entries.withLock { $0[id] = nil } }

    /// Counts a call if the client's limit allows it.
    ///
    /// - Parameter stored: What the store has of the client's use, for the first call in this process.
    /// - Returns: After how many seconds a call may be made; `nil` if this one may.
    func count(_ client: ClientRecord, stored: ClientUse?, from address: String, at now: Date) -> Int? {
        let time = Int(now.timeIntervalSince1970)
        return change(client, stored) { use in
            if let wait = use.calls.wait(client.limit, at: time) { return wait }
            use.calls.add(at: time)
            (use.usedAt, use.usedFrom) = (now, address)
            return nil
        }
    }

    /// Records what an accepted call did.
    func recordAccepted(_ kind: String, of client: ClientRecord) {
        change(client, nil) { $0.unaudited.accepted[kind, default: 0] += 1 }
    }

    func recordRefused(_ refusal: Refusal, of client: ClientRecord, stored: ClientUse?, at now: Date) {
        change(client, stored) { use in
            use.refusals += 1
            use.refusedAt = now
            use.unaudited.refused[refusal.code.rawValue, default: 0] += 1
            use.unaudited.lastRefusal = refusal.message
        }
    }

    /// Whether this process has seen the client.
    func knows(_ id: String) -> Bool { entries.withLock { $0[id] != nil } }

    @discardableResult
    private func change<Value>(
        _ client: ClientRecord, _ stored: ClientUse?, _ body: (inout ClientUse) -> Value
    ) -> Value {
        entries.withLock { entries in
            var entry = entries[client.id] ?? Entry(use: stored ?? ClientUse(id: client.id), client: client)
            entry.client = client
            entry.isChanged = true
            entry.revision += 1
            let value = body(&entry.use)
            entries[client.id] = entry
            return value
        }
    }

    /// A client's use and audit events, ready to be written.
    struct Change {
        /// As it is to be stored.
        let use: ClientUse
        let events: [AuditEvent]
        /// The calls that ``events`` report.
        fileprivate let reported: ClientUse.Counts
        fileprivate let revision: Int
    }

    /// Returns the changes since the last write. Call ``settle(_:)`` after they are written.
    ///
    /// - Parameter isLast: If `true`, the events report all accepted calls, because the process exits.
    func changes(at now: Date, isLast: Bool) -> [Change] {
        entries.withLock { entries in
            entries.values.filter(\.isChanged).map { Self.change($0, now, isLast) }
        }
    }

    func settle(_ changes: [Change]) {
        entries.withLock { entries in
            for change in changes {
                guard var entry = entries[change.use.id] else { continue }
                entry.use.unaudited.subtract(change.reported)
                entry.use.auditedAt = change.use.auditedAt
                if entry.revision == change.revision { entry.isChanged = false }
                entries[change.use.id] = entry
            }
        }
    }

    /// The audit record reports accepted calls at most once in this time, in seconds. It reports refused calls with the next write.
    private static let auditPause = 3_600.0

    private static func change(_ entry: Entry, _ now: Date, _ isLast: Bool) -> Change {
        var (use, reported, events) = (entry.use, ClientUse.Counts(), [AuditEvent]())
        if !use.unaudited.refused.isEmpty {
            reported.refused = use.unaudited.refused
            var facts = reported.refused.mapValues(String.init)
            facts["last"] = use.unaudited.lastRefusal
            events.append(event(.clientRefused, entry.client, "refused", use, facts, now))
        }
        let isDue = use.auditedAt.map { now.timeIntervalSince($0) >= auditPause } ?? true
        if !use.unaudited.accepted.isEmpty, isDue || isLast {
            reported.accepted = use.unaudited.accepted
            events.append(
                event(.metadataRead, entry.client, "done", use, reported.accepted.mapValues(String.init), now))
            use.auditedAt = now
        }
        use.unaudited.subtract(reported)
        return Change(use: use, events: events, reported: reported, revision: entry.revision)
    }

    private static func event(
        _ act: AuditEvent.Act, _ client: ClientRecord, _ outcome: String, _ use: ClientUse, _ facts: [String: String],
        _ now: Date
    ) -> AuditEvent {
        var facts = facts
        (facts["client"], facts["id"], facts["from"]) = (client.name, client.id, use.usedFrom)
        return AuditEvent(
            time: now, principal: client.principal, act: act, connection: client.connection.description,
            outcome: outcome, facts: facts)
    }
}
