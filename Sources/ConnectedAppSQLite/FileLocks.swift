internal import Foundation

/// Checks whether a file system can lock files. If it cannot, SQLite wrongly reports that another process holds a lock.
enum FileLocks {
    /// Tries to lock a new, temporary file beside the store. It does not use the store's own file, because closing a
    /// file releases all locks of the process on it.
    ///
    /// - Returns: The error number if the file system cannot lock; `nil` if it can, or if the temporary file cannot be
    ///   created.
    static func failure(beside path: String) -> Int32? {
        var template = Array((path + ".lock-XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { return nil }
        defer {
            close(descriptor)
            unlink(template)
        }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        guard fcntl(descriptor, F_SETLK, &lock) != 0 else { return nil }
        switch errno {
        case EACCES, EAGAIN, EINTR: return nil
        default: return errno
        }
    }
}
