internal import FileSystem
internal import Foundation
internal import SystemPackage

/// Writes files whole or not at all.
package enum OutputFile {
    /// Makes a new file with the permission bits `mode`. It appears complete or not at all, and never replaces another one.
    ///
    /// - Throws: ``ConnectedAppError``: `.outputExists`, `.outputCannotBeCreated`, `.diskFull`, `.inputOutput`.
    package static func create(_ path: String, content: [UInt8], mode: UInt32) throws(ConnectedAppError) {
        var pieces = [content][...]
        try create(path, mode: mode) { () throws(ConnectedAppError) in pieces.popFirst() }
    }

    /// The same, a piece at a time.
    ///
    /// - Parameter next: `nil` after the last piece; what it throws is thrown on, and there is no file.
    static func create(_ path: String, mode: UInt32, _ next: () throws(ConnectedAppError) -> [UInt8]?)
        throws(ConnectedAppError)
    {
        let partial = try unused(beside: path, mode)
        defer { unlink(partial.path) }
        while let piece = try next() {
            try reporting(path) { () throws(Errno) in try partial.file.descriptor.writeWhole(piece) }
        }
        try reporting(path) { () throws(Errno) in try partial.file.descriptor.syncIfOnDisk() }
        try publish(partial.path, as: path)
    }

    /// Makes a file under a name that nobody uses: another task, a process of the same number elsewhere, or one that crashed may have a
    /// file of this name.
    private static func unused(beside path: String, _ mode: UInt32) throws(ConnectedAppError) -> Partial {
        var number = 0
        while true {
            let name = path + ".partial-\(getpid())-\(number)"
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

    /// Looks whether a file could be made there, before work is done for it that costs something.
    ///
    /// - Throws: ``ConnectedAppError`` with `.outputExists` or `.outputCannotBeCreated`.
    package static func check(_ path: String) throws(ConnectedAppError) {
        guard access(path, F_OK) != 0 else { throw failure(.fileExists, path) }
        guard access(FolderPath.above(path), W_OK | X_OK) == 0 else { throw failure(.last, path) }
    }

    /// Gives a file that is complete a second name, which must be free.
    ///
    /// - Throws: ``ConnectedAppError`` as ``create(_:content:mode:)`` does.
    package static func publish(_ partial: String, as path: String) throws(ConnectedAppError) {
        // link, not rename: an existing file stays.
        guard link(partial, path) == 0 else { throw failure(.last, path) }
    }

    /// Forces the names in a folder to disk.
    package static func forceNames(in folder: String) -> Bool {
        do throws(Errno) {
            let file = try OpenFile(folder, .readOnly, .directory)
            try file.descriptor.syncIfOnDisk()
            return true
        } catch { return false }
    }

    /// Makes a folder and what is missing above it, 0700.
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
        return ConnectedAppError(cause, subject: path, evidence: .system(error))
    }
}

/// The folder that a path lies in.
package enum FolderPath {
    /// - Returns: `.` for a bare name. Written by hand: Foundation's own traps on a name of one letter (Swift 6.3).
    package static func above(_ path: String) -> String {
        var rest = Substring(path)
        while rest.count > 1, rest.hasSuffix("/") { rest.removeLast() }
        guard let slash = rest.lastIndex(of: "/") else { return "." }
        return slash == rest.startIndex ? "/" : String(rest[..<slash])
    }

    /// The names in a folder; none if there is no such folder.
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
            remedy: "Give this user the right to read the folder, then run the command again.",
            evidence: ["errno": reason])
    }

    /// The file that a link leads to, or the path itself. By the system: Foundation's own does not follow a link to a bare
    /// name (Swift 6.3).
    static func linkTarget(of path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
