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
    /// - Throws: ``ConnectedAppError`` with `.fileUnreadable` or `.outputCannotBeCreated`. Call ``undo()`` then.
    mutating func moveContents(_ home: String) throws(ConnectedAppError) {
        let names = try FolderPath.names(in: home)
        let target = Self.free(home + "/" + Self.mark + stamp)
        try OutputFile.makeFolder(target)
        folder = target
        for name in names.sorted() where !name.hasPrefix(Self.mark) {
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

    /// Moves everything back. Ignores failures, because the caller reports why the restore failed.
    func undo() {
        for (path, target) in moves.reversed() { rename(target, path) }
        if let folder { rmdir(folder) }
    }
}
