internal import Synchronization

/// Authenticates and decodes records. If a record has the same bytes as when it was authenticated before, returns the
/// value from then.
struct RecordOpener: Sendable {
    let ring: MasterKeyRing
    /// `nil`: nothing is remembered. For reading many records that are rarely read.
    let values: RecordCache?

    /// - Throws: ``ConnectedAppError``: `.recordAltered`, `.masterKeyWrong`, `.storeDamaged`.
    func open<Value: RecordValue>(_ stored: StoredRecord, as type: Value.Type) throws -> Value {
        if let value = values?.value(of: stored, as: type) { return value }
        let value = try Seal.opened(stored, as: type, ring: ring)
        values?.keep(value, of: stored)
        return value
    }
}

/// The values of records that this process has authenticated, each beside the stored bytes.
///
/// The bytes are read from the store and compared each time, so an edited record is still detected. Private keys in the
/// cache are encrypted, as in the store.
final class RecordCache: Sendable {
    private struct Entry {
        let stored: StoredRecord
        let value: any RecordValue
    }

    /// The maximum number of entries, which have a few kilobytes each. A full cache is emptied: a store with more
    /// records reads most of them rarely.
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
