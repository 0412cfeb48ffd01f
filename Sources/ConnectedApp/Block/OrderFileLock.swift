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

    /// Returns when the bytes are on disk, and the file's name if the file is new.
    ///
    /// - Throws: ``ConnectedAppError``: `.diskFull`, `.inputOutput`.
    func overwrite(_ bytes: [UInt8]) throws(ConnectedAppError) {
        let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        guard count == bytes.count else { throw Self.failure(path, count < 0 ? errno : ENOSPC) }
        guard fsync(descriptor) == 0 else { throw Self.failure(path, errno) }
        guard !isNew || OutputFile.forceNames(in: FolderPath.above(path)) else {
            throw ConnectedAppError(.inputOutput, subject: path)
        }
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
