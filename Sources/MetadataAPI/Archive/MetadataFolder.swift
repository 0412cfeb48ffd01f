/// Unpacks archives into a folder that appears complete or not at all.
///
/// The files go into a working folder beside the target, `.NAME.partial-SUFFIX`, which becomes the target by a rename at
/// the end. What earlier runs left behind when they crashed is cleared up first. Whatever goes wrong, the working folder
/// is removed and the target is as it was; also when the value is dropped before ``commit()``.
///
/// A folder that is at the target keeps its mode, owner, group and access control lists, and every entry that no pull
/// wrote. `aprity-pull.json` in it says what a pull wrote; a file that somebody changed since is not the pull's any more.
/// Foreign entries are moved to the new folder, never copied, and one whose place the new folder needs is a refusal.
///
/// Not for use from two tasks at once. All errors are ``MetadataFolderError``, ``ZipRefusal`` from an archive,
/// or `CancellationError`.
public final class MetadataFolder {
    /// `.connectedApp` and similar files above this are refused; real ones have a few kilobytes.
    public static let secretFileLimit = 4 << 20
    /// A `package.xml` above this is refused.
    public static let manifestLimit = 32 << 20

    public struct Outcome: Equatable, Sendable {
        /// Without `package.xml`.
        public let fileCount: Int
        /// Without `package.xml`.
        public let byteCount: Int
        /// How many consumer secrets were taken out.
        public let blankedSecrets: Int
        /// What the archives' own manifests name together, without what did not come: what the org really gave.
        public let manifest: PackageManifest
        public let change: Change
        /// Folders beside the target that could not be cleared up.
        public let leftovers: [FolderLeftover]
    }

    /// What became of the target.
    public enum Change: Sendable {
        /// It was not there, or was empty.
        case created
        /// The files of the former pull were replaced, and entries that no pull wrote stayed.
        case updated
        /// The former pull was replaced.
        case replaced
    }

    private let staging: FolderStaging
    private let replaces: Bool
    /// Whether a former pull is at the target.
    public let isReplacement: Bool
    private var files: StagedFiles
    /// What the archives' own manifests name together so far, without what did not come; `nil` before the first archive.
    public private(set) var manifest: PackageManifest?
    private var blankedSecrets = 0
    /// Folders beside the target that earlier runs left and that could not be cleared up.
    public let leftovers: [FolderLeftover]
    private var hasEnded = false

    /// Makes the working folder.
    ///
    /// - Parameters:
    ///   - target: The path of the folder to be. Its parent must exist.
    ///   - replace: A folder at the target that has a `package.xml` or `aprity-pull.json` is replaced; otherwise the
    ///     target must be free or an empty folder.
    ///   - suffix: 16 random hexadecimal digits, in lower case.
    ///   - syncsFiles: Wait for the disk after each file, not only for the names at the end.
    public convenience init(
        target: String, replace: Bool = false, suffix: String, syncsFiles: Bool = false
    ) throws(MetadataFolderError) {
        try self.init(target: target, replace: replace, suffix: suffix, syncsFiles: syncsFiles, write: systemWrite)
    }

    init(
        target: String, replace: Bool, suffix: String, syncsFiles: Bool, write: @escaping FileWrite,
        beforeChange: @escaping BeforeChange = { _ in }
    ) throws(MetadataFolderError) {
        guard FolderTarget.isSuffix(suffix) else { throw .suffix }
        let place = try FolderTarget(path: target, beforeChange: beforeChange)
        // Nothing moves before a refusal.
        _ = try place.check(replace: replace)
        leftovers = try place.recover()
        let former = try place.check(replace: replace)
        staging = try FolderStaging(for: place, suffix: suffix, former: former)
        replaces = replace
        isReplacement =
            try former.map { (version) throws(MetadataFolderError) in try !version.root.names().isEmpty } ?? false
        files = StagedFiles(root: staging.root, syncsFiles: syncsFiles, write: write)
    }

    deinit { discard() }

    /// How many files the archives brought so far, without `package.xml`.
    public var fileCount: Int { files.count }

    /// Unpacks one archive into the working folder. Several may be added, the parts of one pull: a file that comes
    /// again with the same bytes is fine, with other bytes it is refused, and their manifests are merged. A root folder
    /// `unpackaged/` that holds everything is taken off. Consumer secrets are blanked.
    ///
    /// - Parameter undelivered: What the archive's manifest names and the archive does not hold.
    /// - Throws: And discards the folder; also `CancellationError` where the task is cancelled.
    public func add(_ archive: ZipArchive, without undelivered: [PackageManifest.Undelivered] = []) throws {
        guard !hasEnded else { throw MetadataFolderError.ended }
        do {
            try unpack(archive, without: undelivered)
        } catch {
            discard()
            throw error
        }
    }

    /// Writes the merged `package.xml` and lets the folder appear.
    ///
    /// - Throws: And discards the folder.
    public func commit() throws -> Outcome {
        guard !hasEnded else { throw MetadataFolderError.ended }
        do {
            guard let manifest else { throw MetadataFolderError.archiveWithoutManifest }
            let count = files.count
            let byteCount = files.byteCount
            try files.put(try EntryPath("package.xml".utf8), bytes: manifest.serialized())
            let record = files.record
            try files.put(try EntryPath(PullRecord.fileName.bytes), bytes: record.serialized())
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

    /// Removes the working folder; nothing more can be added. The next run clears up what cannot be removed now.
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
        for (entry, path) in zip(entries, paths) {
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
        if ConsumerSecretBlanking.applies(to: path) {
            let bytes = try contents(of: entry, in: archive, path: path, limit: MetadataFolder.secretFileLimit)
            try files.put(path, bytes: try blank(bytes, path: path))
        } else {
            try files.put(path) { take in try archive.read(entry, into: take) }
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
