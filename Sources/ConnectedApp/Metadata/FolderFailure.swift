internal import Foundation
internal import MetadataAPI

extension MetadataReader {
    /// Runs a step on the target folder, and turns the errors of `MetadataAPI` into ``ConnectedAppError``.
    static func wrapping<T>(_ target: String, _ body: () throws -> T) throws -> T {
        do { return try body() } catch let error as MetadataFolderError {
            throw Self.error(error, target)
        } catch let refusal as ZipError {
            throw ConnectedAppError(
                .archiveRefused, detail: "\(Cause.archiveRefused.entry.summary) \(refusal.description)",
                evidence: ["archive": refusal.description])
        }
    }

    static func error(_ error: MetadataFolderError, _ path: String) -> ConnectedAppError {
        let cause: Cause =
            switch error {
            case .targetExists, .targetHasOtherScope, .targetIsSymbolicLink, .targetIsNotFolder, .targetIsNotMetadata,
                .foreignEntries,
                .recordUnreadable:
                .outputExists
            case .targetInUse: .pullRunning
            case .targetName, .targetOwnedByOther, .targetIsMountPoint, .movedAside: .outputCannotBeCreated
            case .diskFull: .diskFull
            case .io(_, _, let number): number == EIO ? .inputOutput : .outputCannotBeCreated
            case .archiveWithoutManifest, .manifest, .differentContents, .fileAndDirectory, .fileTooLarge, .secretFile:
                .archiveRefused
            case .stagingLost: .inputOutput
            case .malformedSuffix, .ended: .internalError
            }
        var evidence = ["path": path]
        if case .foreignEntries(_, let names) = error { evidence["entries"] = names.joined(separator: "\n") }
        return ConnectedAppError(cause, detail: error.description, remedy: remedy(error, path), evidence: evidence)
    }

    /// The absolute path of an existing folder's parent folder, and the name in it, also if the path is `.` or `..`; `nil`
    /// if there is no folder, or it is the root.
    private static func realPath(of path: String) -> (parent: String, name: String)? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        let parts = String(cString: resolved).split(separator: "/")
        return parts.last.map { ("/" + parts.dropLast().joined(separator: "/"), String($0)) }
    }

    /// - Returns: What to do about an error; `nil` if the remedy of its cause applies.
    private static func remedy(_ error: MetadataFolderError, _ path: String) -> String? {
        switch error {
        case .targetExists: "Replace this former pull with --replace, or name a new folder with --out."
        case .targetHasOtherScope:
            "Repeat the options of the former pull, replace it with --replace, or name a new folder with --out."
        case .targetIsNotMetadata:
            "Name a new or an empty folder with --out. In a repository, name a folder inside it: --out \(ShellWord(path: path + "/metadata"))."
        case .targetIsMountPoint:
            "Name a folder inside it: --out \(ShellWord(path: path + "/metadata"))."
        case .targetIsSymbolicLink: "Name the folder itself with --out, or a new one."
        case .targetIsNotFolder, .targetOwnedByOther: "Name a new or an empty folder with --out."
        case .targetName:
            realPath(of: path).map {
                "A pull replaces the folder itself. Run the command in \(ShellWord(path: $0.parent)), which contains the "
                    + "folder, with --out \(ShellWord(path: $0.name))."
            } ?? "Name a new or an empty folder with --out."
        case .foreignEntries:
            "Move the named entries to another place, then run the command again; or pull into a new folder with --out."
        case .recordUnreadable:
            "Put the file back as the pull wrote it; or delete it, and replace the folder with --replace; or pull into a new folder with --out."
        case .movedAside: "Run the command again. It moves the entries back first."
        case .malformedSuffix, .stagingLost, .archiveWithoutManifest, .manifest, .differentContents, .fileAndDirectory,
            .fileTooLarge, .secretFile, .ended, .targetInUse, .diskFull, .io:
            nil
        }
    }
}
