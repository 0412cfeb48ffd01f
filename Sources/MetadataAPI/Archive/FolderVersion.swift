internal import FileSystem
internal import Glibc

/// One version of a folder, either the old or the new one, with the record of its files.
struct FolderVersion {
    let root: Directory
    let record: PullRecord
    /// The status of the record's file; `nil` if the record was not read from one.
    private let recordStatus: FileStatus?

    /// Reads the record of an existing folder. It is empty if the folder has none.
    ///
    /// - Parameter known: An earlier reading. If its file has not changed since, its record is used.
    init(_ root: Directory, knowing known: FolderVersion? = nil) throws(MetadataFolderError) {
        self.root = root
        recordStatus = try root.status(of: PullRecord.fileName)
        if let known, let status = recordStatus, known.recordStatus == status {
            record = known.record
        } else {
            record = try PullRecord.read(in: root)
        }
    }

    init(_ root: Directory, _ record: PullRecord) {
        self.root = root
        self.record = record
        recordStatus = nil
    }

    /// Moves foreign entries to the same paths in another version. Missing parent directories are created there with
    /// the same access as here.
    func move(_ places: [TreePath], to other: FolderVersion) throws(MetadataFolderError) {
        for place in places {
            guard let name = place.names.last else { continue }
            let destination = try other.directory(place.parent, like: root)
            try root.open(place.parent).move(name, to: destination, as: name)
        }
    }

    /// The folder for entries that are in the way of a new version's files. It has a folder for each such pull.
    private static let asideName = "aprity-kept-aside"

    /// Divides entries into those that can be moved to another version of the folder, and those on other file systems.
    func movable(_ places: [TreePath]) throws(MetadataFolderError) -> (movable: [TreePath], others: [TreePath]) {
        let device = try root.status().identity.device
        var result: (movable: [TreePath], others: [TreePath]) = ([], [])
        for place in places {
            let status = try place.names.last.flatMap { (name) throws(MetadataFolderError) in
                try root.open(place.parent).status(of: name)
            }
            if status?.identity.device == device { result.movable.append(place) } else { result.others.append(place) }
        }
        return result
    }

    /// Moves entries whose paths the other version needs to a folder of their own in it.
    ///
    /// - Parameter folder: The name of that folder.
    /// - Returns: Their new paths.
    func putAside(_ places: [TreePath], in other: FolderVersion, folder: String) throws(MetadataFolderError)
        -> [TreePath]
    {
        let aside = TreePath.root.appending(FileName(Self.asideName)).appending(FileName(folder))
        var moved: [TreePath] = []
        for place in places {
            guard let name = place.names.last else { continue }
            var directory = other.root
            for parent in aside.names + place.parent.names {
                _ = try directory.makeDirectory(parent, mode: 0o777)
                directory = try directory.open(parent)
            }
            try root.open(place.parent).move(name, to: directory, as: name)
            moved.append(place.names.reduce(aside) { $0.appending($1) })
        }
        return moved
    }

    /// Opens the directory at a path, and creates missing ones with the access of those at the same path in `model`.
    private func directory(_ place: TreePath, like model: Directory) throws(MetadataFolderError) -> Directory {
        var (directory, model) = (root, model)
        for name in place.names {
            model = try model.open(name)
            let isNew = try directory.makeDirectory(name, mode: 0o700)
            directory = try directory.open(name)
            if isNew { try FolderAccess(of: model).apply(to: directory) }
        }
        return directory
    }

    /// Copies the access rights of these directories to those with the same paths in the other version. Skips the ones
    /// that the other version's record does not contain.
    func giveAccess(of directories: [TreePath], to other: FolderVersion) throws(MetadataFolderError) {
        for place in directories where other.record.directories.contains(place.bytes) {
            try FolderAccess(of: root.open(place)).apply(to: other.root.open(place))
        }
    }

    /// Removes the survey's own files, and then those of its directories that are empty.
    func remove(_ survey: FolderSurvey) throws(MetadataFolderError) {
        for file in survey.own {
            guard let name = file.place.names.last else { continue }
            let directory = try root.open(file.place.parent)
            // A file that was changed since the survey no longer counts as the pull's.
            guard try directory.status(of: name) == file.status else { continue }
            try directory.removeFile(name)
        }
        for place in survey.directories.reversed() {
            guard let name = place.names.last else { continue }
            _ = try root.open(place.parent).removeEmptyDirectory(name)
        }
    }
}

/// Classifies the entries of one version of a folder by comparing it with the other version. `aprity-pull.json` at the
/// root is not classified.
struct FolderSurvey {
    /// A file that a pull wrote, with its status when it was surveyed.
    struct OwnFile: Equatable {
        let place: TreePath
        let status: FileStatus
    }

    /// Files whose hash is in the record of either version, and hard links to the file at the same path in the other
    /// version. They can be removed without loss.
    private(set) var own: [OwnFile] = []
    /// Entries that no pull wrote, and files that were changed since, if they can be moved to the other version. A
    /// directory includes its contents.
    private(set) var foreign: [TreePath] = []
    /// Foreign entries whose path is already used in the other version, and directories on another file system.
    private(set) var conflicts: [TreePath] = []
    /// The directories that contain files of pulls according to either record, parents before children.
    private(set) var directories: [TreePath] = []

    private let record: PullRecord
    private let otherRecord: PullRecord
    private let device: UInt64

    init(of version: FolderVersion, against other: FolderVersion) throws(MetadataFolderError) {
        record = version.record
        otherRecord = other.record
        device = try version.root.status().identity.device
        try walk(version.root, .open(other.root), .root)
    }

    /// What the other version has at the path of a directory.
    private enum Counterpart {
        case open(Directory)
        case nothing
        /// An entry that is not a directory.
        case somethingElse

        func at(_ name: FileName) throws(MetadataFolderError) -> Counterpart {
            switch self {
            case .open(let directory):
                switch try directory.kind(of: name) {
                case .directory: .open(try directory.open(name))
                case .regularFile, .symbolicLink, .other: .somethingElse
                case nil: .nothing
                }
            case .nothing: .nothing
            case .somethingElse: .somethingElse
            }
        }

        /// Whether the entry with this name is a hard link to the same file.
        func isSame(_ status: FileStatus, _ name: FileName) throws(MetadataFolderError) -> Bool {
            guard case .open(let directory) = self, status.kind != .directory else { return false }
            return try directory.status(of: name)?.identity == status.identity
        }

        /// Whether an entry with this name can be moved here.
        func hasRoom(for name: FileName) throws(MetadataFolderError) -> Bool {
            switch self {
            case .open(let directory): try directory.kind(of: name) == nil
            case .nothing: true
            case .somethingElse: false
            }
        }
    }

    private mutating func walk(
        _ directory: Directory, _ counterpart: Counterpart, _ path: TreePath
    ) throws(MetadataFolderError) {
        for name in try directory.names() where path != .root || name != PullRecord.fileName {
            let place = path.appending(name)
            guard let status = try directory.status(of: name) else { continue }
            if status.kind == .directory, isOfPulls(place) {
                guard status.identity.device == device else {
                    conflicts.append(place)
                    continue
                }
                directories.append(place)
                try walk(try directory.open(name), try counterpart.at(name), place)
            } else if try counterpart.isSame(status, name) {
                // A two-step move was interrupted, so this file has two names. This one is removed.
                own.append(OwnFile(place: place, status: status))
            } else if status.kind == .regularFile, isOwn(name, in: directory, place) {
                own.append(OwnFile(place: place, status: status))
            } else if try counterpart.hasRoom(for: name) {
                foreign.append(place)
            } else {
                conflicts.append(place)
            }
        }
    }

    private func isOfPulls(_ place: TreePath) -> Bool {
        let bytes = place.bytes
        return record.directories.contains(bytes) || otherRecord.directories.contains(bytes)
    }

    private func isOwn(_ name: FileName, in directory: Directory, _ place: TreePath) -> Bool {
        let bytes = place.bytes
        let expected = [record.files[bytes], otherRecord.files[bytes]].compactMap { $0 }
        guard !expected.isEmpty else { return false }
        // A file that cannot be read counts as foreign, so it is moved, never removed.
        guard let sha256 = try? directory.sha256(of: name) else { return false }
        return expected.contains(sha256)
    }
}
