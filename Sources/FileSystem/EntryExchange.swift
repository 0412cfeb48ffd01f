internal import CFileSystem
internal import Glibc
package import SystemPackage

/// Exchanges the files or folders at two paths atomically. At no time is either path missing.
///
/// - Throws: `Errno`: `EINVAL`, `ENOSYS` or `EOPNOTSUPP` if the file system cannot exchange entries; `ENOENT` if one
///   path is missing.
package func exchangeEntries(_ one: String, _ other: String) throws(Errno) {
    let number = aprity_exchange(AT_FDCWD, one, other)
    guard number == 0 else { throw Errno(rawValue: number) }
}
