internal import FileSystem

/// A pull that was interrupted, as its journal and its working folder show it.
public struct InterruptedPull {
    private let journal: PullJournal
    private let root: Directory

    init(_ journal: PullJournal, _ root: Directory) { (self.journal, self.root) = (journal, root) }

    public var organizationID: String { journal.beginning.listing.organizationID }
    public var apiVersion: String { journal.beginning.apiVersion }
    /// In RFC 3339.
    public var startedAt: String { journal.beginning.startedAt }
    /// What the org listed for it.
    public var components: [PulledComponent] { journal.beginning.listing.components }

    /// What it could not retrieve.
    public var leftOut: [PullSummary.LeftOutRow] { journal.leftOut }

    /// The largest weight of a retrieve, in files, that it would have tried; `nil` if the org has refused none as too large.
    public var limit: Int? { journal.limit }

    /// A retrieve of which the org may have the archive.
    public struct Job: Sendable {
        public let id: RetrieveID
        public let manifest: PackageManifest
    }

    public var jobs: [Job] {
        journal.jobs.compactMap { job in
            guard let version = APIVersion(apiVersion) else { return nil }
            return Job(id: job.id, manifest: PackageManifest(version: version, members: job.members))
        }
    }

    /// What is there of the pull, and undamaged.
    public struct Content: Sendable {
        /// A file of an archive that has a profile or permission set.
        struct Layer: Sendable {
            let path: EntryPath
            let archive: Int
            let owner: ComponentID
            /// The families that the archive's manifest names.
            let families: Set<ComponentID>
        }

        struct File: Sendable {
            let path: EntryPath
            let sha256: String
            let size: Int
        }

        /// The files of each component, if all of them are undamaged.
        let files: [ComponentID: [File]]
        let layers: [Layer]
        let lastArchive: Int
        let archives: [PullJournal.Archive]
    }

    /// Verifies the files.
    ///
    /// If several archives have files of a component, the last one counts. A component of which an archive delivered only some
    /// files is not in the archive's manifest, and does not count as intact. As in ``FormerPull/intactComponents()``, no component
    /// counts as intact if a file in the same top-level folder belongs to none that is known.
    package func content() throws -> Content {
        var files: [ComponentID: [Content.File]] = [:]
        var ownerless: Set<String> = []
        var layers: [Content.Layer] = []
        for archive in journal.archives {
            ownerless.formUnion(archive.files.filter { $0.owner == nil }.compactMap(\.topFolder))
            let delivered = Set(
                archive.members.flatMap { type, names in names.map { ComponentID(type, $0) } })
            let owned = Dictionary(grouping: archive.files.filter { $0.owner != nil }) { $0.owner }
            for case (let owner?, let entries) in owned {
                try Task.checkCancellation()
                files[owner] = delivered.contains(owner) ? intact(entries) : nil
            }
            layers += self.layers(of: archive)
        }
        files = files.filter { _, files in
            files.allSatisfy { !ownerless.contains($0.path.components.first ?? "") }
        }
        return Content(
            files: files, layers: layers, lastArchive: journal.archives.map(\.number).max() ?? 0,
            archives: journal.archives)
    }

    /// - Returns: `nil` if one of the files is damaged.
    private func intact(_ entries: [PullJournal.Archive.File]) -> [Content.File]? {
        var files: [Content.File] = []
        for entry in entries {
            guard let path = try? EntryPath(entry.path.utf8), isIntact(path, entry, in: root) else { return nil }
            files.append(.init(path: path, sha256: entry.sha256, size: entry.size))
        }
        return files
    }

    private func layers(of archive: PullJournal.Archive) -> [Content.Layer] {
        let families = Set(
            archive.members.flatMap { type, names in names.map { ComponentFamily(type: type, member: $0).id } })
        let names = [StagedFiles.reserved, String(archive.number)].map(FileName.init)
        // What cannot be opened is retrieved again.
        guard let directory = try? root.open(names) else { return [] }
        return archive.settings.compactMap { entry in
            guard let owner = entry.owner, let path = try? EntryPath(entry.path.utf8),
                isIntact(path, entry, in: directory)
            else { return nil }
            return Content.Layer(path: path, archive: archive.number, owner: owner, families: families)
        }
    }

    private func isIntact(_ path: EntryPath, _ file: PullJournal.Archive.File, in folder: Directory) -> Bool {
        // A file that cannot be read is retrieved again.
        guard let directory = try? folder.open(path.components.dropLast().map(FileName.init)) else { return false }
        let name = FileName(path.components.last ?? "")
        return (try? directory.kind(of: name)) == .regularFile && (try? directory.sha256(of: name)) == file.sha256
    }
}

extension PackageManifest {
    init(version: APIVersion, members: [String: [String]]) {
        self.init(version: version)
        for (type, names) in members {
            // A name that cannot be in a manifest was not in one before.
            for name in names { try? insert(name, of: type) }
        }
    }

    /// The members by type.
    var membersByName: [String: [String]] {
        types.reduce(into: [:]) { $0[$1] = members(of: $1) }
    }
}

extension PullJournal.Archive.File {
    /// The first component of the path; `nil` for a file directly in the folder.
    fileprivate var topFolder: String? {
        path.contains("/") ? path.split(separator: "/").first.map(String.init) : nil
    }
}
