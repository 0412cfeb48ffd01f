internal import Foundation

/// A store's file, looked at from outside.
package enum StoreFile {
    /// Whether another process works with the store: each that does holds a shared lock from the beginning to the end, on
    /// bytes that lie at the first GiB ("File Locking And Concurrency"; `os.h`).
    ///
    /// Not for a store that this process has open itself: closing a file gives up all locks of the process on it.
    package static func isInUse(_ path: String) -> Bool {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = 0x4000_0000
        lock.l_len = 512
        return fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != Int16(F_UNLCK)
    }
}
