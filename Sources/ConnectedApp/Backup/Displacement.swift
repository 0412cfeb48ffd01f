internal import FileSystem
internal import Foundation

/// Moves existing files out of the way of a restored store. It removes none; each keeps its content under another name.
struct Displacement {
    /// Part of the new names. A later restore leaves entries with this prefix where they are.
    static let mark = "before-restore-"

    private let stamp: String
    private var moves: [(from: String, to: String)] = []
    private var folder: String?

    init(at now: Date) {
        stamp = now.ISO8601Format().filter { $0 != ":" && $0 != "-" }
    }

    /// The new paths of what was moved.
    var places: [String] { (folder.map { [$0] } ?? []) + moves.map(\.to).filter { FolderPath.above($0) != folder } }

    /// Renames a file within its folder.
    ///
    /// - Throws: ``ConnectedAppError`` with `.outputCannotBeCreated`.
    mutating func move(_ path: String) throws(ConnectedAppError) {
        try move(path, to: Self.free(path + "." + Self.mark + stamp))
    }

    /// Moves the content of a folder into a new folder inside it. The folder itself may be a mount point, which cannot
    /// be moved.
    ///
    /// - Throws: ``ConnectedAppError`` with `.fileUnreadable` or `.outputCannotBeCreated`. Call ``undo(after:)`` then.
    mutating func moveContents(_ home: String) throws(ConnectedAppError) {
        let names = try FolderPath.names(in: home)
        let target = Self.free(home + "/" + Self.mark + stamp)
        try OutputFile.makeFolder(target)
        folder = target
        for name in names.sorted() where name != HomeLock.fileName && !name.hasPrefix(Self.mark) {
            try move(home + "/" + name, to: target + "/" + name)
        }
    }

    private mutating func move(_ path: String, to target: String) throws(ConnectedAppError) {
        guard rename(path, target) == 0 else {
            throw ConnectedAppError(
                .outputCannotBeCreated, subject: target, evidence: .system(.last))
        }
        moves.append((path, target))
    }

    /// The path if nothing exists there; otherwise the first path with a number appended at which nothing exists.
    private static func free(_ path: String) -> String {
        var (name, number) = (path, 1)
        while access(name, F_OK) == 0 { (name, number) = ("\(path)-\(number)", number + 1) }
        return name
    }

    /// Moves everything back, but never replaces a file that has appeared meanwhile.
    ///
    /// - Parameter error: Why the restore failed.
    /// - Returns: The same error. If something could not be moved back, an error that also says where it is.
    func undo(after error: any Error) -> any Error {
        let left = moves.reversed().filter { !Self.moveBack($0.to, to: $0.from) }.map(\.to)
        if let folder { rmdir(folder) }
        guard !left.isEmpty else { return error }
        let failure = error as? ConnectedAppError ?? ConnectedAppError(.internalError)
        return ConnectedAppError(
            failure.cause, subject: left.joined(separator: ", "),
            detail: "The restore failed, and these files could not be moved back. \(failure.description)",
            remedy: "Move them back yourself, to the names without `\(Self.mark)…`. \(failure.remedy)",
            evidence: failure.evidence)
    }

    private static func moveBack(_ moved: String, to path: String) -> Bool {
        do throws(Renaming.Failure) {
            try Renaming.move(Array(moved.utf8CString), in: AT_FDCWD, to: Array(path.utf8CString), in: AT_FDCWD)
            return true
        } catch {
            switch error {
            case .unsupported: return access(path, F_OK) != 0 && rename(moved, path) == 0
            case .system: return false
            }
        }
    }
}
