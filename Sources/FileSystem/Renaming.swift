internal import CFileSystem
internal import Glibc

/// Renaming that replaces nothing: `renameat2(2)`.
///
/// A name is bytes that end with a zero and need not be UTF-8.
package enum Renaming {
    package enum Failure: Error {
        /// The file system or the kernel cannot do it in one step.
        case unsupported
        /// With the system call's error number; `EEXIST` if the new name is taken.
        case system(Int32)
    }

    /// Renames an entry of one open directory to a free name in another.
    package static func move(
        _ old: [CChar], in directory: Int32, to new: [CChar], in other: Int32
    ) throws(Failure) {
        try check(aprity_rename_exclusively(directory, old, other, new))
    }

    /// Gives each of two entries of an open directory the other's name, in one step.
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
