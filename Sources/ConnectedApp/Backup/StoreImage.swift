/// A store in the memory of this process alone, made from the bytes of a store's file: it is read and never written.
package protocol StoreImage: RecordStore {
    /// What the database says of itself: nothing where all is well.
    func damages() throws -> [String]
}

/// Makes and opens stores' files, for backups.
package struct StoreFiles: Sendable {
    /// The bytes of a store, at one moment, whoever writes meanwhile.
    package let bytes: @Sendable () throws -> [UInt8]
    package let image: @Sendable ([UInt8]) throws -> any StoreImage
    /// Whether any process has the store of this path open.
    package let isInUse: @Sendable (String) -> Bool

    package init(
        bytes: @escaping @Sendable () throws -> [UInt8], image: @escaping @Sendable ([UInt8]) throws -> any StoreImage,
        isInUse: @escaping @Sendable (String) -> Bool
    ) {
        self.bytes = bytes
        self.image = image
        self.isInUse = isInUse
    }
}

/// The files beside the store that a backup holds, and that it is restored to.
package struct CustodyFiles: Sendable {
    package let masterKey: MasterKeyFile
    package let auditKey: String
    package let auditCheckpoints: String

    package init(masterKey: MasterKeyFile, auditKey: String, auditCheckpoints: String) {
        self.masterKey = masterKey
        self.auditKey = auditKey
        self.auditCheckpoints = auditCheckpoints
    }

    /// - Returns: Nothing where there is no such file.
    static func content(_ path: String) throws(ConnectedAppError) -> [UInt8] {
        do { return try RegularFile(path).read(atMost: 1 << 30) } catch {
            guard error.cause == .fileMissing else { throw error }
            return []
        }
    }
}
