/// A zip archive in a file, read through its central directory.
///
/// Opening it checks everything that does not need unpacking: every byte of the file belongs to exactly one entry, to
/// the directory or to the end record, local headers match the directory, names stay below the target folder, and sizes
/// are within the bounds. Unpacking checks the size and checksum of the data. Features that a retrieve does not use are
/// rejected: Zip64, encryption, several disks, links, and methods other than stored and deflate.
public struct ZipArchive: Sendable {
    /// The entries in the order of the central directory.
    let entries: [ZipEntry]
    private let descriptor: DuplicatedDescriptor
    private let file: PositionedFile

    /// - Parameters:
    ///   - fileDescriptor: A regular file, open for reading. The archive keeps a duplicate, so the caller can close its
    ///     descriptor at once. The file must not be changed while the archive is in use.
    ///   - bounds: The limits for the archive and its entries.
    /// - Throws: ``ZipError`` for the first check that fails.
    public init(fileDescriptor: CInt, bounds: ZipBounds = ZipBounds()) throws(ZipError) {
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

    /// The paths that no file system can store, without the root folder `unpackaged/`. A file and its `-meta.xml` are
    /// both among them if one of them is too long.
    public var unstorablePaths: Set<String> {
        let long = entries.map(\.path).filter { !$0.isStorable }.map { $0.below(EntryPath.archiveRoot) ?? $0 }
        return Set(long.flatMap { Self.withCompanion($0.description) })
    }

    private static func withCompanion(_ path: String) -> [String] {
        let companion = "-meta.xml"
        return path.hasSuffix(companion) ? [path, String(path.dropLast(companion.count))] : [path, path + companion]
    }

    /// Unpacks one entry.
    ///
    /// - Parameters:
    ///   - entry: An entry of this archive.
    ///   - sink: Receives the bytes in pieces of at most 64 KiB, each valid only during the call. If this function
    ///     throws, the bytes passed so far can be wrong.
    /// - Throws: ``ZipError``, or the error of `sink`.
    func read(_ entry: ZipEntry, into sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        try withExtendedLifetime(descriptor) { try ZipEntryReader(file: file, entry: entry).read(into: sink) }
    }

    /// Returns a part of an entry's packed bytes; none after its end.
    func packed(_ entry: ZipEntry, from offset: Int, atMost count: Int) throws(ZipError) -> [UInt8] {
        let count = min(count, entry.packedSize - offset)
        return try file.read(at: entry.dataOffset + offset, count: count)
    }

    /// Rejects duplicate names, and names that are both a file and a directory.
    private static func checkNames(_ entries: [ZipEntry]) throws(ZipError) {
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
