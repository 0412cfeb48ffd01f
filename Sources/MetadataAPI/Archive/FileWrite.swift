internal import Glibc

/// `write(2)`: returns how many bytes were written, or -1 with `errno` set.
typealias FileWrite = @Sendable (CInt, UnsafeRawBufferPointer) -> Int

let systemWrite: FileWrite = { descriptor, bytes in write(descriptor, bytes.baseAddress, bytes.count) }

/// Writes all of it, however many calls that takes.
func writeAll(
    _ bytes: UnsafeRawBufferPointer, to descriptor: CInt, path: String, by write: FileWrite
) throws(MetadataFolderError) {
    var done = 0
    while done < bytes.count {
        let count = write(descriptor, UnsafeRawBufferPointer(rebasing: bytes[done...]))
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw MetadataFolderError.system("write", path, errno) }
        // A write of nothing without an error would go on for ever.
        guard count > 0 else { throw MetadataFolderError.system("write", path, EIO) }
        done += count
    }
}
