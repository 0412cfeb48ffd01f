internal import FileSystem
internal import Foundation
internal import SystemPackage

/// A file that is overwritten in place, so that writing needs no free space. Created with mode 0600 if it is missing; a file
/// that root creates belongs to the folder's owner.
struct FixedFile: ~Copyable {
    let path: String
    private let file: OpenFile
    private let isNew: Bool

    /// Opens or creates the file. Does not follow a link.
    ///
    /// - Throws: ``ConnectedAppError``: `.outputCannotBeCreated`, `.diskFull`, `.inputOutput`.
    init(_ path: String) throws(ConnectedAppError) {
        self.path = path
        do throws(Errno) {
            if let existing = try Self.existing(path) {
                file = existing
                isNew = false
            } else {
                file = try OpenFile(path, .readWrite, [.noFollow, .create], permissions: .ownerReadWrite)
                FileOwner.ofFolder.apply(to: file.descriptor, at: path)
                isNew = true
            }
        } catch { throw Self.failure(path, error) }
    }

    private static func existing(_ path: String) throws(Errno) -> OpenFile? {
        do throws(Errno) { return try OpenFile(path, .readWrite, .noFollow) } catch {
            guard error == .noSuchFileOrDirectory else { throw error }
            return nil
        }
    }

    /// Takes the file's lock, without waiting. The lock is released when this value is destroyed.
    ///
    /// - Returns: `false` if somebody else has it.
    /// - Throws: `Errno` if the file system has no locks.
    func tryLock() throws(Errno) -> Bool { try file.descriptor.tryLock() }

    /// Whether the path still leads to this file.
    var isStillNamed: Bool { isNamed(path) }

    /// Whether this path leads to the file. Links are followed.
    func isNamed(_ path: String) -> Bool {
        guard let own = try? FileStatus(ofDescriptor: file.descriptor.rawValue), let named = try? FileStatus(of: path)
        else {
            return false
        }
        return own.identity == named.identity
    }

    /// Writes the bytes at the start of the file. Returns when they are on disk and, for a new file, its name too. On
    /// failure, restores the former content if the disk allows it, and removes a new file.
    ///
    /// - Parameter bytes: As many as in each earlier call, because the file is not truncated.
    /// - Throws: ``ConnectedAppError``: `.diskFull`, `.inputOutput`, `.outputCannotBeCreated`.
    func overwrite(_ bytes: [UInt8]) throws(ConnectedAppError) {
        let former = content(atMost: bytes.count)
        do throws(Errno) {
            try file.descriptor.writeWhole(bytes, at: 0)
            try file.descriptor.sync()
        } catch {
            if let former { restoreContent(former, afterWriting: bytes.count) }
            // An incomplete file would look as if somebody else had written it.
            if isNew, isStillNamed { unlink(path) }
            throw Self.failure(path, error)
        }
        guard !isNew || OutputFile.syncEntries(of: FolderPath.above(path)) else {
            throw ConnectedAppError(.inputOutput, subject: path)
        }
    }

    /// - Returns: `nil` if it cannot be read.
    private func content(atMost count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = try? bytes.read(from: file.descriptor, at: 0)
        return read.map { Array(bytes.prefix($0)) }
    }

    /// Restores the former content if possible. Failures are ignored, because the caller reports why the file could not
    /// be written.
    private func restoreContent(_ former: [UInt8], afterWriting count: Int) {
        // Overwriting needs no space.
        try? file.descriptor.writeWhole(former, at: 0)
        if former.count < count { try? file.descriptor.truncate(to: former.count) }
        try? file.descriptor.sync()
    }

    private static func failure(_ path: String, _ error: Errno) -> ConnectedAppError {
        let cause: Cause =
            switch error {
            case .noSpace, .diskQuotaExceeded: .diskFull
            case .ioError: .inputOutput
            default: .outputCannotBeCreated
            }
        return ConnectedAppError(cause, subject: path, evidence: .system(error))
    }
}

/// The order file, opened by a writer, with its lock if the writer got it. The lock is released when the value is
/// destroyed.
struct OrderFileLock: ~Copyable {
    private let file: FixedFile
    /// Whether the writer has the lock. `false` if another process holds it, or if the file system has no locks.
    let isHeld: Bool

    /// Opens the file, or creates an empty one with mode 0600 if it is missing, and waits up to `timeout` for its lock.
    /// Returns without the lock if it does not get it in that time, or at once if the file system has no locks; check
    /// ``isHeld``.
    ///
    /// - Throws: What ``FixedFile/init(_:)`` throws, and `CancellationError` if the task is cancelled while it waits.
    init(_ path: String, timeout: Duration, surroundings: Surroundings) async throws {
        let file = try FixedFile(path)
        let end = surroundings.uptime() + timeout
        var isHeld = false
        while true {
            // A file system without locks fails at once.
            do throws(Errno) { isHeld = try file.tryLock() } catch { break }
            guard !isHeld, surroundings.uptime() < end else { break }
            try await surroundings.sleep(.milliseconds(5))
        }
        self.isHeld = isHeld
        self.file = file
    }

    /// Whether the path still leads to this file.
    var isStillNamed: Bool { file.isStillNamed }

    /// - Throws: What ``FixedFile/overwrite(_:)`` throws.
    func overwrite(_ bytes: [UInt8]) throws(ConnectedAppError) { try file.overwrite(bytes) }
}
