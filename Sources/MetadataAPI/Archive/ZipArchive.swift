/// A zip archive in a file, read by its central directory.
///
/// Whatever can be checked without unpacking is checked when it is opened: every byte of the file belongs to exactly one
/// entry or to the directory, local headers agree with the directory, names stay below the folder they are unpacked to,
/// and sizes are within the bounds. Unpacking then checks the data against size and checksum. What is not needed to
/// read a retrieve is refused: Zip64, encryption, several disks, links, methods other than stored and deflate.
public struct ZipArchive: Sendable {
    /// In the order of the central directory.
    public let entries: [ZipEntry]
    private let descriptor: DuplicatedDescriptor
    private let file: PositionedFile

    /// - Parameters:
    ///   - fileDescriptor: A regular file, open for reading. It stays the caller's, who may close it at once: the
    ///     archive keeps a duplicate. Nobody may write to the file while the archive is in use.
    ///   - bounds: How much is taken.
    public init(fileDescriptor: CInt, bounds: ZipBounds = ZipBounds()) throws(ZipRefusal) {
        descriptor = try DuplicatedDescriptor(of: fileDescriptor)
        file = try PositionedFile(descriptor: descriptor.number)
        guard file.size <= bounds.archiveBytes else { throw .archiveTooLarge(limit: bounds.archiveBytes) }
        let end = try ZipEndRecord(in: file)
        let listed = try ZipCentralDirectory(bounds: bounds).entries(end, in: file)
        try ZipArchive.checkNames(listed)
        let total = listed.reduce(0) { $0 + $1.size }
        guard total <= bounds.totalBytes else { throw .totalTooLarge(limit: bounds.totalBytes) }
        entries = try ZipLocalHeaders(file: file, end: end.directoryOffset).confirm(listed)
    }

    /// Unpacks one entry.
    ///
    /// - Parameter sink: Given the bytes in pieces of at most 64 KiB that are valid during the call only. It may have
    ///   been given wrong bytes when this throws.
    /// - Throws: ``ZipRefusal``, or what `sink` threw.
    public func read(_ entry: ZipEntry, into sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        try withExtendedLifetime(descriptor) { try ZipEntryReader(file: file, entry: entry).read(into: sink) }
    }

    /// No name twice, and no name both a file and a directory.
    private static func checkNames(_ entries: [ZipEntry]) throws(ZipRefusal) {
        var files: Set<EntryPath> = []
        var named: Set<EntryPath> = []
        var directories: Set<EntryPath> = []
        for entry in entries {
            guard named.insert(entry.path).inserted else {
                let isClash = files.contains(entry.path) == entry.isDirectory
                throw isClash ? .fileAndDirectory(entry.path.description) : .duplicateName(entry.path.description)
            }
            if entry.isDirectory { directories.insert(entry.path) } else { files.insert(entry.path) }
            directories.formUnion(entry.path.ancestors)
        }
        if let clash = files.intersection(directories).min(by: { $0.bytes.lexicographicallyPrecedes($1.bytes) }) {
            throw .fileAndDirectory(clash.description)
        }
    }
}
