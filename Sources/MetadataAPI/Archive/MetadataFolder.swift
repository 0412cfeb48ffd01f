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

    private let staging: FolderStaging
    private let replaces: Bool
    /// Whether the target contained a pull when this object was created.
    public let isReplacement: Bool
    /// What the pull in the target left out; `nil` if there is none, or an earlier version made it.
    public let formerSummary: PullSummary?
    private var files: StagedFiles
    /// The merged manifests of the archives so far, without the components that were not delivered; `nil` before the
    /// first archive.
    public private(set) var manifest: PackageManifest?
    private var blankedSecrets = 0
    /// Leftovers of earlier runs beside the target that could not be cleaned up.
    public let leftovers: [FolderLeftover]
    private var hasEnded = false

    /// Cleans up after crashed runs and creates the working folder.
    ///
    /// - Parameters:
    ///   - target: The path of the folder. Its parent must exist.
    ///   - replace: Whether to replace a folder at the target that has a `package.xml` or `aprity-pull.json`. If
    ///     `false`, the target must not exist or be an empty folder.
    ///   - suffix: 16 random lower-case hexadecimal digits.
    ///   - syncsFiles: Whether to wait until each file and directory is on disk, so that a complete pull survives a
    ///     power failure.
    /// - Throws: ``MetadataFolderError``, for example if the target cannot be used. No working folder is left.
    public convenience init(
        target: String, replace: Bool = false, suffix: String, syncsFiles: Bool = false
    ) throws(MetadataFolderError) {
        try self.init(target: target, replace: replace, suffix: suffix, syncsFiles: syncsFiles, write: systemWrite)
    }

    init(
        target: String, replace: Bool, suffix: String, syncsFiles: Bool, write: @escaping FileWrite,
        beforeChange: @escaping BeforeChange = { _ in }
    ) throws(MetadataFolderError) {
        guard FolderTarget.isSuffix(suffix) else { throw .malformedSuffix }
        let place = try FolderTarget(path: target, beforeChange: beforeChange)
        // Rejects the target before anything is moved.
        _ = try place.check(replace: replace)
        leftovers = try place.recover()
        let former = try place.check(replace: replace)
        staging = try FolderStaging(for: place, suffix: suffix, former: former)
        replaces = replace
        isReplacement =
            try former.map { (version) throws(MetadataFolderError) in try !version.root.names().isEmpty } ?? false
        formerSummary = former?.record.summary
        files = StagedFiles(root: staging.root, syncsFiles: syncsFiles, write: write)
    }

    deinit { discard() }

    /// The number of files unpacked so far, without `package.xml`.
    public var fileCount: Int { files.count }

    /// Unpacks an archive into the working folder. Call it once for each part of a pull.
    ///
    /// A file that occurs in several archives must have the same bytes in all of them, except for profiles and permission
    /// sets, which are merged; see ``SettingsMerge``. The manifests are merged. A root
    /// folder `unpackaged/` that contains all files is dropped. Consumer secrets are blanked.
    ///
    /// Files whose path no file system can store are skipped; see ``ZipArchive/unstorablePaths``.
    ///
    /// - Parameter undelivered: The components that the archive's manifest names but the archive does not contain, or
    ///   whose files are skipped. They are removed from the manifest.
    /// - Throws: ``MetadataFolderError``, ``ZipError``, or `CancellationError` if the task is cancelled. The working
    ///   folder is then discarded. ``MetadataFolderError/ended`` after ``commit()`` or ``discard()``.
    public func add(_ archive: ZipArchive, without undelivered: [PackageManifest.Undelivered] = []) throws {
        guard !hasEnded else { throw MetadataFolderError.ended }
        do {
            try unpack(archive, without: undelivered)
        } catch {
            discard()
            throw error
        }
    }

    /// Writes the merged `package.xml` and moves the folder to its target.
    ///
    /// - Parameter summary: For `aprity-pull.json`.
    /// - Throws: ``MetadataFolderError``, for example ``MetadataFolderError/archiveWithoutManifest`` if no archive was
    ///   added. The working folder is then discarded.
    public func commit(_ summary: PullSummary? = nil) throws -> Outcome {
        guard !hasEnded else { throw MetadataFolderError.ended }
        do {
            guard let manifest else { throw MetadataFolderError.archiveWithoutManifest }
            let count = files.count
            let byteCount = files.byteCount
            try files.write(try EntryPath("package.xml".utf8), bytes: manifest.serialized())
            var record = files.record
            record.summary = summary
            try files.write(try EntryPath(PullRecord.fileName.bytes), bytes: try record.serialized())
            try files.syncDirectories()
            let published = try staging.publish(replace: replaces, record: record)
            hasEnded = true
            return Outcome(
                fileCount: count, byteCount: byteCount, blankedSecrets: blankedSecrets, manifest: manifest,
                change: published.change, leftovers: leftovers + [published.leftover].compactMap { $0 })
        } catch {
            discard()
            throw error
        }
    }

    /// Removes the working folder; the object cannot be used afterwards. The next run cleans up what cannot be removed
    /// now. Does nothing after ``commit()``.
    public func discard() {
        guard !hasEnded else { return }
        hasEnded = true
        try? staging.remove()
    }

    private func unpack(_ archive: ZipArchive, without undelivered: [PackageManifest.Undelivered]) throws {
        let entries = archive.entries.filter { !$0.isDirectory }
        let stripped = entries.compactMap { $0.path.below(EntryPath.archiveRoot) }
        let paths = stripped.count == entries.count ? stripped : entries.map(\.path)
        guard paths.contains(where: { $0.description == "package.xml" }) else {
            throw MetadataFolderError.archiveWithoutManifest
        }
        let unstorable = archive.unstorablePaths
        for (entry, path) in zip(entries, paths) where unstorable.isEmpty || !unstorable.contains(path.description) {
            try Task.checkCancellation()
            if path.description == "package.xml" {
                try merge(
                    try contents(of: entry, in: archive, path: path, limit: MetadataFolder.manifestLimit),
                    without: undelivered)
            } else {
                try unpack(entry, of: archive, to: path)
            }
        }
    }

    private func unpack(_ entry: ZipEntry, of archive: ZipArchive, to path: EntryPath) throws {
        if SettingsMerge.applies(to: path) {
            let bytes = try contents(of: entry, in: archive, path: path, limit: MetadataFolder.settingsFileLimit)
            try files.write(path, bytes: bytes) { former in
                guard let merged = SettingsMerge.merged(former, bytes) else {
                    throw MetadataFolderError.differentContents(path.description)
                }
                return merged
            }
        } else if ConsumerSecretBlanking.applies(to: path) {
            let bytes = try contents(of: entry, in: archive, path: path, limit: MetadataFolder.secretFileLimit)
            try files.write(path, bytes: try blank(bytes, path: path))
        } else {
            try files.write(path) { take in try archive.read(entry, into: take) }
        }
    }

    private func contents(
        of entry: ZipEntry, in archive: ZipArchive, path: EntryPath, limit: Int
    ) throws -> [UInt8] {
        guard entry.size <= limit else { throw MetadataFolderError.fileTooLarge(path.description, limit: limit) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entry.size)
        try archive.read(entry) { bytes.append(contentsOf: $0) }
        return bytes
    }

    private func merge(
        _ bytes: [UInt8], without undelivered: [PackageManifest.Undelivered]
    ) throws(MetadataFolderError) {
        var read: PackageManifest
        do { read = try PackageManifest(parsing: bytes) } catch { throw .manifest(error) }
        for item in undelivered { read.remove(item) }
        if manifest == nil { manifest = read } else { manifest?.merge(read) }
    }

    private func blank(_ bytes: [UInt8], path: EntryPath) throws(MetadataFolderError) -> [UInt8] {
        do {
            let result = try ConsumerSecretBlanking.blank(bytes)
            blankedSecrets += result.count
            return result.bytes
        } catch {
            throw .secretFile(path.description, error)
        }
    }
}
