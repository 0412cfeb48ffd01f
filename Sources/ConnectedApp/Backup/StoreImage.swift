/// A read-only store in memory, opened from the bytes of a store's file.
package protocol StoreImage: RecordStore {
    /// The problems that the database's integrity check finds; empty if it is intact.
    func integrityErrors() throws -> [String]
}

/// Reads and opens store files, for backups.
package struct StoreFiles: Sendable {
    /// Returns the bytes of the store at one moment, even if other processes write meanwhile. Used only to make a
    /// backup.
    let bytes: @Sendable () throws -> [UInt8]
    /// Opens the bytes of a store's file in memory.
    let image: @Sendable ([UInt8]) throws -> any StoreImage
    /// Returns whether any process has the store at this path open.
    let isInUse: @Sendable (String) -> Bool

    package init(
        bytes: @escaping @Sendable () throws -> [UInt8], image: @escaping @Sendable ([UInt8]) throws -> any StoreImage,
        isInUse: @escaping @Sendable (String) -> Bool
    ) {
        self.bytes = bytes
        self.image = image
        self.isInUse = isInUse
    }
}

/// The files outside the store that a backup contains and a restore writes: master key, audit key, checkpoints.
package struct CustodyFiles: Sendable {
    let masterKey: MasterKeyFile
    /// The path of the file with the key that signs checkpoints.
    let auditKey: String
    /// The path of the checkpoint file.
    let auditCheckpoints: String

    package init(masterKey: MasterKeyFile, auditKey: String, auditCheckpoints: String) {
        self.masterKey = masterKey
        self.auditKey = auditKey
        self.auditCheckpoints = auditCheckpoints
    }

    /// Reads a file of at most 1 GiB.
    ///
    /// - Returns: The content; empty if there is no such file.
    /// - Throws: ``ConnectedAppError`` with `.fileUnreadable`.
    static func content(_ path: String) throws(ConnectedAppError) -> [UInt8] {
        do { return try RegularFile(path).read(atMost: 1 << 30) } catch {
            guard error.cause == .fileMissing else { throw error }
            return []
        }
    }
}
