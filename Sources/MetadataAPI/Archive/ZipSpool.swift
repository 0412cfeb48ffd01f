internal import SystemPackage

/// Writes a delivered archive to a file that the caller made, usually an unlinked temporary one, so that
/// ``ZipArchive`` can then read it by position.
public struct ZipSpool {
    private let fileDescriptor: CInt
    private let write: FileWrite

    /// - Parameter fileDescriptor: Open for writing, and the caller's.
    public init(fileDescriptor: CInt) { self.init(fileDescriptor: fileDescriptor, write: systemWrite) }

    init(fileDescriptor: CInt, write: @escaping FileWrite) {
        self.fileDescriptor = fileDescriptor
        self.write = write
    }

    /// The sink for ``ReplyReader/checkRetrieveStatus(archiveLimit:sink:)``.
    ///
    /// - Throws: ``MetadataFolderError/diskFull(path:)`` or ``MetadataFolderError/io(operation:path:errno:)``.
    public func take(_ bytes: UnsafeRawBufferPointer) throws(MetadataFolderError) {
        try writeAll(bytes, to: FileDescriptor(rawValue: fileDescriptor), path: "temporary archive", by: write)
    }
}
