internal import FileSystem
internal import SystemPackage

/// Collects the files of profiles and permission sets from the archives of a pull, until all are there and can be merged;
/// see ``SettingsMerge``.
///
/// They are stored in the working folder below ``StagedFiles/reserved``, in one folder for each archive, so that memory
/// does not grow with their number.
struct SettingsLayers {
    private struct Layer {
        let archive: Int
        /// The families of the components that the archive's manifest names. Its files have all settings for these.
        let families: Set<ComponentID>
        /// The families whose settings are outdated: those of an interrupted pull that are retrieved again or are gone.
        let outdated: Set<ComponentID>
    }

    private let root: Directory
    private let write: FileWrite
    private var layers: [EntryPath: [Layer]] = [:]

    init(root: Directory, write: @escaping FileWrite) { (self.root, self.write) = (root, write) }

    var paths: Set<EntryPath> { Set(layers.keys) }

    mutating func add(
        _ path: EntryPath, bytes: [UInt8], from archive: Int, with families: Set<ComponentID>
    ) throws(MetadataFolderError) {
        var directory = try child(StagedFiles.reserved, of: root)
        directory = try child(String(archive), of: directory)
        for ancestor in path.components.dropLast() { directory = try child(ancestor, of: directory) }
        let name = path.components.last ?? ""
        try directory.beforeChange("create")
        let file = try directory.file(
            FileName(name), .writeOnly, [.create, .exclusiveCreate, .noFollow],
            permissions: .ownerReadWrite, shown: path.description)
        try writeAll(bytes, to: file.descriptor, path: path.description, by: write)
        layers[path, default: []].append(Layer(archive: archive, families: families, outdated: []))
    }

    /// Adds a file that an interrupted pull has stored.
    mutating func resume(
        _ path: EntryPath, from archive: Int, with families: Set<ComponentID>, outdated: Set<ComponentID>
    ) {
        layers[path, default: []].append(Layer(archive: archive, families: families, outdated: outdated))
    }

    /// Removes files that are stored for an archive without being recorded.
    func clear(_ archive: Int) throws(MetadataFolderError) {
        guard try root.kind(of: StagedFiles.reserved) != nil else { return }
        try root.open(StagedFiles.reserved).remove(String(archive))
    }

    mutating func forget(_ path: EntryPath) { layers[path] = nil }

    /// Returns the merged file.
    ///
    /// - Parameter base: The file before; `nil` for none.
    func merged(_ path: EntryPath, base: [UInt8]?) throws(MetadataFolderError) -> [UInt8] {
        var result = base
        for layer in layers[path] ?? [] {
            var bytes = try read(path, from: layer.archive)
            if !layer.outdated.isEmpty { bytes = try without(layer.outdated, bytes, path) }
            guard let former = result else {
                result = bytes
                continue
            }
            guard let merged = SettingsMerge.merged(try without(layer.families, former, path), bytes) else {
                throw .differentContents(path.description)
            }
            result = merged
        }
        return result ?? []
    }

    private func without(
        _ families: Set<ComponentID>, _ bytes: [UInt8], _ path: EntryPath
    ) throws(MetadataFolderError) -> [UInt8] {
        guard let rest = SettingsMerge.without(families, bytes) else { throw .differentContents(path.description) }
        return rest
    }

    private func read(_ path: EntryPath, from archive: Int) throws(MetadataFolderError) -> [UInt8] {
        let names = [StagedFiles.reserved, String(archive)] + path.components.dropLast()
        return try root.open(names.map(FileName.init)).read(
            FileName(path.components.last ?? ""), atMost: MetadataFolder.settingsFileLimit)
    }

    /// Removes the stored files, and the journal.
    func remove() throws(MetadataFolderError) { try root.remove(StagedFiles.reserved) }

    private func child(_ name: String, of directory: Directory) throws(MetadataFolderError) -> Directory {
        _ = try directory.makeDirectory(name, mode: 0o700)
        return try directory.open(name)
    }
}
