internal import ConnectedApp
internal import FileSystem
internal import Foundation
internal import SystemPackage

/// Checks of a store's file that do not open the store.
package enum StoreFile {
    /// Checks that the store is a regular file. Opening another kind of file, such as a named pipe without a writer,
    /// could block forever.
    ///
    /// - Throws: ``ConnectedAppError``: `.notInitialised` if there is no file, `.fileUnreadable` if it is not a regular
    ///   one or its status cannot be read.
    static func check(_ path: String) throws(ConnectedAppError) {
        let status: FileStatus
        do throws(Errno) { status = try FileStatus(of: path) } catch {
            guard ![.noSuchFileOrDirectory, .notDirectory].contains(error) else {
                throw ConnectedAppError.noStore(at: path)
            }
            throw ConnectedAppError(
                .fileUnreadable, subject: path, evidence: .system(error))
        }
        guard status.kind == .regularFile else {
            throw ConnectedAppError(
                .fileUnreadable, subject: path, detail: "The store is not a regular file.")
        }
    }

    /// Whether the write-ahead log beside the store is missing or empty. If so, the store's file is the whole store.
    static func hasEmptyLog(_ path: String) -> Bool {
        do throws(Errno) { return try FileStatus(of: path + "-wal").size == 0 } catch {
            return error == .noSuchFileOrDirectory
        }
    }

    /// Returns why this process cannot write the store: its file, or its folder, in which SQLite creates the log.
    ///
    /// - Returns: The system's error number; `nil` if the store can be written.
    static func unwritable(_ path: String) -> Int32? {
        for (place, rights) in [(path, W_OK), (FolderPath.above(path), W_OK | X_OK)]
        where faccessat(AT_FDCWD, place, rights, AT_EACCESS) != 0 {
            return errno
        }
        return nil
    }

    /// Whether the disk has less free space than the 32 KiB that the log's index needs. `false` if that cannot be
    /// determined.
    static func isOnFullDisk(_ path: String) -> Bool {
        var space = statvfs()
        guard statvfs(FolderPath.above(path), &space) == 0 else { return false }
        return space.f_bavail * space.f_frsize < 1 << 15
    }

    /// Whether another process uses the store. Each one holds a shared lock on bytes at the offset 1 GiB ("File Locking
    /// And Concurrency"; SQLite's `os.h`). `false` if the file cannot be opened.
    ///
    /// Do not call this for a store that this process has open: when it closes the file, all locks of the process on it
    /// are released.
    package static func isInUse(_ path: String) -> Bool {
        guard let file = try? OpenFile(path, .readWrite) else { return false }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = 0x4000_0000
        lock.l_len = 512
        return fcntl(file.descriptor.rawValue, F_GETLK, &lock) == 0 && lock.l_type != Int16(F_UNLCK)
    }
}
