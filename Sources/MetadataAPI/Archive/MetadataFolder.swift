internal import Glibc

/// Unpacks archives into a folder atomically: the folder appears complete or not at all.
///
/// Files are written to a working folder beside the target, `.NAME.partial-SUFFIX`, which is renamed to the target at
/// the end. Leftovers of crashed runs are cleaned up first. If anything fails, or the object is released before
/// ``commit()``, the working folder is removed and the target is unchanged, except after
/// ``MetadataFolderError/movedAside(_:because:)``, which names the folder that still holds moved entries.
///
/// An existing folder at the target keeps its mode, owner, group and access control lists, and its foreign entries:
/// every entry that no pull wrote, and every file that was changed since a pull wrote it. `aprity-pull.json` in the
/// folder records what a pull wrote. Foreign entries are moved to the new folder, never copied. The pull fails if the
/// new folder needs the path of a foreign entry.
///
/// Do not use one object from several tasks at once. All errors are ``MetadataFolderError``, ``ZipError`` from an
/// archive, or `CancellationError`.
public final class MetadataFolder {
    /// The largest `.connectedApp` or similar file that is accepted, in bytes. Real ones are a few kilobytes.
    static let secretFileLimit = 4 << 20
    /// The largest profile or permission set that is accepted, in bytes. Real ones have a few megabytes.
    static let settingsFileLimit = 64 << 20
    /// The largest `package.xml` that is accepted, in bytes.
    static let manifestLimit = 32 << 20

    /// The result of a finished pull.
    public struct Outcome: Equatable, Sendable {
        /// The number of files, not counting `package.xml` and `aprity-pull.json`.
        public let fileCount: Int
        /// The total size of these files in bytes, as written to disk.
        public let byteCount: Int
        /// The number of consumer secrets that were removed.
        public let blankedSecrets: Int
        /// The merged manifests of the archives, without the components that were not delivered.
        public let manifest: PackageManifest
        /// How the target changed.
        public let change: Change
        /// The new paths of files that were changed since a pull wrote them, and of other entries, whose paths are now
        /// those of files of the pull.
        public let keptAside: [String]
        /// Folders beside the target, from this run and earlier ones, that could not be cleaned up.
        public let leftovers: [FolderLeftover]
    }

    /// A way in which a pull changes its target.
    public enum Change: Sendable {
        /// The folder did not exist or was empty.
        case created
        /// The files of the former pull were replaced, and entries that no pull wrote were kept.
        case updated
        /// The former pull was replaced; the folder had no other entries.
        case replaced
    }

    /// Components of the former pull that stay as they are.
    public struct Kept: Sendable {
        /// With files. Those of profiles and permission sets are merged with the files of archives.
        public let components: [PulledComponent]
        /// Components for which kept profiles and permission sets have no settings any more, except for those in archives.
        let lost: Set<ComponentID>
        /// The version of the manifest; `nil` only if there are no components.
        let version: APIVersion?

        package init(components: [PulledComponent] = [], lost: Set<ComponentID> = [], version: APIVersion? = nil) {
            self.components = components
            self.lost = lost
            self.version = version
        }

        /// Returns what is kept without these components.
        package func without(_ names: Set<ComponentID>) -> Kept {
            Kept(
                components: components.filter { !names.contains(ComponentID($0.type, $0.fullName)) }, lost: lost,
                version: version)
        }
    }

    let staging: FolderStaging
    private let replacing: ReplaceablePull
    /// Whether the target contained a pull when this object was created.
    public let isReplacement: Bool
    /// What the pull in the target left out; `nil` if there is none, or an earlier version made it.
    public let formerSummary: PullSummary?
    /// The pull at the target, if it has the scope that was given.
    public let former: FormerPull?
    /// A pull with the given scope that was interrupted; `nil` if there is none. Its files are in the working folder.
    public internal(set) var interrupted: InterruptedPull?
    /// What to take over from ``former``.
    public var kept = Kept()
    /// What is taken over from ``interrupted``.
    package internal(set) var resumed: Set<ComponentID> = []
    var files: StagedFiles
    var settings: SettingsLayers
    let write: FileWrite
    /// `nil` for a pull that cannot be resumed.
    var journal: PullJournal.Writer?
    /// Whether the journal has what a later pull can use.
    var isResumable = false
    var archiveCount = 0
    /// The files of each component, as far as it is known.
    var filesByOwner: [ComponentID: [EntryPath]] = [:]
    /// By type, of the archives so far.
    var sizes: [String: DeliveredSize] = [:]
    /// The merged manifests of the archives so far, without the components that were not delivered; `nil` before the
    /// first archive.
    public internal(set) var manifest: PackageManifest?
    var blankedSecrets = 0
    /// Leftovers of earlier runs beside the target that could not be cleaned up.
    public let leftovers: [FolderLeftover]
    private var hasEnded = false
    /// Whether the next pull can go on with this one.
    public private(set) var isSuspended = false

    /// Cleans up after crashed runs and creates the working folder.
    ///
    /// - Parameters:
    ///   - target: The path of the folder. Its parent must exist.
    ///   - replacing: Which folder at the target may be replaced.
    ///   - scope: The scope of a pull that can be brought up to date; see ``former``. `nil` to start afresh.
    ///   - resumes: Whether an interrupted pull with this scope is resumed. Otherwise, it is removed.
    ///   - suffix: 16 random lower-case hexadecimal digits.
    ///   - syncsFiles: Whether to wait until each file and directory is on disk, so that a complete pull survives a
    ///     power failure.
    /// - Throws: ``MetadataFolderError``, for example if the target cannot be used. No working folder is left.
    public convenience init(
        target: String, replacing: ReplaceablePull = .none, scope: PullListing.Scope? = nil, resumes: Bool = true,
        suffix: String, syncsFiles: Bool = false
    ) throws(MetadataFolderError) {
        try self.init(
            target: target, replacing: replacing, scope: scope, resumes: resumes, suffix: suffix,
            syncsFiles: syncsFiles, write: systemWrite)
    }

    init(
        target: String, replacing: ReplaceablePull, scope: PullListing.Scope? = nil, resumes: Bool = true,
        suffix: String, syncsFiles: Bool, write: @escaping FileWrite,
        beforeChange: @escaping BeforeChange = { _ in }
    ) throws(MetadataFolderError) {
        guard FolderTarget.isSuffix(suffix) else { throw .malformedSuffix }
        let place = try FolderTarget(path: target, beforeChange: beforeChange)
        // Rejects the target before anything is moved.
        let seen = try place.check(replacing)
        let found =
            try resumes
            ? scope.flatMap { (scope) throws(MetadataFolderError) in
                try place.parent.whileLocked { () throws(MetadataFolderError) in try place.interrupted(scope) }
            } : nil
        leftovers = try place.recover(except: found?.name)
        let former = try place.check(replacing, knowing: seen)
        staging = try FolderStaging(for: place, suffix: suffix, former: former)
        self.replacing = replacing
        isReplacement =
            try former.map { (version) throws(MetadataFolderError) in try !version.root.names().isEmpty } ?? false
        formerSummary = former?.record.summary
        self.former = former.flatMap { version in scope.flatMap { FormerPull(version, scope: $0) } }
        if let found { try place.take(found.name, to: staging.root) }
        interrupted = found.map { [root = staging.root] in InterruptedPull($0.1, root) }
        isResumable = found != nil
        files = StagedFiles(root: staging.root, syncsFiles: syncsFiles, write: write)
        settings = SettingsLayers(root: staging.root, write: write)
        self.write = write
    }

    deinit { suspend() }

    /// Whether a name is that of a working folder beside the target with this name.
    package static func isWorkingName(_ name: String, ofTarget target: String) -> Bool {
        FolderTarget.workingPrefixes(of: target).contains { FolderTarget.isWorkingName(name, prefix: $0) }
    }

    /// Whether a pull into a folder runs, in this process or another one of this user.
    package static func hasRunningPull(into target: String) throws(MetadataFolderError) -> Bool {
        let place: FolderTarget
        do throws(MetadataFolderError) { place = try FolderTarget(path: target) } catch .io(_, _, ENOENT) {
            return false
        }
        return try place.parent.whileLocked { () throws(MetadataFolderError) in try place.hasRunningPull() }
    }

    /// Puts back what a pull into a folder has moved aside before its process was killed: entries that no pull wrote, or the
    /// whole folder. What cannot be put back stays for the next pull, which names it.
    package static func restoreMovedAside(of target: String) throws(MetadataFolderError) {
        try FolderTarget(path: target).restoreMovedAside()
    }

    /// The total size of the files so far in bytes, without profiles and permission sets.
    public var byteCount: Int { files.byteCount }

    /// Whether there is neither a file from an archive nor one to keep; `package.xml` does not count.
    public var isEmpty: Bool { files.count == 0 && settings.paths.isEmpty && kept.components.isEmpty }

    /// Unpacks an archive into the working folder. Call it once for each part of a pull.
    ///
    /// A file that occurs in several archives must have the same bytes in all of them, except for profiles and permission
    /// sets, which are merged; see ``SettingsMerge``. The manifests are merged. A root
    /// folder `unpackaged/` that contains all files is dropped. Consumer secrets are blanked.
    ///
    /// Files whose path no file system can store are skipped; see ``ZipArchive/unstorablePaths``.
    ///
    /// - Parameters:
    ///   - owners: The components that the archive's files belong to.
    ///   - undelivered: The components that the archive's manifest names but the archive does not contain, or whose files
    ///     are skipped. They are removed from the manifest.
    ///   - isRepetition: Whether files of earlier archives are left as they are, instead of compared. They may have changed
    ///     in the org in between.
    /// - Throws: ``MetadataFolderError``, ``ZipError``, or `CancellationError` if the task is cancelled. The working
    ///   folder is then discarded, or suspended if that is not due to the archive.
    ///   ``MetadataFolderError/ended`` after ``commit()``, ``discard()`` or ``suspend()``.
    public func add(
        _ archive: ZipArchive, owners: FileOwners = FileOwners(),
        without undelivered: [PackageManifest.Undelivered] = [], isRepetition: Bool = false
    ) throws {
        guard !hasEnded else { throw MetadataFolderError.ended }
        do {
            archiveCount += 1
            if interrupted != nil { try settings.clear(archiveCount) }
            let unpacked = try unpack(archive, owners, without: undelivered, isRepetition: isRepetition)
            try journal?.add(unpacked)
            isResumable = journal != nil
        } catch {
            if Self.mayPass(error) { suspend() } else { discard() }
            throw error
        }
    }

    /// Whether an error is not due to what the org delivered.
    private static func mayPass(_ error: any Error) -> Bool {
        switch error {
        case MetadataFolderError.diskFull, MetadataFolderError.io, is CancellationError: true
        default: false
        }
    }

    /// Takes over what is kept, writes the merged `package.xml`, and moves the folder to its target.
    ///
    /// - Parameters:
    ///   - listing: The listing, whose components have no files yet; `nil` for a pull that cannot be brought up to date.
    ///   - summary: Returns what `aprity-pull.json` says about the pull. Its argument has the components whose files are
    ///     not those of ``former``; all if there is none.
    /// - Throws: ``MetadataFolderError``, for example ``MetadataFolderError/archiveWithoutManifest`` if no archive was
    ///   added and nothing is kept. The working folder is then discarded.
    public func commit(
        _ listing: PullListing? = nil, summary: ([PulledComponent]) -> PullSummary? = { _ in nil }
    ) throws -> Outcome {
        guard !hasEnded else { throw MetadataFolderError.ended }
        do {
            try mergeSettings()
            try takeKeptFiles()
            try settings.remove()
            guard let manifest else { throw MetadataFolderError.archiveWithoutManifest }
            let count = files.count
            let byteCount = files.byteCount
            let listed = listing.map(withFiles)
            try files.write(try EntryPath("package.xml".utf8), bytes: manifest.serialized())
            var record = files.record
            record.listing = listed
            record.summary = summary(listed.map { rewritten($0.components, record) } ?? [])
            try files.write(try EntryPath(PullRecord.fileName.bytes), bytes: try record.serialized())
            try files.syncDirectories()
            let published = try staging.publish(
                replacing: replacing, record: record,
                aside: record.summary?.startedAt.filter { $0 != ":" && $0 != "-" })
            hasEnded = true
            return Outcome(
                fileCount: count, byteCount: byteCount, blankedSecrets: blankedSecrets, manifest: manifest,
                change: published.change, keptAside: published.keptAside,
                leftovers: leftovers + [published.leftover].compactMap { $0 })
        } catch {
            discard()
            throw error
        }
    }

    /// Leaves the working folder for ``interrupted`` of a later pull, or removes it if that would be of no use. The object
    /// cannot be used afterwards. Does nothing after ``commit()`` or ``discard()``.
    public func suspend() {
        guard !hasEnded else { return }
        guard isResumable else { return discard() }
        hasEnded = true
        isSuspended = true
        staging.root.unlock()
    }

    /// Removes the working folder; the object cannot be used afterwards. The next run cleans up what cannot be removed
    /// now. Does nothing after ``commit()``.
    public func discard() {
        guard !hasEnded else { return }
        hasEnded = true
        try? staging.remove()
    }
}
