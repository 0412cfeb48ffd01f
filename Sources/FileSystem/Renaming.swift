internal import CFileSystem
internal import Glibc

/// Renames entries of open directories without ever replacing one: `renameat2(2)`.
///
/// Names are bytes that end with a zero. They need not be UTF-8. Directories are descriptors.
package enum Renaming {
    package enum Failure: Error {
        /// The file system or the kernel cannot do this atomically.
        case unsupported
        /// The system call's error number, such as `EEXIST` if the new name already exists.
        case system(Int32)
    }

    /// Moves an entry from one directory to another, or to the same one, under a name that does not exist there yet.
    package static func move(
        _ old: [CChar], in directory: Int32, to new: [CChar], in other: Int32
    ) throws(Failure) {
        try check(aprity_rename_exclusively(directory, old, other, new))
    }

    /// Exchanges the names of two entries of a directory atomically.
    package static func exchange(_ one: [CChar], with other: [CChar], in directory: Int32) throws(Failure) {
        try check(aprity_exchange(directory, one, other))
    }

    private static func check(_ number: Int32) throws(Failure) {
        switch number {
        case 0: return
        case EINVAL, ENOSYS, ENOTSUP: throw .unsupported
        default: throw .system(number)
        }
    }
}
