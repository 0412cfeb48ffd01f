internal import ConnectedApp
internal import FileSystem
internal import Foundation

/// The file with the start token of one server.
///
/// The server locks its file while it runs, and the kernel releases the lock when the process ends. So a locked file belongs
/// to a running server and is left alone; an unlocked one was left by a crash and is replaced. The first server in a folder
/// writes `start-token`; others add their port, and a number if servers on several machines share folder and port.
struct StartTokenFile: Sendable {
    let path: String
    /// Holds the lock.
    private let descriptor: Int32

    /// - Parameter patience: How long to wait for other servers that choose their files at this moment.
    /// - Throws: ``ConnectedAppError``: `.outputCannotBeCreated`, `.diskFull`, `.inputOutput`; `CancellationError`.
    init(_ content: [UInt8], folder: String, port: Int, patience: Duration) async throws {
        try OutputFile.makeFolder(folder)
        let lock = try await Self.lock((folder as NSString).appendingPathComponent(Self.lockName), patience)
        defer { close(lock) }
        try Self.removeLeftovers(in: folder)
        let name = "\(StartToken.fileName)-\(port)"
        let paths = ([StartToken.fileName, name] + (2...9).map { "\(name)-\($0)" })
            .map { (folder as NSString).appendingPathComponent($0) }
        guard let free = paths.first(where: { !Self.isHeld($0) }) else {
            throw ConnectedAppError(
                .outputCannotBeCreated, subject: paths[1],
                detail: "Running servers hold this name and every numbered one after it.")
        }
        path = free
        descriptor = try Self.create(path, content)
    }

    /// Removes the file unless another one has taken its place.
    func remove() {
        let own = try? FileStatus(ofDescriptor: descriptor)
        let present = try? FileStatus(of: path, followsLinks: false)
        if let own, own.identity == present?.identity { unlink(path) }
        close(descriptor)
    }

    /// The file that is locked while a server chooses its file. It is never removed: two servers could then hold two files
    /// of this name. The folder itself is not locked, because everybody who may read a folder can lock it.
    static let lockName = "start-token.lock"

    /// Locks a file that only this user can open, so that one server at a time chooses its file.
    ///
    /// - Returns: A descriptor. Closing it releases the lock.
    private static func lock(_ path: String, _ patience: Duration) async throws -> Int32 {
        let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        do {
            let end = ContinuousClock.now + patience
            while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
                guard errno == EWOULDBLOCK || errno == EINTR else { throw failure(path) }
                guard ContinuousClock.now < end else {
                    throw ConnectedAppError(
                        .outputCannotBeCreated, subject: path,
                        detail: "Another process has kept this file locked for \(patience.components.seconds) s. "
                            + "Find it with `fuser`, end it, and start the server again.")
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Whether a running server has locked this file. A link or anything else that is no file of a server is not held.
    private static func isHeld(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return [EMFILE, ENFILE].contains(errno) }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// Removes files of crashed servers. `start-token` itself is skipped: the next server replaces it.
    private static func removeLeftovers(in folder: String) throws(ConnectedAppError) {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
            throw ConnectedAppError(
                .outputCannotBeCreated, subject: folder,
                detail: "The folder cannot be listed: \(error.localizedDescription)")
        }
        for name in names where name.wholeMatch(of: /start-token-[0-9]+(-[0-9])?/) != nil {
            let path = (folder as NSString).appendingPathComponent(name)
            if !isHeld(path) { unlink(path) }
        }
    }

    /// Makes the file under another name, locks it and moves it into place: nobody can read it even for an instant, and a
    /// link that somebody put there is replaced, not followed.
    ///
    /// - Returns: The descriptor that holds the lock.
    private static func create(_ path: String, _ content: [UInt8]) throws(ConnectedAppError) -> Int32 {
        let fresh = path + ".new"
        unlink(fresh)
        try OutputFile.create(fresh, content: content, mode: 0o600)
        let descriptor = open(fresh, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0, rename(fresh, path) == 0 else {
            let failure = failure(path)
            if descriptor >= 0 { close(descriptor) }
            unlink(fresh)
            throw failure
        }
        return descriptor
    }

    private static func failure(_ path: String) -> ConnectedAppError {
        ConnectedAppError(
            .outputCannotBeCreated, subject: path, evidence: ["errno": String(cString: strerror(errno))])
    }
}
