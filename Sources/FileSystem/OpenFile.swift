internal import Glibc
package import SystemPackage

/// An open file or folder. It is closed at the end of the value's lifetime. Programs that this process starts do not
/// inherit it, except a descriptor that was taken over; see ``init(owning:)``.
///
/// Calls are repeated if a signal interrupts them. They use swift-system, or the C library for what swift-system lacks.
package struct OpenFile: ~Copyable, Sendable {
    package let descriptor: FileDescriptor

    /// Opens a file or folder.
    ///
    /// - Parameters:
    ///   - path: Used as it is. A `FilePath` would drop a slash at the end, with which the caller requires a folder.
    ///   - permissions: The permissions of a file that `.create` creates; the umask is applied. `nil` without
    ///     `.create`.
    package init(
        _ path: String, _ mode: FileDescriptor.AccessMode, _ options: FileDescriptor.OpenOptions = [],
        permissions: FilePermissions? = nil
    ) throws(Errno) {
        descriptor = try system {
            try path.withCString {
                try FileDescriptor.open($0, mode, options: options.union(.closeOnExec), permissions: permissions)
            }
        }
    }

    /// Opens an entry of an open folder.
    ///
    /// - Parameter name: Bytes that end with a zero. They need not be UTF-8.
    package init(
        _ name: [CChar], in folder: FileDescriptor, _ mode: FileDescriptor.AccessMode,
        _ options: FileDescriptor.OpenOptions, permissions: FilePermissions = []
    ) throws(Errno) {
        let flags = mode.rawValue | options.union(.closeOnExec).rawValue
        descriptor = FileDescriptor(
            rawValue: try uninterrupted { openat(folder.rawValue, name, flags, mode_t(permissions.rawValue)) })
    }

    /// Creates a second descriptor of an open file. The other descriptor stays open.
    ///
    /// - Parameter least: The lowest number that the new descriptor may have.
    package init(duplicating other: FileDescriptor, from least: CInt = 0) throws(Errno) {
        descriptor = FileDescriptor(rawValue: try uninterrupted { fcntl(other.rawValue, F_DUPFD_CLOEXEC, least) })
    }

    /// Takes over a descriptor, which the caller must no longer close. Its close-on-exec flag is not changed: open it
    /// with `O_CLOEXEC`.
    package init(owning descriptor: FileDescriptor) { self.descriptor = descriptor }

    // Ignores errors. To see them, call `close()`.
    deinit { _ = Glibc.close(descriptor.rawValue) }

    /// Closes the file now. Some file systems report only here that an earlier write failed.
    package consuming func close() throws(Errno) {
        let descriptor = release()
        // Not repeated: on Linux, the descriptor is closed even if a signal interrupted the call.
        try system { try descriptor.close() }
    }

    /// Returns the descriptor without closing it. The caller must close it.
    package consuming func release() -> FileDescriptor {
        let descriptor = descriptor
        discard self
        return descriptor
    }
}

extension [UInt8] {
    /// Reads into the array with one call, which may read fewer bytes than fit.
    ///
    /// - Parameters:
    ///   - offset: The position in the file, in bytes; `nil` for the file's own position, which then moves.
    ///   - start: The index in the array of the first byte to replace.
    /// - Returns: The number of bytes that were read; 0 at the end of the file.
    package mutating func read(
        from file: FileDescriptor, at offset: Int? = nil, startingAt start: Int = 0
    ) throws(Errno) -> Int {
        let result = withUnsafeMutableBytes { whole in
            let buffer = UnsafeMutableRawBufferPointer(rebasing: whole[start...])
            return Result { () throws(Errno) in
                if let offset { try file.readSome(at: offset, into: buffer) } else { try file.readSome(into: buffer) }
            }
        }
        return try result.get()
    }
}

/// System calls with typed errors. They are repeated if a signal interrupts them.
extension FileDescriptor {
    /// Reads with one call, which may read fewer bytes than fit.
    ///
    /// - Returns: The number of bytes that were read; 0 at the end of the file.
    package func readSome(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try system { try read(into: buffer) }
    }

    /// Like ``readSome(into:)``, but at a position in bytes. The file's own position does not move.
    package func readSome(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try system { try read(fromAbsoluteOffset: Int64(offset), into: buffer) }
    }

    /// Writes with one call, which may write only the first bytes.
    ///
    /// - Returns: The number of bytes that were written.
    package func writeSome(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int { try system { try write(bytes) } }

    /// Writes all bytes, with as many calls as necessary.
    ///
    /// - Parameter write: Makes one call and returns how many bytes it wrote. It is called again if it throws
    ///   `.interrupted`.
    /// - Throws: The errors of `write`; `.ioError` if it writes nothing. Some bytes may have been written then.
    package func writeWhole(
        _ bytes: UnsafeRawBufferPointer, by write: (FileDescriptor, UnsafeRawBufferPointer) throws(Errno) -> Int
    ) throws(Errno) {
        var done = 0
        while done < bytes.count {
            let count: Int
            do throws(Errno) { count = try write(self, UnsafeRawBufferPointer(rebasing: bytes[done...])) } catch {
                guard error == .interrupted else { throw error }
                continue
            }
            // Otherwise, a call that writes nothing without an error would be repeated forever.
            guard count > 0 else { throw .ioError }
            done += count
        }
    }

    /// Writes all bytes at the file's own position.
    package func writeWhole(_ bytes: [UInt8]) throws(Errno) {
        try typed(bytes) { (buffer) throws(Errno) in
            try writeWhole(buffer) { (file, rest) throws(Errno) in try file.writeSome(rest) }
        }
    }

    /// Writes all bytes at a position in bytes. The file's own position does not move.
    package func writeWhole(_ bytes: [UInt8], at offset: Int) throws(Errno) {
        try typed(bytes) { (buffer) throws(Errno) in
            try writeWhole(buffer) { (file, rest) throws(Errno) in
                let position = Int64(offset + buffer.count - rest.count)
                return try system { try file.write(toAbsoluteOffset: position, rest) }
            }
        }
    }

    package func truncate(to size: Int) throws(Errno) { try system { try resize(to: Int64(size)) } }

    /// Waits until everything that was written to the file is on disk: `fsync(2)`.
    ///
    /// - Throws: `Errno`; `.invalidArgument` for a file that is not on a disk, such as a pipe.
    package func sync() throws(Errno) { _ = try uninterrupted { fsync(rawValue) } }

    /// Like ``sync()``, but does nothing for a file that is not on a disk.
    package func syncIfOnDisk() throws(Errno) {
        do throws(Errno) { try sync() } catch {
            guard error == .invalidArgument else { throw error }
        }
    }

    /// Acquires the exclusive lock of this file, without waiting: `flock(2)`. The lock is released by ``unlock()``, or
    /// when all descriptors of this opening of the file are closed.
    ///
    /// - Returns: `false` if another opening of the file has the lock, in this or another process.
    package func tryLock() throws(Errno) -> Bool {
        do throws(Errno) { _ = try uninterrupted { flock(rawValue, LOCK_EX | LOCK_NB) } } catch {
            guard error == .wouldBlock else { throw error }
            return false
        }
        return true
    }

    /// Whether another opening of the file, in this or another process, has an exclusive lock. The shared lock that shows this is
    /// released again.
    package func isLockedElsewhere() throws(Errno) -> Bool {
        do throws(Errno) { _ = try uninterrupted { flock(rawValue, LOCK_SH | LOCK_NB) } } catch {
            guard error == .wouldBlock else { throw error }
            return true
        }
        try unlock()
        return false
    }

    package func unlock() throws(Errno) { _ = try uninterrupted { flock(rawValue, LOCK_UN) } }
}

/// Repeats a call of the C library while signals interrupt it.
private func uninterrupted(_ call: () -> CInt) throws(Errno) -> CInt {
    while true {
        let result = call()
        if result >= 0 { return result }
        let error = Errno(rawValue: errno)
        guard error == .interrupted else { throw error }
    }
}

/// Makes a call of swift-system. These calls throw only `Errno`, although their types do not say so.
private func system<Result>(_ call: () throws -> Result) throws(Errno) -> Result {
    do { return try call() } catch let error as Errno { throw error } catch {
        preconditionFailure("swift-system threw \(error)")
    }
}

/// Like `withUnsafeBytes`, but keeps the type of the error.
private func typed(
    _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(Errno) -> Void
) throws(Errno) {
    let result = bytes.withUnsafeBytes { buffer in
        Result { () throws(Errno) in try body(buffer) }
    }
    try result.get()
}
