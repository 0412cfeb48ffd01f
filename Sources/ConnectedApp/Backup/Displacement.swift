internal import Foundation

/// Files that make room for a restored store. None is removed: each is kept under another name.
struct Displacement {
    static let mark = "before-restore-"

    private let stamp: String
    private var moves: [(from: String, to: String)] = []
    private var folder: String?

    init(at now: Date) {
        stamp = now.ISO8601Format().filter { $0 != ":" && $0 != "-" }
    }

    /// Where what made room is now.
    var places: [String] { (folder.map { [$0] } ?? []) + moves.map(\.to).filter { FolderPath.above($0) != folder } }

    /// - Throws: ``ConnectedAppError`` with `.outputCannotBeCreated`.
    mutating func move(_ path: String) throws(ConnectedAppError) {
        try move(path, to: Self.free(path + "." + Self.mark + stamp))
    }

    /// Moves what a folder holds into one below it: the folder itself may be a mount, which cannot be moved.
    mutating func empty(_ home: String) throws(ConnectedAppError) {
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

    private static func free(_ path: String) -> String {
        var (name, number) = (path, 1)
        while access(name, F_OK) == 0 { (name, number) = ("\(path)-\(number)", number + 1) }
        return name
    }

    /// Gives everything its name again.
    func undo() {
        for (path, target) in moves.reversed() { rename(target, path) }
        if let folder { rmdir(folder) }
    }
}
