internal import Synchronization

/// Private keys that signed a moment ago and stay decrypted in memory. Decrypting and checking a key costs nearly as much as
/// a signature.
///
/// A key is not used more than ten seconds after its decryption. A server removes all keys in each round of its watch, about
/// once a second; see ``Blocks/runWatch()``. In another process, a key stays in memory until the first signature after
/// these ten seconds, or until the end of the process. The process that blocks an app removes that app's keys at once.
final class OpenKeys: Sendable {
    static let lifetime: Duration = .seconds(10)
    /// A process that signs in for more apps than this within ten seconds decrypts again.
    private static let capacity = 64

    private struct Entry {
        /// The encrypted form from which the key was decrypted.
        let sealed: SealedBytes
        let key: RSAKey
        let openedAt: Duration
    }

    private let entries = Mutex<[KeyPurpose: Entry]>([:])

    /// Returns the key that was decrypted from these bytes for this purpose, or decrypts it.
    ///
    /// - Parameter now: The uptime.
    /// - Throws: The errors of `open`.
    func key(
        of sealed: SealedBytes, _ purpose: KeyPurpose, at now: Duration, open: () throws -> RSAKey
    ) throws -> RSAKey {
        forgetExpired(at: now)
        if let entry = entries.withLock({ $0[purpose] }), entry.sealed == sealed { return entry.key }
        let key = try open()
        entries.withLock { entries in
            if entries.count >= Self.capacity { entries.removeAll() }
            entries[purpose] = Entry(sealed: sealed, key: key, openedAt: now)
        }
        return key
    }

    func forget(_ isForgotten: (KeyPurpose) -> Bool) {
        entries.withLock { entries in entries = entries.filter { !isForgotten($0.key) } }
    }

    private func forgetExpired(at now: Duration) {
        entries.withLock { entries in
            guard entries.values.contains(where: { now - $0.openedAt >= Self.lifetime }) else { return }
            entries = entries.filter { now - $0.value.openedAt < Self.lifetime }
        }
    }
}
