internal import FileSystem
internal import Glibc

/// The working folder beside a target. Only its owner can access it, and this process keeps it locked.
struct FolderStaging {
    let target: FolderTarget
    /// The end of the working folder's name; see ``FolderTarget/isSuffix(_:)``.
    let suffix: String
    /// The working folder itself.
    let root: Directory
    /// The folder that was at the target when this one was created.
    private let former: FolderVersion?
    /// The access rights that a new folder gets in this parent. They are applied if the target did not exist.
    private let access: FolderAccess

    /// Creates and locks the working folder.
    ///
    /// - Parameter former: The folder at the target; `nil` if there is none. New entries inherit its group and its
    ///   default access control list.
    /// - Throws: ``MetadataFolderError/targetInUse(_:)`` if another pull into the target is running;
    ///   ``MetadataFolderError/stagingLost(_:)`` if another process removed the folder before it was locked.
    init(for target: FolderTarget, suffix: String, former: FolderVersion?) throws(MetadataFolderError) {
        self.target = target
        self.suffix = suffix
        self.former = former
        root = try target.parent.whileLocked { () throws(MetadataFolderError) in
            guard try !target.hasRunningPull() else { throw .targetInUse(target.path) }
            return try Self.create(target.stagingName(suffix), in: target.parent)
        }
        access = try FolderAccess(of: root)
        do throws(MetadataFolderError) {
            try (former.map { (version) throws(MetadataFolderError) in try FolderAccess(of: version.root) } ?? access)
                .applyPrivately(to: root)
        } catch {
            try target.parent.remove(target.stagingName(suffix))
            throw error
        }
    }

    /// Creates and locks a folder.
    private static func create(_ name: String, in parent: Directory) throws(MetadataFolderError) -> Directory {
        let path = parent.path(of: name)
        guard try parent.makeDirectory(name, mode: 0o777) else {
            throw .io(operation: "mkdir", path: path, errno: EEXIST)
        }
        let folder = try parent.open(name)
        // Before it is locked, another process that cleans up can mistake the new folder for an abandoned one and remove it.
        let isLocked: Bool
        do throws(MetadataFolderError) { isLocked = try folder.lock() } catch {
            // Locking fails if the file system does not support it.
            try parent.remove(name)
            throw error
        }
        guard isLocked, try parent.status(of: FileName(name))?.identity == folder.status().identity else {
            throw .stagingLost(path)
        }
        return folder
    }

    func remove() throws(MetadataFolderError) { try target.parent.remove(target.stagingName(suffix)) }

    /// The result of moving the working folder to its target.
    struct Published {
        let change: MetadataFolder.Change
        /// The new paths of entries that were in the way; see ``FolderVersion/putAside(_:in:folder:)``.
        var keptAside: [String] = []
        /// The old version, if parts of it could not be removed; otherwise `nil`.
        let leftover: FolderLeftover?
    }

    /// Moves the working folder to its target, and moves the foreign entries of the former folder into it.
    ///
    /// - Parameters:
    ///   - replacing: Which folder at the target may be replaced.
    ///   - record: The files in the working folder.
    ///   - aside: The name of the folder for entries that are in the way; `nil` for ``suffix``.
    /// - Throws: ``MetadataFolderError``. The target is unchanged, except for
    ///   ``MetadataFolderError/movedAside(_:because:)``.
    func publish(
        replacing: ReplaceablePull, record: PullRecord, aside: String? = nil
    ) throws(MetadataFolderError) -> Published {
        try root.sync()
        defer { root.unlock() }
        // Checked again, because the target can have changed since the start.
        if let former = try target.check(replacing, knowing: former) {
            return try replaceVersion(former, by: FolderVersion(root, record), aside: aside)
        }
        try access.apply(to: root)
        do throws(MetadataFolderError) {
            try target.parent.rename(target.stagingName(suffix), to: target.name)
        } catch .io(_, let path, EEXIST) {
            throw .targetExists(path)
        }
        try target.parent.sync()
        return Published(change: .created, leftover: nil)
    }

    /// Moves the foreign entries of `former` to `new`, and exchanges the two. Undoes both if a step fails.
    func replaceVersion(
        _ former: FolderVersion, by new: FolderVersion, aside folder: String? = nil
    ) throws(MetadataFolderError) -> Published {
        // The lock keeps other runs away from the old version. Another run can have replaced it before this one locked
        // it.
        guard try former.root.lock(),
            try target.parent.status(of: FileName(target.name))?.identity == former.root.status().identity
        else { throw .targetInUse(target.path) }
        defer { former.root.unlock() }
        let wasEmpty = try former.root.names().isEmpty
        let survey = try FolderSurvey(of: former, against: new)
        // A pull that can be brought up to date is meant to be pulled into again and again, so edits must not stop it.
        let (movable, conflicts) =
            former.record.listing == nil ? ([], survey.conflicts) : try former.movable(survey.conflicts)
        guard conflicts.isEmpty else { throw .foreignEntries(target.path, conflicts.map(\.description)) }
        let aside = target.replacedName(suffix)
        try target.parent.rename(target.stagingName(suffix), to: aside)
        var keptAside: [TreePath] = []
        do throws(MetadataFolderError) {
            try former.move(survey.foreign, to: new)
            keptAside = try former.putAside(movable, in: new, folder: folder ?? suffix)
            try former.giveAccess(of: survey.directories, to: new)
            try FolderAccess(of: former.root).apply(to: new.root)
            try exchange(aside)
        } catch {
            try putBack(aside, new, into: former, because: error)
            throw error
        }
        let change: MetadataFolder.Change = wasEmpty ? .created : survey.foreign.isEmpty ? .replaced : .updated
        return Published(
            change: change, keptAside: keptAside.map(\.description), leftover: clear(former, new))
    }

    /// Exchanges the names of the two versions.
    private func exchange(_ aside: String) throws(MetadataFolderError) {
        let parent = target.parent
        if try parent.exchange(aside, with: target.name) { return }
        // Exchange in two steps. After a crash between them both versions are complete, but there is no folder at the
        // target until the next run.
        let former = target.formerName(suffix)
        try parent.rename(target.name, to: former)
        do throws(MetadataFolderError) {
            try parent.rename(aside, to: target.name)
        } catch {
            try parent.rename(former, to: target.name)
            throw error
        }
    }

    /// Moves the foreign entries back into the former folder after the replacement failed.
    ///
    /// - Throws: ``MetadataFolderError/movedAside(_:because:)`` if some could not be moved back.
    private func putBack(
        _ aside: String, _ new: FolderVersion, into former: FolderVersion, because error: MetadataFolderError
    ) throws(MetadataFolderError) {
        let left: FolderLeftover?
        do throws(MetadataFolderError) {
            left = try target.returnForeignEntries(aside, new, into: former)
        } catch {
            left = FolderLeftover(target.parent.path(of: aside), error)
        }
        if let left { throw .movedAside(left.path, because: error.description) }
    }

    /// Removes the old version. The new version is already at the target, so a failure is returned, not thrown.
    private func clear(_ former: FolderVersion, _ new: FolderVersion) -> FolderLeftover? {
        let parent = target.parent
        let names = [target.replacedName(suffix), target.formerName(suffix)]
        do throws(MetadataFolderError) {
            try parent.sync()
            for name in names where try parent.kind(of: name) != nil {
                return try target.returnForeignEntries(name, former, into: new)
            }
            return nil
        } catch {
            return FolderLeftover(parent.path(of: names[0]), error)
        }
    }
}
