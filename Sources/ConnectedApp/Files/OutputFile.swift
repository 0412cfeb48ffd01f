internal import FileSystem
internal import Foundation
internal import SystemPackage

/// Writes files completely or not at all.
package enum OutputFile {
    /// Creates a file with the permission bits `mode`, less the umask. It appears when its whole content is on disk,
    /// and never replaces an existing file. The folder must exist. When this returns, the file's name is on disk too,
    /// unless this user cannot read the folder. If the process is killed, a file `PATH.partial-…` may stay.
    ///
    /// - Parameter owner: Who owns the file if root creates it.
    /// - Throws: ``ConnectedAppError``: `.outputExists`, `.outputCannotBeCreated`, `.diskFull`, `.inputOutput`.
    package static func create(
        _ path: String, content: [UInt8], mode: UInt32, owner: FileOwner = .process
    ) throws(ConnectedAppError) {
        var pieces = [content][...]
        try create(path, mode: mode, owner: owner) { () throws(ConnectedAppError) in pieces.popFirst() }
    }

    /// Creates a file from pieces.
    ///
    /// - Parameter next: Returns the next piece, or `nil` after the last one. If it throws, no file is created and the
    ///   error is rethrown.
    static func create(
        _ path: String, mode: UInt32, owner: FileOwner = .process, _ next: () throws(ConnectedAppError) -> [UInt8]?
    ) throws(ConnectedAppError) {
        let partial = try unused(beside: path, mode)
        defer { unlink(partial.path) }
        owner.apply(to: partial.file.descriptor, at: path)
        while let piece = try next() {
            try reporting(path) { () throws(Errno) in try partial.file.descriptor.writeWhole(piece) }
        }
        try reporting(path) { () throws(Errno) in try partial.file.descriptor.syncIfOnDisk() }
        try publish(partial.path, as: path)
    }

    /// Flushes the folder of a new file. Does nothing if this user cannot read the folder, because only a folder that can
    /// be read can be opened.
    private static func flushName(of path: String) throws(Errno) {
        let folder: OpenFile
        do throws(Errno) { folder = try OpenFile(FolderPath.above(path), .readOnly, .directory) } catch {
            guard error == .permissionDenied else { throw error }
            return
        }
        try folder.descriptor.syncIfOnDisk()
    }

    /// Whether a path is that of an incomplete file, left by a process that was killed while it created `path`.
    static func isPartial(_ candidate: String, of path: String) -> Bool { candidate.hasPrefix(path + partialMark) }

    private static let partialMark = ".partial-"

    /// Creates a file under an unused name. Another task, a process with the same id in another container, or a crashed
    /// process may already use the first names.
    private static func unused(beside path: String, _ mode: UInt32) throws(ConnectedAppError) -> Partial {
        var number = 0
        while true {
            let name = path + "\(partialMark)\(getpid())-\(number)"
            do throws(Errno) {
                return Partial(
                    path: name,
                    file: try OpenFile(
                        name, .writeOnly, [.create, .exclusiveCreate, .noFollow],
                        permissions: FilePermissions(rawValue: mode)))
            } catch {
                number += 1
                guard error == .fileExists, number < 1000 else { throw failure(error, path) }
            }
        }
    }

    /// A file that is not complete.
    private struct Partial: ~Copyable {
        let path: String
        let file: OpenFile
    }

    private static func reporting(_ path: String, _ body: () throws(Errno) -> Void) throws(ConnectedAppError) {
        do throws(Errno) { try body() } catch { throw failure(error, path) }
    }

    /// Checks whether the file can be created, before expensive work is done for it. Creating it can fail nevertheless.
    ///
    /// - Throws: ``ConnectedAppError`` with `.outputExists` or `.outputCannotBeCreated`.
    package static func check(_ path: String) throws(ConnectedAppError) {
        guard access(path, F_OK) != 0 else { throw failure(.fileExists, path) }
        guard access(FolderPath.above(path), W_OK | X_OK) == 0 else { throw failure(.last, path) }
    }

    /// Links a complete file to its final path, which must not exist, and flushes the folder. The file keeps its former name
    /// too; the caller removes that name.
    ///
    /// - Throws: The errors of ``create(_:content:mode:)``.
    package static func publish(_ partial: String, as path: String) throws(ConnectedAppError) {
        // link(2) fails if the path exists; rename(2) would replace the file.
        guard link(partial, path) == 0 else { throw failure(.last, path) }
        do throws(Errno) { try flushName(of: path) } catch {
            unlink(path)
            throw failure(error, path)
        }
    }

    /// Flushes a folder's entries to disk.
    ///
    /// - Returns: Whether it worked.
    static func syncEntries(of folder: String) -> Bool {
        do throws(Errno) {
            let file = try OpenFile(folder, .readOnly, .directory)
            try file.descriptor.syncIfOnDisk()
            return true
        } catch { return false }
    }

    /// Creates a folder and its missing parents with the mode 0700. Does nothing if the folder exists.
    ///
    /// - Throws: ``ConnectedAppError``: `.outputExists` if something else has the name, `.outputCannotBeCreated`,
    ///   `.diskFull`, `.inputOutput`.
    package static func makeFolder(_ path: String) throws(ConnectedAppError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw failure(.last, path)
        }
    }

    private static func failure(_ error: Errno, _ path: String) -> ConnectedAppError {
        let cause: Cause =
            switch error {
            case .fileExists: .outputExists
            case .noSpace, .diskQuotaExceeded: .diskFull
            case .ioError: .inputOutput
            default: .outputCannotBeCreated
            }
        return ConnectedAppError(cause, subject: path.isEmpty ? "an empty path" : path, evidence: .system(error))
    }
}

/// Operations on folders and paths.
package enum FolderPath {
    /// Returns the parent folder of a path; `.` for a bare name.
    ///
    /// Foundation's own function traps on a name of one letter (Swift 6.3).
    package static func above(_ path: String) -> String {
        var rest = Substring(path)
        while rest.count > 1, rest.hasSuffix("/") { rest.removeLast() }
        guard let slash = rest.lastIndex(of: "/") else { return "." }
        return slash == rest.startIndex ? "/" : String(rest[..<slash])
    }

    /// Returns the names in a folder, in no particular order; none if the folder does not exist.
    ///
    /// - Throws: ``ConnectedAppError`` with `.fileUnreadable`.
    static func names(in folder: String) throws(ConnectedAppError) -> [String] {
        guard let opened = opendir(folder) else {
            if errno == ENOENT { return [] }
            throw unlistable(folder, Errno.last.description)
        }
        closedir(opened)
        do { return try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
            throw unlistable(folder, error.localizedDescription)
        }
    }

    private static func unlistable(_ folder: String, _ reason: String) -> ConnectedAppError {
        ConnectedAppError(
            .fileUnreadable, subject: folder, detail: "The folder cannot be listed: \(reason).",
            remedy: "Let this user read the folder, then run the command again.",
            evidence: ["errno": reason])
    }

    /// Returns the path with all links resolved, or the path itself if that fails.
    ///
    /// Foundation's own function does not follow a link to a bare name (Swift 6.3).
    static func linkTarget(of path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
