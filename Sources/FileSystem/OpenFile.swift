internal import Glibc
package import SystemPackage

/// A file or folder that is open, closed when the value ends. Programs that this process starts do not get it.
///
/// Everything goes through swift-system, whose calls are repeated if a signal interrupts them. What it lacks is below, once.
package struct OpenFile: ~Copyable, Sendable {
    package let descriptor: FileDescriptor

    /// - Parameters:
    ///   - path: Used as it is. A `FilePath` would drop a slash at the end, which says that a folder is meant.
    ///   - permissions: Of a file that `.create` makes.
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
    /// - Parameter name: Bytes that end with a zero and need not be UTF-8.
    package init(
        _ name: [CChar], in folder: FileDescriptor, _ mode: FileDescriptor.AccessMode,
        _ options: FileDescriptor.OpenOptions, permissions: FilePermissions = []
    ) throws(Errno) {
        let flags = mode.rawValue | options.union(.closeOnExec).rawValue
        descriptor = FileDescriptor(
            rawValue: try uninterrupted { openat(folder.rawValue, name, flags, mode_t(permissions.rawValue)) })
    }

    /// A second descriptor of a file that somebody else has open.
    ///
    /// - Parameter least: The lowest number that it may get.
    package init(duplicating other: FileDescriptor, from least: CInt = 0) throws(Errno) {
        descriptor = FileDescriptor(rawValue: try uninterrupted { fcntl(other.rawValue, F_DUPFD_CLOEXEC, least) })
    }

    /// Takes over a descriptor.
    package init(owning descriptor: FileDescriptor) { self.descriptor = descriptor }

    // Whoever has to know whether closing failed calls `close()`.
    deinit { _ = Glibc.close(descriptor.rawValue) }

    /// Closes the file now. Some file systems report only here that an earlier write failed.
    package consuming func close() throws(Errno) {
        let descriptor = release()
        // Not repeated: Linux has closed it, even if a signal interrupted the call.
        try system { try descriptor.close() }
    }

    /// Hands the descriptor to the caller, who closes it.
    package consuming func release() -> FileDescriptor {
        let descriptor = descriptor
        discard self
        return descriptor
    }
}

extension [UInt8] {
    /// Fills the array by one call.
    ///
    /// - Parameters:
    ///   - offset: A position in the file; `nil`: where the file's own is.
    ///   - start: How many bytes of the array stay.
    /// - Returns: The number of bytes that were read; 0 at the end.
    package mutating func read(
        from file: FileDescriptor, at offset: Int? = nil, behind start: Int = 0
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

/// Calls with typed errors. None fails because of a signal.
extension FileDescriptor {
    /// - Returns: The number of bytes that were read; 0 at the end.
    package func readSome(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try system { try read(into: buffer) }
    }

    /// The same from a position; the file's own is not moved.
    package func readSome(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try system { try read(fromAbsoluteOffset: Int64(offset), into: buffer) }
    }

    /// - Returns: The number of bytes that were written.
    package func writeSome(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int { try system { try write(bytes) } }

    /// Writes all bytes, however many calls that takes.
    ///
    /// - Parameter write: Makes one call. It may be interrupted.
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
            // A call that writes nothing and does not fail would be repeated for ever.
            guard count > 0 else { throw .ioError }
            done += count
        }
    }

    package func writeWhole(_ bytes: [UInt8]) throws(Errno) {
        try typed(bytes) { (buffer) throws(Errno) in
            try writeWhole(buffer) { (file, rest) throws(Errno) in try file.writeSome(rest) }
        }
    }

    /// The same at a position; the file's own is not moved.
    package func writeWhole(_ bytes: [UInt8], at offset: Int) throws(Errno) {
        try typed(bytes) { (buffer) throws(Errno) in
            try writeWhole(buffer) { (file, rest) throws(Errno) in
                let position = Int64(offset + buffer.count - rest.count)
                return try system { try file.write(toAbsoluteOffset: position, rest) }
            }
        }
    }

    package func truncate(to size: Int) throws(Errno) { try system { try resize(to: Int64(size)) } }

    /// Returns when what was written is on disk: `fsync(2)`.
    ///
    /// - Throws: `.invalidArgument` if there is no disk, such as for a pipe.
    package func sync() throws(Errno) { _ = try uninterrupted { fsync(rawValue) } }

    /// The same for what need not be on a disk.
    package func syncIfOnDisk() throws(Errno) {
        do throws(Errno) { try sync() } catch {
            guard error == .invalidArgument else { throw error }
        }
    }

    /// Takes the only lock of this file, without waiting: `flock(2)`. It ends when the file is closed.
    ///
    /// - Returns: False if somebody else has it.
    package func tryLock() throws(Errno) -> Bool {
        do throws(Errno) { _ = try uninterrupted { flock(rawValue, LOCK_EX | LOCK_NB) } } catch {
            guard error == .wouldBlock else { throw error }
            return false
        }
        return true
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

/// A call of swift-system, which throws nothing but `Errno` and does not say so in its types.
private func system<Result>(_ call: () throws -> Result) throws(Errno) -> Result {
    do { return try call() } catch let error as Errno { throw error } catch {
        preconditionFailure("swift-system threw \(error)")
    }
}

/// `withUnsafeBytes`, which loses the type of the error.
private func typed(
    _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(Errno) -> Void
) throws(Errno) {
    let result = bytes.withUnsafeBytes { buffer in
        Result { () throws(Errno) in try body(buffer) }
    }
    try result.get()
}
