internal import Synchronization

/// The loaded master keys. Any of them can decrypt. In a new store, the first one encrypts; a store remembers its key,
/// and ``sealing(under:)`` selects it. With two keys, the master key can be changed while several processes run.
///
/// If data is sealed under an unknown key, the file is read again, because the key may have been added since then. In
/// this way, a running process follows a change of the master key. Keys that were removed from the file stay loaded
/// until the process ends.
package struct MasterKeyRing: Sendable {
    private let known: Known
    /// The id of the key that encrypts, if it is not the first one of the file.
    private var sealingKeyID: String?

    /// The keys, shared by all copies of a ring.
    private final class Known: Sendable {
        let keys: Mutex<[MasterKey]>
        let reread: @Sendable () throws(ConnectedAppError) -> [MasterKey]

        init(_ keys: [MasterKey], reread: @escaping @Sendable () throws(ConnectedAppError) -> [MasterKey]) {
            self.keys = Mutex(keys)
            self.reread = reread
        }
    }

    /// The loaded keys: those of the file in its order, then those that were removed from it.
    package var keys: [MasterKey] { known.keys.withLock { $0 } }

    /// - Parameters:
    ///   - keys: At least one.
    ///   - reread: Reads the keys from the file again.
    init(_ keys: [MasterKey], reread: @escaping @Sendable () throws(ConnectedAppError) -> [MasterKey]) {
        known = Known(keys, reread: reread)
    }

    /// - Parameter text: The content of a master key file: one key per line. Empty lines and lines that begin with `#`
    ///   are ignored.
    /// - Throws: ``ConnectedAppError`` with `.masterKeyMalformed` if there is no key, or a line is not a key.
    package init(fileContent text: String) throws(ConnectedAppError) {
        let keys = try Self.keys(fileContent: text)
        self.init(keys) { () throws(ConnectedAppError) in keys }
    }

    /// The keys in the content of a master key file, in its order; see ``init(fileContent:)``.
    static func keys(fileContent text: String) throws(ConnectedAppError) -> [MasterKey] {
        var keys: [MasterKey] = []
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            guard let key = MasterKey(line: line) else { throw ConnectedAppError(.masterKeyMalformed) }
            keys.append(key)
        }
        guard !keys.isEmpty else { throw ConnectedAppError(.masterKeyMalformed) }
        return keys
    }

    /// The first line of a master key file.
    static let comment =
        "# aprity master key: whoever has this file and the store can sign in. Keep a copy in a safe place.\n"

    /// The content of a new master key file. A secret.
    package static func newFileContent(randomBytes: (Int) -> [UInt8]) -> String {
        comment + MasterKey.line(bytes: randomBytes(32))
    }

    /// The key that encrypts.
    var active: MasterKey {
        let keys = keys
        return keys.first { $0.id == sealingKeyID } ?? keys[0]
    }

    /// The same ring, in which the key with this id encrypts. If the ring does not have that key, the first one
    /// encrypts.
    func sealing(under id: String) -> MasterKeyRing {
        var ring = self
        ring.sealingKeyID = id
        return ring
    }

    /// Reads the file again. Keys that the file no longer contains stay loaded.
    ///
    /// - Returns: Why it could not be read; then nothing changes. `nil` if it was read.
    @discardableResult
    func refresh() -> ConnectedAppError? {
        let read: [MasterKey]
        do { read = try known.reread() } catch { return error }
        known.keys.withLock { keys in
            keys = read + keys.filter { former in !read.contains { $0.id == former.id } }
        }
        return nil
    }

    /// The key with this id. If it is not loaded, reads the file again.
    ///
    /// - Throws: ``ConnectedAppError`` with `.masterKeyWrong` if the file does not have it either, or cannot be read.
    ///   The error names the wanted key and the loaded ones.
    func key(_ id: String) throws(ConnectedAppError) -> MasterKey {
        if let key = keys.first(where: { $0.id == id }) { return key }
        let unread = refresh()
        let keys = keys
        guard let key = keys.first(where: { $0.id == id }) else {
            throw ConnectedAppError(
                .masterKeyWrong,
                detail: "The store is encrypted under master key \(id), but the given master key is \(active.id).",
                evidence: ["sealedUnder": id, "given": keys.map(\.id).joined(separator: ",")].merging(
                    unread.map { ["masterKeyFile": $0.description] } ?? [:]
                ) { $1 })
        }
        return key
    }
}

extension MasterKeyRing: CustomStringConvertible, CustomReflectable {
    package var description: String { "MasterKeyRing(\(keys.map(\.id).joined(separator: ", ")))" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension MasterKeyRing {
    /// The same bytes under this ring's active key.
    ///
    /// - Parameter resealing: Whether to encrypt them again under a new data key. Otherwise only the data key is
    ///   wrapped again.
    /// - Throws: What ``rewrapped(_:binding:)`` or, if the bytes are resealed, ``open(_:binding:)`` throws.
    func moved(_ sealed: SealedBytes, binding: [String], resealing: Bool) throws(ConnectedAppError) -> SealedBytes {
        if resealing { return try seal(open(sealed, binding: binding), binding: binding, randomBytes: Self.random) }
        return sealed.masterKeyID == active.id ? sealed : try rewrapped(sealed, binding: binding)
    }

    /// Uses the system generator instead of an injected one, because this output need not be reproducible.
    private static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
