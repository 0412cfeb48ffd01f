extension MetadataFolder {
    func unpack(
        _ archive: ZipArchive, _ owners: FileOwners, without undelivered: [PackageManifest.Undelivered],
        isRepetition: Bool
    ) throws -> PullJournal.Archive {
        let entries = archive.entries.filter { !$0.isDirectory }
        let stripped = entries.compactMap { $0.path.below(EntryPath.archiveRoot) }
        let paths = stripped.count == entries.count ? stripped : entries.map(\.path)
        guard let index = paths.firstIndex(where: { $0.description == "package.xml" }) else {
            throw MetadataFolderError.archiveWithoutManifest
        }
        let bytes = try contents(of: entries[index], in: archive, path: paths[index], limit: Self.manifestLimit)
        let read = try merge(bytes, without: undelivered)
        let families = read.families
        let unstorable = archive.unstorablePaths
        var (written, settings): ([PullJournal.Archive.File], [PullJournal.Archive.File]) = ([], [])
        var delivered: Set<ComponentID> = []
        for (place, (entry, path)) in zip(entries, paths).enumerated() where place != index {
            try Task.checkCancellation()
            guard unstorable.isEmpty || !unstorable.contains(path.description) else { continue }
            let owner = owners.owner(of: path)
            if let owner {
                sizes[owner.type, default: DeliveredSize()].add(entry)
                delivered.insert(owner)
            }
            if SettingsMerge.applies(to: path) {
                settings.append(try unpackSettings(entry, of: archive, to: path, owner, families))
            } else if !isRepetition || !files.contains(path) {
                let before = files.byteCount
                try unpack(entry, of: archive, to: path)
                written.append(
                    .init(
                        path: path.description, sha256: files.sha256(of: path) ?? "", size: files.byteCount - before,
                        owner: owner))
            } else {
                continue
            }
            if let owner { filesByOwner[owner, default: []].append(path) }
        }
        for component in delivered { sizes[component.type]?.components += 1 }
        return PullJournal.Archive(
            number: archiveCount, members: read.membersByName, files: written, settings: settings)
    }

    private func unpackSettings(
        _ entry: ZipEntry, of archive: ZipArchive, to path: EntryPath, _ owner: ComponentID?,
        _ families: Set<ComponentID>
    ) throws -> PullJournal.Archive.File {
        let bytes = try contents(of: entry, in: archive, path: path, limit: MetadataFolder.settingsFileLimit)
        try settings.add(path, bytes: bytes, from: archiveCount, with: families)
        var hash = FileHash()
        bytes.withUnsafeBytes { hash.update($0) }
        return .init(path: path.description, sha256: hash.finish(), size: bytes.count, owner: owner)
    }

    private func unpack(_ entry: ZipEntry, of archive: ZipArchive, to path: EntryPath) throws {
        if ConsumerSecretBlanking.applies(to: path) {
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

    /// - Returns: The archive's manifest without what was not delivered.
    private func merge(
        _ bytes: [UInt8], without undelivered: [PackageManifest.Undelivered]
    ) throws(MetadataFolderError) -> PackageManifest {
        var read: PackageManifest
        do { read = try PackageManifest(parsing: bytes) } catch { throw .manifest(error) }
        for item in undelivered { read.remove(item) }
        if manifest == nil { manifest = read } else { manifest?.merge(read) }
        return read
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
