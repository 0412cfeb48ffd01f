internal import CFileSystem
internal import Glibc

/// Gives each of two paths the other's file, in one step: nobody sees either path without a file.
///
/// - Throws: ``FileStatus/Failure``; `EINVAL`, `ENOSYS` or `EOPNOTSUPP` if the file system cannot do that.
package func exchangeEntries(_ one: String, _ other: String) throws(FileStatus.Failure) {
    let number = aprity_exchange(AT_FDCWD, one, other)
    guard number == 0 else { throw FileStatus.Failure(number: number) }
}
