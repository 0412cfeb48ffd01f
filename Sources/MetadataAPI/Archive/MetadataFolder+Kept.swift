extension MetadataFolder {
    /// Writes the profiles and permission sets of the archives, merged with those that are kept.
    func mergeSettings() throws {
        let kept = keptPaths { SettingsMerge.applies(to: $0) }
        for path in settings.paths where kept[path] == nil {
            try files.write(path, bytes: try settings.merged(path, base: nil))
        }
        for (path, owner) in kept {
            guard let former else { break }
            let bytes = try former.read(path, atMost: MetadataFolder.settingsFileLimit)
            guard let base = SettingsMerge.without(self.kept.lost, bytes) else {
                throw MetadataFolderError.differentContents(path.description)
            }
            let merged = try settings.merged(path, base: base)
            if merged == bytes { try take(path, of: former) } else { try files.write(path, bytes: merged) }
            if !settings.paths.contains(path) { filesByOwner[owner, default: []].append(path) }
        }
    }

    /// Takes over the other files of kept components. If an archive has files of a component, these are newer, so none of
    /// the former ones is taken.
    func takeKeptFiles() throws {
        guard let former else { return }
        let delivered = Set(filesByOwner.keys)
        for (path, owner) in keptPaths({ !SettingsMerge.applies(to: $0) }) where !delivered.contains(owner) {
            try take(path, of: former)
            filesByOwner[owner, default: []].append(path)
        }
        for component in kept.components { addToManifest(component, kept.version) }
    }

    func addToManifest(_ component: PulledComponent, _ version: APIVersion?) {
        if manifest == nil, let version { manifest = PackageManifest(version: version) }
        // The name was in a manifest before, so it can be in one.
        try? manifest?.insert(component.fullName, of: component.type)
    }

    /// Removes components from what is kept, and the layers of profiles and permission sets among them.
    package func forget(_ names: Set<ComponentID>) {
        kept = kept.without(names)
        resumed.subtract(names)
        for name in names {
            for path in filesByOwner[name] ?? [] where SettingsMerge.applies(to: path) {
                settings.forget(path)
                filesByOwner[name] = nil
            }
        }
    }

    /// The kept files, with the components that they belong to.
    private func keptPaths(_ isIncluded: (EntryPath) -> Bool) -> [EntryPath: ComponentID] {
        kept.components.reduce(into: [:]) { paths, component in
            for file in component.files ?? [] {
                // The paths of a record are valid.
                guard let path = try? EntryPath(file.utf8), isIncluded(path) else { continue }
                paths[path] = ComponentID(component.type, component.fullName)
            }
        }
    }

    private func take(_ path: EntryPath, of former: FormerPull) throws {
        guard let sha256 = former.version.record.files[path.bytes] else { return }
        try files.take(path, from: former.version.root, sha256: sha256)
    }

    /// Returns the listing with the files of each component.
    func withFiles(_ listing: PullListing) -> PullListing {
        var listing = listing
        var rest = filesByOwner
        for index in listing.components.indices {
            let component = listing.components[index]
            let paths = rest.removeValue(forKey: ComponentID(component.type, component.fullName))
            listing.components[index].files = paths.map { Set($0.map(\.description)).sorted(by: precedesByBytes) }
        }
        // Of the standard value sets, an org has only some, and lists none.
        listing.components.removeAll { $0.type == StandardValueSetNames.type && $0.files == nil }
        listing.sizes = learntSizes
        return listing
    }

    /// Returns the components whose files are not those of the former pull.
    func rewritten(_ components: [PulledComponent], _ record: PullRecord) -> [PulledComponent] {
        guard let former else { return components.filter { $0.files != nil } }
        func hashes(_ paths: [String]?, _ record: PullRecord) -> [[UInt8]: String] {
            (paths ?? []).reduce(into: [:]) { $0[Array($1.utf8)] = record.files[Array($1.utf8)] }
        }
        let before = Dictionary(
            former.listing.components.map { (ComponentID($0.type, $0.fullName), $0.files) }, uniquingKeysWith: { $1 })
        return components.filter {
            hashes($0.files, record)
                != hashes(before[ComponentID($0.type, $0.fullName)] ?? nil, former.version.record)
        }
    }
}
