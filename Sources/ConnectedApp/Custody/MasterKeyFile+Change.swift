internal import FileSystem
internal import Foundation
internal import SystemPackage

extension MasterKeyFile {
    /// Whether aprity can replace the file. It does not replace files that systemd or Kubernetes restores from its own
    /// copy.
    package var isReplaceable: Bool {
        mustBePrivate && faccessat(AT_FDCWD, FolderPath.above(target), W_OK | X_OK, AT_EACCESS) == 0
    }

    /// Adds a new key before the present ones. When this returns, the new file is on disk. Call it within
    /// ``withExclusiveLock(_:)``.
    ///
    /// - Parameter bytes: 32 random bytes. A secret.
    /// - Throws: ``ConnectedAppError``: the causes of ``read()``, `.outputCannotBeCreated`, `.diskFull`,
    ///   `.inputOutput`. The file is unchanged, unless only flushing its name to disk failed.
    func add(_ bytes: [UInt8]) throws(ConnectedAppError) {
        try replace(lines: [MasterKey.line(bytes: bytes)] + lines())
    }

    /// Removes all keys except the one with this id. Call it within ``withExclusiveLock(_:)``.
    ///
    /// - Throws: What ``add(_:)`` throws, and ``ConnectedAppError`` with `.internalError` if the file does not contain
    ///   the key.
    func removeAll(except id: String) throws(ConnectedAppError) {
        let kept = try lines().filter { line in
            MasterKey(line: line.prefix { !$0.isNewline })?.id == id
        }
        guard !kept.isEmpty else { throw ConnectedAppError(.internalError) }
        try replace(lines: kept)
    }

    /// The lines that contain keys, each with its line break.
    private func lines() throws(ConnectedAppError) -> [String] {
        try content().split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }.map { $0 + "\n" }
    }

    /// Runs the body while no other process can run it for this file.
    ///
    /// - Throws: ``ConnectedAppError``: `.storeBusy` if another process is running it, `.fileUnreadable` if the folder
    ///   of the file cannot be opened, `.inputOutput` if its file system has no locks; and what the body throws.
    func withExclusiveLock<T: Sendable>(_ body: () async throws -> T) async throws -> T {
        let folder: OpenFile
        do throws(Errno) { folder = try OpenFile(FolderPath.above(target), .readOnly, .directory) } catch {
            throw ConnectedAppError(.fileUnreadable, subject: path)
        }
        let isAlone: Bool
        do throws(Errno) { isAlone = try folder.descriptor.tryLock() } catch {
            throw ConnectedAppError(
                .inputOutput, subject: path,
                detail: "The file system cannot lock the folder of the master key file, so the key was not changed.",
                remedy: "Move the file to a local disk, and run the command again.", evidence: .system(error))
        }
        guard isAlone else {
            throw ConnectedAppError(
                .storeBusy, subject: path,
                detail: "Another process is changing the master key. Try again when it is done.")
        }
        let result = try await body()
        // Closing the folder releases the lock.
        _ = consume folder
        return result
    }

    /// Removes temporary files that an interrupted run left, because they contain keys. The caller holds the lock.
    private func removeDrafts(_ draft: String) throws(ConnectedAppError) {
        let folder = FolderPath.above(draft)
        let name = URL(filePath: draft).lastPathComponent
        for stray in try FolderPath.names(in: folder) where stray == name || OutputFile.isPartial(stray, of: name) {
            unlink(folder + "/" + stray)
        }
    }

    /// Writes a temporary file with the original owner, group and owner's permissions, then renames it over the
    /// original, so that a running service can still read it. The first line is aprity's comment; other comments are
    /// dropped.
    private func replace(lines: [String]) throws(ConnectedAppError) {
        let (target, draft) = (target, target + ".new")
        let former: FileStatus
        do throws(Errno) { former = try FileStatus(of: target) } catch {
            throw ConnectedAppError(
                error == .noSuchFileOrDirectory ? .masterKeyMissing : .fileUnreadable, subject: path,
                evidence: .system(error))
        }
        try removeDrafts(draft)
        try OutputFile.create(draft, content: Array((MasterKeyRing.comment + lines.joined()).utf8), mode: 0o600)
        defer { unlink(draft) }
        guard chown(draft, former.owner, former.group) == 0, chmod(draft, former.permissions & 0o700) == 0,
            rename(draft, target) == 0
        else {
            throw ConnectedAppError(
                .outputCannotBeCreated, subject: path, evidence: .system(.last))
        }
        guard OutputFile.syncEntries(of: FolderPath.above(target)) else {
            throw ConnectedAppError(
                .inputOutput, subject: path,
                detail:
                    "The file has its new content, but the disk did not confirm it: a power failure could bring back "
                    + "the former content.",
                remedy: "Check the disk, then run the command again: it continues.")
        }
    }
}
