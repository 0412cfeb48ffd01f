internal import SystemPackage

/// Writes the archive of a reply to a file that the caller opened, usually a temporary file without a name.
/// ``ZipArchive`` then reads it by position.
public struct ZipSpool {
    private let fileDescriptor: CInt
    private let write: FileWrite

    /// - Parameter fileDescriptor: A file that is open for writing. The caller closes it.
    public init(fileDescriptor: CInt) { self.init(fileDescriptor: fileDescriptor, write: systemWrite) }

    init(fileDescriptor: CInt, write: @escaping FileWrite) {
        self.fileDescriptor = fileDescriptor
        self.write = write
    }

    /// Writes bytes at the descriptor's current offset, which advances. Use it as the sink of
    /// ``ReplyReader/checkRetrieveStatus(archiveLimit:sink:)``, with an empty file for each reply.
    ///
    /// - Throws: ``MetadataFolderError/diskFull(path:)`` or ``MetadataFolderError/io(operation:path:errno:)``. Some of
    ///   the bytes may have been written.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(MetadataFolderError) {
        try writeAll(bytes, to: FileDescriptor(rawValue: fileDescriptor), path: "temporary archive", by: write)
    }
}
