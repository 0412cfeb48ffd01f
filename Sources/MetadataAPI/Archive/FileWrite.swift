internal import FileSystem
internal import SystemPackage

/// Makes one call of `write(2)`, and returns how many bytes it took.
typealias FileWrite = @Sendable (FileDescriptor, UnsafeRawBufferPointer) throws(Errno) -> Int

let systemWrite: FileWrite = { (file, bytes) throws(Errno) in try file.writeSome(bytes) }

/// Writes all bytes, with as many calls as needed.
func writeAll(
    _ bytes: UnsafeRawBufferPointer, to file: FileDescriptor, path: String, by write: FileWrite
) throws(MetadataFolderError) {
    do throws(Errno) { try file.writeWhole(bytes, by: write) } catch { throw .system("write", path, error) }
}
