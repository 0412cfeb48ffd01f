internal import FileSystem
internal import Foundation
internal import SystemPackage

/// The lock of a home, for creating a store in it: `aprity init` and a restore hold it. The lock is a file in the home.
/// It is removed at the end; a killed process leaves it behind, unlocked.
package enum HomeLock {
    static let fileName = "aprity.lock"

    /// Runs the body while no other process can run one for this home.
    ///
    /// - Parameters:
    ///   - home: The home's folder. It must exist.
    ///   - patience: How long to wait for another process.
    /// - Throws: ``ConnectedAppError``: `.storeBusy` if another process still has the lock, `.inputOutput` if the file
    ///   system has no locks, `.outputCannotBeCreated`, `.diskFull`; and what the body throws.
    package static func whileHeld<T: Sendable>(
        in home: String, waiting patience: Duration, _ surroundings: Surroundings, _ body: () async throws -> T
    ) async throws -> T {
        let path = home + "/" + fileName
        let end = surroundings.uptime() + patience
        while true {
            if let file = try locked(path) {
                let result: Result<T, any Error>
                do { result = .success(try await body()) } catch { result = .failure(error) }
                // Removed before the lock is released, so that the next holder's file is not removed.
                unlink(path)
                _ = consume file
                return try result.get()
            }
            guard surroundings.uptime() < end else {
                throw ConnectedAppError(
                    .storeBusy, subject: home,
                    detail: "Another process is creating or restoring a store in this home.",
                    remedy: "Wait until it is done. Then look at what is there: `aprity connection list`.")
            }
            try await surroundings.sleep(.milliseconds(20))
        }
    }

    /// - Returns: The locked file; `nil` if another process has the lock, or has just removed the file.
    private static func locked(_ path: String) throws(ConnectedAppError) -> FixedFile? {
        let file = try FixedFile(path)
        let isHeld: Bool
        do throws(Errno) { isHeld = try file.tryLock() } catch {
            throw ConnectedAppError(
                .inputOutput, subject: path,
                detail: "The file system cannot lock files, which the store needs. Put aprity's home on a local disk.",
                evidence: .system(error))
        }
        guard isHeld, file.isStillNamed else { return nil }
        return file
    }
}

/// The unfinished files of a store that is being created. Only `aprity init` creates one.
package enum StoreDraft {
    private static let mark = ".new-"

    /// The path of a draft of the store at a path.
    package static func path(_ store: String, _ number: Int) -> String { store + "\(mark)\(getpid())-\(number)" }

    /// The paths of the drafts beside a store, with their logs.
    ///
    /// - Throws: ``ConnectedAppError`` with `.fileUnreadable` if the folder cannot be listed.
    static func all(beside store: String) throws(ConnectedAppError) -> [String] {
        let folder = FolderPath.above(store)
        return try FolderPath.names(in: folder).map { folder + "/" + $0 }.filter { $0.hasPrefix(store + mark) }
    }

    /// Removes the drafts that killed processes left. The caller holds the ``HomeLock``, so no process uses them.
    package static func removeAll(beside store: String) throws(ConnectedAppError) {
        for draft in try all(beside: store) { unlink(draft) }
    }
}
