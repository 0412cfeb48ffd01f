internal import FileSystem
internal import SystemPackage

/// Collects the files of profiles and permission sets from the archives of a pull, until all are there and can be merged;
/// see ``SettingsMerge``.
///
/// They are stored in the working folder below ``StagedFiles/reserved``, in one folder for each archive, so that memory
/// does not grow with their number.
struct SettingsLayers {
    private let root: Directory
    private let write: FileWrite
    /// The numbers of the archives that contain each file, ascending.
    private(set) var archives: [EntryPath: [Int]] = [:]

    init(root: Directory, write: @escaping FileWrite) { (self.root, self.write) = (root, write) }

    mutating func add(_ path: EntryPath, bytes: [UInt8], from archive: Int) throws(MetadataFolderError) {
        var directory = try child(StagedFiles.reserved, of: root)
        directory = try child(String(archive), of: directory)
        for ancestor in path.components.dropLast() { directory = try child(ancestor, of: directory) }
        let name = path.components.last ?? ""
        try directory.beforeChange("create")
        let file = try directory.file(
            FileName(name), .writeOnly, [.create, .exclusiveCreate, .noFollow],
            permissions: .ownerReadWrite, shown: path.description)
        let descriptor = file.descriptor
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(MetadataFolderError) in
                try writeAll(buffer, to: descriptor, path: path.description, by: write)
            }
        }
        try result.get()
        archives[path, default: []].append(archive)
    }

    /// Returns the merged file.
    ///
    /// - Parameter base: The file before; `nil` for none.
    func merged(_ path: EntryPath, base: [UInt8]?) throws(MetadataFolderError) -> [UInt8] {
        var result = base
        for archive in archives[path] ?? [] {
            let names = [StagedFiles.reserved, String(archive)] + path.components.dropLast()
            let directory = try root.open(names.map(FileName.init))
            let bytes = try directory.read(
                FileName(path.components.last ?? ""), atMost: MetadataFolder.settingsFileLimit)
            guard let former = result else {
                result = bytes
                continue
            }
            guard let merged = SettingsMerge.merged(former, bytes) else {
                throw .differentContents(path.description)
            }
            result = merged
        }
        return result ?? []
    }

    /// Removes the stored files.
    func remove() throws(MetadataFolderError) { try root.remove(StagedFiles.reserved) }

    private func child(_ name: String, of directory: Directory) throws(MetadataFolderError) -> Directory {
        _ = try directory.makeDirectory(name, mode: 0o700)
        return try directory.open(name)
    }
}
