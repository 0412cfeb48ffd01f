internal import Synchronization

/// The master keys at hand: all of them open; of a new store the first one seals. Two at once make a change of master key
/// possible while several processes run.
///
/// What is sealed under a key that is not at hand may be under one that came into the file since: then the file is read
/// again. So a process that runs on follows a change of master key. Keys that left the file are known until the process ends.
package struct MasterKeyRing: Sendable {
    private let known: Known
    /// That of a store whose key is not the first one of the file.
    private var sealingKeyID: String?

    /// Shared by all copies of a ring.
    private final class Known: Sendable {
        let keys: Mutex<[MasterKey]>
        let reread: @Sendable () throws(ConnectedAppError) -> [MasterKey]

        init(_ keys: [MasterKey], reread: @escaping @Sendable () throws(ConnectedAppError) -> [MasterKey]) {
            self.keys = Mutex(keys)
            self.reread = reread
        }
    }

    /// In the file's order; those that have left it at the end.
    package var keys: [MasterKey] { known.keys.withLock { $0 } }

    /// - Parameter reread: The keys of the file as it is then.
    init(_ keys: [MasterKey], reread: @escaping @Sendable () throws(ConnectedAppError) -> [MasterKey]) {
        known = Known(keys, reread: reread)
    }

    /// - Parameter text: A master key file's content: one key a line, empty lines and `#` comments ignored.
    /// - Throws: ``ConnectedAppError`` with `.masterKeyMalformed`.
    package init(fileContent text: String) throws(ConnectedAppError) {
        let keys = try Self.keys(fileContent: text)
        self.init(keys) { () throws(ConnectedAppError) in keys }
    }

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
        "# aprity master key: whoever has this file and the data can sign in. Keep a copy in a safe place.\n"

    /// The content of a new master key file. A secret.
    package static func newFileContent(randomBytes: (Int) -> [UInt8]) -> String {
        comment + MasterKey.line(bytes: randomBytes(32))
    }

    /// The key that seals.
    var active: MasterKey {
        let keys = keys
        return keys.first { $0.id == sealingKeyID } ?? keys[0]
    }

    /// The same ring for a store that is under this key.
    func sealing(under id: String) -> MasterKeyRing {
        var ring = self
        ring.sealingKeyID = id
        return ring
    }

    /// Reads the file again, if it can be read.
    ///
    /// - Returns: Why it could not. The keys that are known stay.
    @discardableResult
    func refresh() -> ConnectedAppError? {
        let read: [MasterKey]
        do { read = try known.reread() } catch { return error }
        known.keys.withLock { keys in
            keys = read + keys.filter { former in !read.contains { $0.id == former.id } }
        }
        return nil
    }

    /// - Throws: ``ConnectedAppError`` with `.masterKeyWrong`, naming both.
    func key(_ id: String) throws(ConnectedAppError) -> MasterKey {
        if let key = keys.first(where: { $0.id == id }) { return key }
        let unread = refresh()
        let keys = keys
        guard let key = keys.first(where: { $0.id == id }) else {
            throw ConnectedAppError(
                .masterKeyWrong,
                detail: "The store was sealed under master key \(id), and the one given is \(active.id).",
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
    /// The same bytes under a key of this ring's own choice: its active one.
    ///
    /// - Parameter resealing: Encrypt them anew, under a data key that did not exist before; otherwise the data key is
    ///   wrapped anew.
    /// - Throws: ``ConnectedAppError``, as ``open(_:binding:)`` does.
    func moved(_ sealed: SealedBytes, binding: [String], resealing: Bool) throws(ConnectedAppError) -> SealedBytes {
        if resealing { return try seal(open(sealed, binding: binding), binding: binding, randomBytes: Self.random) }
        return sealed.masterKeyID == active.id ? sealed : try rewrapped(sealed, binding: binding)
    }

    /// In the place of a source that is handed in: this runs where a record is saved, and nothing is to be repeated there.
    private static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
