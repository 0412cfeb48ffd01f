internal import Synchronization

/// Authenticates and decodes records. A record whose bytes are those that were authenticated before is not authenticated and
/// decoded again.
struct RecordOpener: Sendable {
    let ring: MasterKeyRing
    let values: RecordCache

    /// - Throws: ``ConnectedAppError``: `.recordAltered`, `.masterKeyWrong`, `.storeDamaged`.
    func open<Value: RecordValue>(_ stored: StoredRecord, as type: Value.Type) throws -> Value {
        if let value = values.value(of: stored, as: type) { return value }
        let value = try Seal.opened(stored, as: type, ring: ring)
        values.keep(value, of: stored)
        return value
    }
}

/// The values of records that this process has authenticated, each beside the stored bytes.
///
/// The bytes are read from the store and compared each time, so an edited record is noticed as before. Private keys are in
/// it only as the store has them: encrypted.
final class RecordCache: Sendable {
    private struct Entry {
        let stored: StoredRecord
        let value: any RecordValue
    }

    /// A few kilobytes each. When it is full it starts again, because a store with more records than this reads most of them
    /// rarely.
    private static let capacity = 2_000

    private let entries = Mutex<[RecordKey: Entry]>([:])

    /// Returns `nil` if these bytes were not authenticated before.
    func value<Value: RecordValue>(of stored: StoredRecord, as type: Value.Type) -> Value? {
        guard let entry = entries.withLock({ $0[stored.key] }), entry.stored == stored else { return nil }
        return entry.value as? Value
    }

    func keep(_ value: some RecordValue, of stored: StoredRecord) {
        entries.withLock { entries in
            if entries.count >= Self.capacity { entries.removeAll() }
            entries[stored.key] = Entry(stored: stored, value: value)
        }
    }
}
