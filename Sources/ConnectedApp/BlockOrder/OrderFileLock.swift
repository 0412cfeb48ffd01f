internal import FileSystem
internal import Foundation

/// A file that is overwritten in place, and created if it is missing.
struct FixedFile: ~Copyable {
    let path: String
    let descriptor: Int32
    private let isNew: Bool

    /// - Throws: ``ConnectedAppError``: `.outputCannotBeCreated`, `.diskFull`, `.inputOutput`.
    init(_ path: String) throws(ConnectedAppError) {
        self.path = path
        let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW
        let existing = open(path, flags)
        isNew = existing < 0 && errno == ENOENT
        descriptor = isNew ? open(path, flags | O_CREAT, 0o600) : existing
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
    }

    deinit { close(descriptor) }

    /// Whether the path still leads to this file.
    var isStillNamed: Bool { isNamed(path) }

    func isNamed(_ path: String) -> Bool {
        guard let own = try? FileStatus(ofDescriptor: descriptor), let named = try? FileStatus(of: path) else {
            return false
        }
        return own.identity == named.identity
    }

    /// Returns when the bytes are on disk, and the file's name if the file is new. If that fails, it puts back what the file
    /// held, as far as the disk lets it; a new file is removed.
    ///
    /// - Throws: ``ConnectedAppError``: `.diskFull`, `.inputOutput`, `.outputCannotBeCreated`.
    func overwrite(_ bytes: [UInt8]) throws(ConnectedAppError) {
        let former = content(atMost: bytes.count)
        var failure = write(bytes)
        if failure == nil, fsync(descriptor) != 0 { failure = errno }
        if let failure {
            if let former { putBack(former, instead: bytes.count) }
            // An empty file would pass for one that somebody else wrote.
            if isNew, isStillNamed { unlink(path) }
            throw Self.failure(path, failure)
        }
        guard !isNew || OutputFile.forceNames(in: FolderPath.above(path)) else {
            throw ConnectedAppError(.inputOutput, subject: path)
        }
    }

    /// - Returns: `nil` if it cannot be read.
    private func content(atMost count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        return read < 0 ? nil : Array(bytes.prefix(read))
    }

    /// - Returns: The error's number; `nil` if every byte was written.
    private func write(_ bytes: [UInt8]) -> Int32? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(rest.startIndex)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : ENOSPC }
            rest = rest.dropFirst(count)
        }
        return nil
    }

    private func putBack(_ former: [UInt8], instead count: Int) {
        // What is overwritten needs no space.
        _ = write(former)
        if former.count < count { ftruncate(descriptor, off_t(former.count)) }
        fsync(descriptor)
    }

    private static func failure(_ path: String, _ number: Int32) -> ConnectedAppError {
        let cause: Cause =
            switch number {
            case ENOSPC, EDQUOT: .diskFull
            case EIO: .inputOutput
            default: .outputCannotBeCreated
            }
        return ConnectedAppError(cause, subject: path, evidence: ["errno": String(cString: strerror(number))])
    }
}

/// One writer's lock on the order file. It ends with the value.
struct OrderFileLock: ~Copyable {
    private let file: FixedFile
    /// False if another process keeps the lock, or the file system has none.
    let isHeld: Bool

    /// - Throws: As ``FixedFile/init(_:)`` does.
    init(_ path: String, timeout: Duration, surroundings: Surroundings) async throws {
        let file = try FixedFile(path)
        let end = surroundings.uptime() + timeout
        var isHeld = true
        while flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR, surroundings.uptime() < end else {
                isHeld = false
                break
            }
            try await surroundings.sleep(.milliseconds(5))
        }
        self.isHeld = isHeld
        self.file = file
    }

    /// Whether the path still leads to this file.
    var isStillNamed: Bool { file.isStillNamed }

    /// - Throws: As ``FixedFile/overwrite(_:)`` does.
    func overwrite(_ bytes: [UInt8]) throws(ConnectedAppError) { try file.overwrite(bytes) }
}
