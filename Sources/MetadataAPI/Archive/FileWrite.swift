internal import FileSystem
internal import SystemPackage

/// Writes once, perhaps only the first bytes, and returns how many. Tests replace it to simulate a full disk.
typealias FileWrite = @Sendable (FileDescriptor, UnsafeRawBufferPointer) throws(Errno) -> Int

let systemWrite: FileWrite = { (file, bytes) throws(Errno) in try file.writeSome(bytes) }

/// Writes all bytes, with as many calls as needed.
///
/// - Parameter path: The path that error messages name.
func writeAll(
    _ bytes: UnsafeRawBufferPointer, to file: FileDescriptor, path: String, by write: FileWrite
) throws(MetadataFolderError) {
    do throws(Errno) { try file.writeWhole(bytes, by: write) } catch { throw .system("write", path, error) }
}

/// Writes an array as ``writeAll(_:to:path:by:)`` does a buffer.
func writeAll(
    _ bytes: [UInt8], to file: FileDescriptor, path: String, by write: FileWrite
) throws(MetadataFolderError) {
    try bytes.withUnsafeBytes { buffer in
        Result { () throws(MetadataFolderError) in try writeAll(buffer, to: file, path: path, by: write) }
    }.get()
}
