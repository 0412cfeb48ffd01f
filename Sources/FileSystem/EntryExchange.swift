internal import CFileSystem
internal import Glibc
package import SystemPackage

/// Gives each of two paths the other's file, in one step: nobody sees either path without a file.
///
/// - Throws: `Errno`; `EINVAL`, `ENOSYS` or `EOPNOTSUPP` if the file system cannot do that.
package func exchangeEntries(_ one: String, _ other: String) throws(Errno) {
    let number = aprity_exchange(AT_FDCWD, one, other)
    guard number == 0 else { throw Errno(rawValue: number) }
}
