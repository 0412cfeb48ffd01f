internal import FileSystem
internal import Glibc

/// Where a folder is to appear: a name in an open parent directory, and the names used beside it on the way.
struct FolderTarget {
    let parent: Directory
    let name: String

    init(path: String, beforeChange: @escaping BeforeChange = { _ in }) throws(MetadataFolderError) {
        var trimmed = path[...]
        while trimmed.count > 1, trimmed.last == "/" { trimmed.removeLast() }
        guard !trimmed.utf8.contains(0) else { throw .targetName("") }
        let slash = trimmed.lastIndex(of: "/")
        let name = slash.map { trimmed[trimmed.index(after: $0)...] } ?? trimmed
        guard !name.isEmpty, name != ".", name != ".." else { throw .targetName(path) }
        let above = slash.map { $0 == trimmed.startIndex ? "/" : String(trimmed[..<$0]) } ?? "."
        parent = try Directory.open(above, beforeChange: beforeChange)
        self.name = String(name)
    }

    var path: String { parent.path(of: name) }

    /// The new version while it is being filled. It holds nothing that is not in the archives.
    func stagingName(_ suffix: String) -> String { stagingPrefix + suffix }
    /// The new version from the moment that foreign entries are moved into it, and then the old one while it is cleared.
    /// Nothing in it is removed that no pull wrote.
    func asideName(_ suffix: String) -> String { asidePrefix + suffix }
    /// The old version, where the two cannot be exchanged in one step.
    func formerName(_ suffix: String) -> String { formerPrefix + suffix }

    private var stagingPrefix: String { ".\(name).partial-" }
    private var asidePrefix: String { ".\(name).replaced-" }
    private var formerPrefix: String { ".\(name).former-" }

    /// Whether it is what a pull puts at the end of its working names: 16 hexadecimal digits. Other names are somebody's.
    static func isSuffix(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 16
            && text.unicodeScalars.allSatisfy { ("0"..."9").contains($0) || ("a"..."f").contains($0) }
    }

    /// The folder at the target.
    ///
    /// - Returns: `nil` if there is none.
    /// - Throws: Unless the target is free, an empty folder or, with `replace`, one that a pull was in.
    func check(replace: Bool) throws(MetadataFolderError) -> FolderVersion? {
        switch try parent.kind(of: name) {
        case nil: return nil
        case .symbolicLink: throw .targetIsSymbolicLink(path)
        case .regularFile, .other: throw .targetIsNotFolder(path)
        case .directory: break
        }
        let directory = try parent.open(name)
        let names = try directory.names()
        if !names.isEmpty {
            guard try holdsPull(directory) else { throw .targetIsNotMetadata(path) }
            guard replace else { throw .targetExists(path) }
        }
        guard try FolderAccess(of: directory).canBeGiven else { throw .targetOfAnother(path) }
        return try FolderVersion(directory)
    }

    /// Whether a pull was in the folder, as far as its names tell.
    private func holdsPull(_ directory: Directory) throws(MetadataFolderError) -> Bool {
        if try directory.kind(of: "package.xml") == .regularFile { return true }
        return try directory.kind(of: PullRecord.fileName) != nil
    }

    /// Cleans up after runs that crashed: removes working folders, moves foreign entries that stand aside back to their places,
    /// and restores an old folder that was never replaced. Touches only folders that have our names, belong to this user or to
    /// the target's owner, and are not locked by a running process.
    ///
    /// - Returns: What could not be cleared up.
    func recover() throws(MetadataFolderError) -> [FolderLeftover] {
        var leftovers: [FolderLeftover] = []
        for name in try parent.names().map(\.text) {
            if isOurs(name, prefix: stagingPrefix) {
                try withAbandoned(name) { (_) throws(MetadataFolderError) in try parent.remove(name) }
            } else if isOurs(name, prefix: asidePrefix) || isOurs(name, prefix: formerPrefix) {
                try withAbandoned(name) { (directory) throws(MetadataFolderError) in
                    if let left = try restore(name, directory) { leftovers.append(left) }
                }
            }
        }
        return leftovers
    }

    private func restore(_ found: String, _ directory: Directory) throws(MetadataFolderError) -> FolderLeftover? {
        switch try parent.kind(of: name) {
        case nil:
            try parent.rename(found, to: name)
            return nil
        case .directory: break
        case .regularFile, .symbolicLink, .other: return FolderLeftover(parent.path(of: found))
        }
        do throws(MetadataFolderError) {
            let current = try parent.open(name)
            // Nothing moves into a folder that may be somebody's.
            guard try holdsPull(current) else { return FolderLeftover(parent.path(of: found)) }
            return try settle(found, try FolderVersion(directory), into: try FolderVersion(current))
        } catch {
            // It must not keep a pull from going on; the next one tries again.
            return FolderLeftover(parent.path(of: found), error)
        }
    }

    /// Moves what no pull wrote out of a version that stands aside, and removes the rest of it.
    ///
    /// - Returns: The version, where something in it could not be moved.
    func settle(
        _ aside: String, _ version: FolderVersion, into current: FolderVersion
    ) throws(MetadataFolderError) -> FolderLeftover? {
        var survey = try FolderSurvey(of: version, against: current)
        if !survey.foreign.isEmpty {
            try version.move(survey.foreign, to: current)
            // A move changes the status of files that have another name here.
            survey = try FolderSurvey(of: version, against: current)
        }
        try version.remove(survey)
        // The record is removed last, so that a later run can continue after a crash.
        let isCleared = try version.root.names().allSatisfy { $0 == PullRecord.fileName }
        if isCleared {
            try version.root.removeFile(PullRecord.fileName)
            if try parent.removeEmptyDirectory(FileName(aside)) { return nil }
        }
        return FolderLeftover(parent.path(of: aside))
    }

    private func isOurs(_ found: String, prefix: String) -> Bool {
        found.hasPrefix(prefix) && FolderTarget.isSuffix(found.dropFirst(prefix.count))
    }

    private func withAbandoned(
        _ found: String, _ act: (Directory) throws(MetadataFolderError) -> Void
    ) throws(MetadataFolderError) {
        guard let status = try parent.status(of: FileName(found)), status.kind == .directory else { return }
        let trusted = [geteuid(), try parent.status(of: FileName(name))?.owner]
        guard trusted.contains(status.owner) else { return }
        let directory: Directory
        do {
            directory = try parent.open(found)
        } catch {
            // Gone, or changed, since it was listed: not ours to clear.
            return
        }
        guard try directory.lock(), try parent.status(of: FileName(found))?.identity == directory.status().identity
        else { return }
        try act(directory)
    }
}

/// A folder beside the target that could not be cleaned up, because foreign entries in it could not be moved back.
public struct FolderLeftover: Equatable, Sendable {
    public let path: String
    /// What went wrong, where it was not that alone.
    public let error: MetadataFolderError?

    init(_ path: String, _ error: MetadataFolderError? = nil) {
        self.path = path
        self.error = error
    }
}
