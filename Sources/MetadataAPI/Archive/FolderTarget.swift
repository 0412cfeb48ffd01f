internal import FileSystem
internal import Glibc

/// The target of a pull: a name in an open parent directory, and the names of the working folders beside it.
struct FolderTarget {
    let parent: Directory
    let name: String

    /// Opens the parent directory. Nothing at the target itself is accessed.
    ///
    /// - Parameter path: Absolute, or relative to the working directory. Trailing slashes are ignored.
    /// - Throws: ``MetadataFolderError/targetName(_:)`` if the path does not end with a usable name (it is empty, `/`, `.` or
    ///   `..`, or contains a NUL); an error of opening the parent.
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

    // The next run finds the folders of a crashed run by these names.

    /// The name of the new version while it is filled. It contains only files from the archives.
    func stagingName(_ suffix: String) -> String { stagingPrefix + suffix }
    /// The new version has this name from when entries that no pull wrote (*foreign* entries) are moved into it. Then it
    /// exchanges names with the target, and the old version has this name until it is removed. Foreign entries are never
    /// deleted from it.
    func replacedName(_ suffix: String) -> String { replacedPrefix + suffix }
    /// The name of the old version if the two versions cannot be exchanged in one step.
    func formerName(_ suffix: String) -> String { formerPrefix + suffix }

    private var stagingPrefix: String { Self.workingPrefixes(of: name)[0] }
    private var replacedPrefix: String { Self.workingPrefixes(of: name)[1] }
    private var formerPrefix: String { Self.workingPrefixes(of: name)[2] }

    /// How the names of working folders begin: of the new version, of the one that is exchanged, and of the old one.
    static func workingPrefixes(of name: String) -> [String] {
        ["partial", "replaced", "former"].map { ".\(name).\($0)-" }
    }

    /// Whether a text is a suffix of a pull's working names: 16 hexadecimal digits in lower case. Folders with other
    /// suffixes are never touched.
    static func isSuffix(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 16
            && text.unicodeScalars.allSatisfy { ("0"..."9").contains($0) || ("a"..."f").contains($0) }
    }

    /// Checks whether the target can be used.
    ///
    /// - Parameters:
    ///   - replacing: Which folder at the target may be replaced, besides an empty one.
    ///   - known: What an earlier check has returned.
    /// - Returns: The folder at the target, or `nil` if there is none.
    /// - Throws: ``MetadataFolderError`` if the target is not a folder, contains anything but a pull, contains a pull
    ///   that may not be replaced, or has an owner that this process could not give to a new folder.
    func check(
        _ replacing: ReplaceablePull, knowing known: FolderVersion? = nil
    ) throws(MetadataFolderError) -> FolderVersion? {
        switch try parent.kind(of: name) {
        case nil: return nil
        case .symbolicLink: throw .targetIsSymbolicLink(path)
        case .regularFile, .other: throw .targetIsNotFolder(path)
        case .directory: break
        }
        let directory = try parent.open(name)
        let isEmpty = try directory.names().isEmpty
        if !isEmpty {
            guard try isPull(directory) else { throw .targetIsNotMetadata(path) }
            if replacing == .none { throw .targetExists(path) }
        }
        guard try FolderAccess(of: directory).canBeApplied else { throw .targetOwnedByOther(path) }
        guard try directory.status().identity.device == parent.status().identity.device else {
            throw .targetIsMountPoint(path)
        }
        let version = try FolderVersion(directory, knowing: known)
        if !isEmpty, case .pull(let scope) = replacing {
            guard let listing = version.record.listing else { throw .targetExists(path) }
            guard listing.scope == scope else { throw .targetHasOtherScope(path) }
        }
        return version
    }

    /// Whether the folder counts as written by a pull: it has a file `package.xml`, or an entry of any kind with the
    /// name `aprity-pull.json`.
    private func isPull(_ directory: Directory) throws(MetadataFolderError) -> Bool {
        if try directory.kind(of: "package.xml") == .regularFile { return true }
        return try directory.kind(of: PullRecord.fileName) != nil
    }

    /// Cleans up after crashed runs: removes working folders, moves foreign entries back to the target, and restores an
    /// old folder that was not replaced. Only touches folders with this target's working names that belong to this user
    /// or to the target's owner and are not locked by a running process.
    ///
    /// - Parameter resumed: The name of a working folder to leave.
    /// - Returns: The folders that could not be cleaned up. Folders of other users and locked ones are not included.
    func recover(except resumed: String? = nil) throws(MetadataFolderError) -> [FolderLeftover] {
        var leftovers: [FolderLeftover] = []
        for name in try parent.names().map(\.text) {
            if Self.isWorkingName(name, prefix: stagingPrefix) {
                guard name != resumed else { continue }
                try withAbandoned(name) { (_) throws(MetadataFolderError) in try parent.remove(name) }
            } else if let left = try restoreIfAside(name) {
                leftovers.append(left)
            }
        }
        return leftovers
    }

    /// As ``recover(except:)``, but leaves the folders of interrupted pulls.
    func restoreMovedAside() throws(MetadataFolderError) {
        for name in try parent.names().map(\.text) { _ = try restoreIfAside(name) }
    }

    private func restoreIfAside(_ name: String) throws(MetadataFolderError) -> FolderLeftover? {
        guard Self.isWorkingName(name, prefix: replacedPrefix) || Self.isWorkingName(name, prefix: formerPrefix) else {
            return nil
        }
        var left: FolderLeftover?
        try withAbandoned(name) { (directory) throws(MetadataFolderError) in left = try restore(name, directory) }
        return left
    }

    /// Returns the working folder of the latest interrupted pull with this scope; `nil` if there is none.
    func interrupted(_ scope: PullListing.Scope) throws(MetadataFolderError) -> (name: String, PullJournal)? {
        var latest: (name: String, PullJournal)?
        for name in try parent.names().map(\.text) where Self.isWorkingName(name, prefix: stagingPrefix) {
            try withAbandoned(name) { (folder) throws(MetadataFolderError) in
                guard let journal = PullJournal.read(in: folder), journal.beginning.listing.scope == scope,
                    latest.map({ $0.1.beginning.startedAt < journal.beginning.startedAt }) ?? true
                else { return }
                latest = (name, journal)
            }
        }
        return latest
    }

    /// Moves the content of an interrupted pull's working folder to another folder, and removes that folder. The journal
    /// comes last, so that what was not moved before a crash is only missing.
    func take(_ name: String, to folder: Directory) throws(MetadataFolderError) {
        try withAbandoned(name) { (former) throws(MetadataFolderError) in
            let reserved = FileName(StagedFiles.reserved)
            for entry in try former.names() where entry != reserved {
                try former.move(entry, to: folder, as: entry)
            }
            if try former.kind(of: reserved) != nil { try former.move(reserved, to: folder, as: reserved) }
            _ = try parent.removeEmptyDirectory(FileName(name))
        }
    }

    /// Restores a version that a crashed run moved aside: moves it back if there is nothing at the target, otherwise
    /// returns its foreign entries to the target and removes it.
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
            // Never move entries into a folder that a pull did not write.
            guard try isPull(current) else { return FolderLeftover(parent.path(of: found)) }
            return try returnForeignEntries(found, try FolderVersion(directory), into: try FolderVersion(current))
        } catch {
            // A failure here must not stop a pull. The next pull tries again.
            return FolderLeftover(parent.path(of: found), error)
        }
    }

    /// Moves the foreign entries of a version that was moved aside to the current version, and removes the rest of it.
    ///
    /// - Parameter aside: The name of the version that was moved aside.
    /// - Returns: The version that was moved aside, if some of its entries could not be moved; otherwise `nil`.
    func returnForeignEntries(
        _ aside: String, _ version: FolderVersion, into current: FolderVersion
    ) throws(MetadataFolderError) -> FolderLeftover? {
        var survey = try FolderSurvey(of: version, against: current)
        if !survey.foreign.isEmpty {
            try version.move(survey.foreign, to: current)
            // Moving an entry changes the status of hard links to the same file, so the survey is repeated.
            survey = try FolderSurvey(of: version, against: current)
        }
        try version.remove(survey)
        // The record is removed last, so that the next run can continue after a crash.
        let isCleared = try version.root.names().allSatisfy { $0 == PullRecord.fileName }
        if isCleared {
            try version.root.removeFile(PullRecord.fileName)
            if try parent.removeEmptyDirectory(FileName(aside)) { return nil }
        }
        return FolderLeftover(parent.path(of: aside))
    }

    /// Whether another pull has a working folder of this target open. Folders of other users do not count. The folder above must
    /// be locked: otherwise, this can keep a pull from locking its working folder.
    func hasRunningPull() throws(MetadataFolderError) -> Bool {
        let prefixes = Self.workingPrefixes(of: name)
        for name in try parent.names().map(\.text)
        where prefixes.contains(where: { Self.isWorkingName(name, prefix: $0) }) {
            if let folder = try workingFolder(name), try folder.isLockedElsewhere() { return true }
        }
        return false
    }

    static func isWorkingName(_ name: String, prefix: String) -> Bool {
        name.hasPrefix(prefix) && isSuffix(name.dropFirst(prefix.count))
    }

    /// Locks a folder that a crashed run left, and calls `act` with it. Does nothing if the folder is in use, belongs
    /// to another user, or is gone.
    private func withAbandoned(
        _ found: String, _ act: (Directory) throws(MetadataFolderError) -> Void
    ) throws(MetadataFolderError) {
        guard let directory = try workingFolder(found), try directory.lock(),
            try parent.status(of: FileName(found))?.identity == directory.status().identity
        else { return }
        try act(directory)
    }

    /// Opens a working folder that belongs to this user or to the target's owner; `nil` if it does not, or is gone.
    private func workingFolder(_ found: String) throws(MetadataFolderError) -> Directory? {
        guard let status = try parent.status(of: FileName(found)), status.kind == .directory else { return nil }
        let trusted = [geteuid(), try parent.status(of: FileName(name))?.owner]
        // If it cannot be opened, it was removed or replaced since it was listed.
        return trusted.contains(status.owner) ? try? parent.open(found) : nil
    }
}

/// Which folder at a target may be replaced, besides an empty one.
public enum ReplaceablePull: Equatable, Sendable {
    case none
    /// The pull of a listing with this scope.
    case pull(PullListing.Scope)
    /// A folder that has `package.xml` or `aprity-pull.json`.
    case any
}

/// A folder beside the target that could not be cleaned up, usually because foreign entries in it could not be moved
/// back.
public struct FolderLeftover: Equatable, Sendable {
    /// The path of the folder. The next pull tries again to clean it up.
    public let path: String
    /// The error; `nil` if nothing failed: the paths of the foreign entries are in use at the target, or the target is not
    /// a pull's folder.
    public let error: MetadataFolderError?

    init(_ path: String, _ error: MetadataFolderError? = nil) {
        self.path = path
        self.error = error
    }
}
