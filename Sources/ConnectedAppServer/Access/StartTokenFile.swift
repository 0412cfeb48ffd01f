internal import ConnectedApp
internal import FileSystem
internal import Foundation
internal import SystemPackage

/// The file that contains one server's start token. It stays open and locked until ``remove()``.
///
/// The server locks its file while it runs, and the kernel releases the lock when the process ends. A locked file
/// therefore belongs to a running server and is left alone. An unlocked one is left over from a crash and is replaced.
/// The first server in a folder writes `start-token`. Others append their port, and a number if servers on several
/// machines share the folder and the port.
struct StartTokenFile: Sendable {
    let path: String
    /// The open file, which holds the lock.
    private let descriptor: FileDescriptor

    /// Chooses a free name, and creates and locks the file. Removes the files of crashed servers first.
    ///
    /// - Parameters:
    ///   - content: The token and a line feed.
    ///   - folder: Created if it is missing.
    ///   - port: The port that the server listens on.
    ///   - patience: How long to wait for other servers that are choosing their files.
    /// - Throws: ``ConnectedAppError``: `.outputCannotBeCreated`, `.diskFull`, `.inputOutput`; `CancellationError`.
    init(_ content: [UInt8], folder: String, port: Int, patience: Duration) async throws {
        try OutputFile.makeFolder(folder)
        let lock = try await Self.lock((folder as NSString).appendingPathComponent(Self.lockName), patience)
        try Self.removeLeftovers(in: folder)
        let name = "\(StartToken.fileName)-\(port)"
        let paths = ([StartToken.fileName, name] + (2...9).map { "\(name)-\($0)" })
            .map { (folder as NSString).appendingPathComponent($0) }
        guard let free = paths.first(where: { !Self.isHeld($0) }) else {
            throw ConnectedAppError(
                .outputCannotBeCreated, subject: paths[1],
                detail: "Running servers have locked this file and those numbered -2 to -9. Stop one of them.")
        }
        path = free
        descriptor = try Self.create(path, content)
        // Closing the file releases the lock.
        _ = consume lock
    }

    /// Removes the file, unless another one has replaced it, and releases the lock.
    func remove() {
        let own = try? FileStatus(ofDescriptor: descriptor.rawValue)
        let present = try? FileStatus(of: path, followsLinks: false)
        if let own, own.identity == present?.identity { unlink(path) }
        _ = OpenFile(owning: descriptor)
    }

    /// The name of the file that is locked while a server chooses its file. It is never removed, because two servers
    /// could then lock two files of this name. The folder itself is not locked, because everybody who may read a folder
    /// can lock it.
    static let lockName = "start-token.lock"

    /// Locks a file that only this user can open, so that one server at a time chooses its file.
    ///
    /// - Returns: The file. Closing it releases the lock.
    private static func lock(_ path: String, _ patience: Duration) async throws -> OpenFile {
        let file = try reporting(path) { () throws(Errno) in
            try OpenFile(
                path, .readWrite, [.create, .noFollow, .nonBlocking], permissions: .ownerReadWrite)
        }
        let end = ContinuousClock.now + patience
        while !(try reporting(path, { () throws(Errno) in try file.descriptor.tryLock() })) {
            guard ContinuousClock.now < end else {
                throw ConnectedAppError(
                    .outputCannotBeCreated, subject: path,
                    detail: "Another process has kept this file locked for \(patience.components.seconds) s. "
                        + "Find that process with `fuser`, end it, and start the server again.")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return file
    }

    /// Whether a running server has locked this file. A link or a missing file counts as not locked. If the process has
    /// too many open files to find out, the file counts as locked.
    private static func isHeld(_ path: String) -> Bool {
        let file: OpenFile
        do throws(Errno) { file = try OpenFile(path, .readOnly, [.noFollow, .nonBlocking]) } catch {
            return [.tooManyOpenFiles, .tooManyOpenFilesInSystem].contains(error)
        }
        // A file system without locks holds none.
        do throws(Errno) { return try !file.descriptor.tryLock() } catch { return false }
    }

    /// Removes the files of crashed servers, except `start-token` itself, which the next server replaces.
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

    /// Creates the file with mode 0600 under a temporary name, locks it and renames it. So the path never shows a file
    /// that is incomplete or not locked. If there is a link at the path, the rename replaces it and does not follow it.
    ///
    /// - Returns: The descriptor that holds the lock.
    private static func create(_ path: String, _ content: [UInt8]) throws(ConnectedAppError) -> FileDescriptor {
        let fresh = path + ".new"
        unlink(fresh)
        try OutputFile.create(fresh, content: content, mode: 0o600)
        do throws(Errno) {
            let file = try OpenFile(fresh, .readOnly, .noFollow)
            guard try file.descriptor.tryLock() else { throw .wouldBlock }
            guard rename(fresh, path) == 0 else { throw .last }
            return file.release()
        } catch {
            unlink(fresh)
            throw failure(path, error)
        }
    }

    private static func reporting<Result: ~Copyable>(
        _ path: String, _ body: () throws(Errno) -> Result
    ) throws(ConnectedAppError) -> Result {
        do throws(Errno) { return try body() } catch { throw failure(path, error) }
    }

    private static func failure(_ path: String, _ error: Errno) -> ConnectedAppError {
        ConnectedAppError(.outputCannotBeCreated, subject: path, evidence: .system(error))
    }
}
