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

    /// Appends bytes to the file. Use it as the sink of ``ReplyReader/checkRetrieveStatus(archiveLimit:sink:)``.
    ///
    /// - Throws: ``MetadataFolderError/diskFull(path:)`` or ``MetadataFolderError/io(operation:path:errno:)``.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(MetadataFolderError) {
        try writeAll(bytes, to: FileDescriptor(rawValue: fileDescriptor), path: "temporary archive", by: write)
    }
}
