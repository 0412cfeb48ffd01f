internal import FileSystem
internal import Glibc
internal import SystemPackage

/// Writes the files of a pull to its working folder and records them. Writing a file again only compares it.
struct StagedFiles {
    /// The top-level name that is reserved for files that are not in the finished folder; see ``SettingsLayers``.
    static let reserved = "aprity-pull.partial"

    let root: Directory
    let syncsFiles: Bool
    let write: FileWrite
    /// Whether the folder may have files that are not recorded. Writing such a file replaces it.
    var replacesOthers = false
    /// The total size of the written files in bytes.
    private(set) var byteCount = 0
    private(set) var record = PullRecord()
    private var written: Set<EntryPath> = []
    /// The directories that contain the written files.
    private var directories: Set<EntryPath> = []

    init(root: Directory, syncsFiles: Bool, write: @escaping FileWrite) {
        self.root = root
        self.syncsFiles = syncsFiles
        self.write = write
    }

    /// The number of written files.
    var count: Int { written.count }

    /// Writes a new file, or checks that the existing file has the same bytes.
    ///
    /// - Parameter source: Passes the bytes in pieces to its closure argument.
    /// - Throws: ``MetadataFolderError/differentContents(_:)``, ``MetadataFolderError/fileAndDirectory(_:)``, an error
    ///   of writing, or an error of `source`. A partial file can then remain.
    mutating func write(
        _ path: EntryPath, from source: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        guard !directories.contains(path), path.components.first != Self.reserved else {
            throw MetadataFolderError.fileAndDirectory(path.description)
        }
        let directory = try directory(above: path)
        let name = path.components.last ?? ""
        if written.contains(path) {
            try compare(name, in: directory, path: path, with: source)
        } else {
            record.add(path, sha256: try create(name, in: directory, path: path, from: source))
            written.insert(path)
        }
    }

    mutating func write(_ path: EntryPath, bytes: [UInt8]) throws {
        try write(path) { take in try bytes.withUnsafeBytes { try take($0) } }
    }

    func contains(_ path: EntryPath) -> Bool { written.contains(path) }

    /// Records a file that is in the folder already.
    ///
    /// - Parameters:
    ///   - sha256: The hash of its bytes.
    ///   - size: Its size in bytes.
    mutating func adopt(_ path: EntryPath, sha256: String, size: Int) {
        guard written.insert(path).inserted else { return }
        record.add(path, sha256: sha256)
        directories.formUnion(path.ancestors)
        byteCount += size
    }

    /// Removes every file that is not recorded, except below ``reserved``, and then every empty directory.
    func removeOthers() throws(MetadataFolderError) {
        for name in try root.names() where name != FileName(Self.reserved) { try removeOthers(name, in: root, .root) }
    }

    private func removeOthers(
        _ name: FileName, in directory: Directory, _ parent: TreePath
    ) throws(MetadataFolderError) {
        let place = parent.appending(name)
        guard try directory.kind(of: name) == .directory else {
            if record.files[place.bytes] == nil { try directory.removeFile(name) }
            return
        }
        let inner = try directory.open(name)
        for entry in try inner.names() { try removeOthers(entry, in: inner, place) }
        _ = try directory.removeEmptyDirectory(name)
    }

    /// Takes over an unchanged file of another folder, as a hard link, or as a copy where a link is not possible.
    ///
    /// - Parameter sha256: The hash of its bytes.
    mutating func take(_ path: EntryPath, from other: Directory, sha256: String) throws {
        guard !directories.contains(path) else { throw MetadataFolderError.fileAndDirectory(path.description) }
        let name = FileName(path.components.last ?? "")
        let target = try directory(above: path)
        let source = try other.open(path.components.dropLast().map(FileName.init))
        guard let size = try source.link(name, to: target) else {
            return try write(path) { take in
                try source.readPieces(of: name) { (piece) throws(MetadataFolderError) in
                    do { try take(piece) } catch let error as MetadataFolderError { throw error } catch {
                        throw .differentContents(path.description)
                    }
                }
            }
        }
        byteCount += size
        record.add(path, sha256: sha256)
        written.insert(path)
    }

    /// Waits until the entries of all directories are on disk if `syncsFiles` is set. ``FolderStaging`` syncs the root.
    func syncDirectories() throws(MetadataFolderError) {
        guard syncsFiles else { return }
        for path in directories { try open(path.components).sync() }
    }

    /// The hash of a recorded file.
    func sha256(of path: EntryPath) -> String? { record.files[path.bytes] }

    /// Opens the directory of a file, and creates missing ones.
    private mutating func directory(above path: EntryPath) throws(MetadataFolderError) -> Directory {
        var directory = root
        for ancestor in path.ancestors {
            guard !written.contains(ancestor) else { throw .fileAndDirectory(ancestor.description) }
            let name = ancestor.components.last ?? ""
            if directories.insert(ancestor).inserted { _ = try directory.makeDirectory(name, mode: 0o777) }
            directory = try directory.open(name)
        }
        return directory
    }

    private func open(_ components: [String]) throws(MetadataFolderError) -> Directory {
        var directory = root
        for component in components { directory = try directory.open(component) }
        return directory
    }

    /// - Returns: The SHA-256 of the bytes.
    private mutating func create(
        _ name: String, in directory: Directory, path: EntryPath,
        from source: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws -> String {
        if replacesOthers { try directory.remove(name) }
        try directory.beforeChange("create")
        let shown = path.description
        let file = try directory.file(
            FileName(name), .writeOnly, [.create, .exclusiveCreate, .noFollow],
            permissions: FilePermissions(rawValue: 0o666), shown: shown)
        let descriptor = file.descriptor
        var count = 0
        var hash = FileHash()
        try source { bytes in
            try writeAll(bytes, to: descriptor, path: shown, by: write)
            hash.update(bytes)
            count += bytes.count
        }
        if syncsFiles {
            do throws(Errno) { try file.descriptor.sync() } catch {
                throw MetadataFolderError.system("fsync", shown, error)
            }
        }
        do throws(Errno) { try file.close() } catch { throw MetadataFolderError.system("close", shown, error) }
        byteCount += count
        return hash.finish()
    }

    private func compare(
        _ name: String, in directory: Directory, path: EntryPath,
        with source: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        let shown = path.description
        let file = try directory.file(FileName(name), .readOnly, .noFollow, shown: shown)
        let present = try Self.reading(shown) { () throws(ZipError) in
            try PositionedFile(descriptor: file.descriptor.rawValue)
        }
        var offset = 0
        try source { bytes in
            guard offset + bytes.count <= present.size else { throw MetadataFolderError.differentContents(shown) }
            try StagedFiles.compare(bytes, to: present, at: offset, path: shown)
            offset += bytes.count
        }
        guard offset == present.size else { throw MetadataFolderError.differentContents(shown) }
    }

    private static func compare(
        _ bytes: UnsafeRawBufferPointer, to file: PositionedFile, at offset: Int, path: String
    ) throws(MetadataFolderError) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        let there = try reading(path) { () throws(ZipError) in try file.read(at: offset, count: bytes.count) }
        let isEqual = there.withUnsafeBytes { buffer in
            buffer.baseAddress.map { memcmp($0, start, bytes.count) == 0 } ?? false
        }
        guard isEqual else { throw .differentContents(path) }
    }

    /// Calls `read` and converts its error. A file that became shorter or is not regular has different contents.
    private static func reading<T>(
        _ path: String, _ read: () throws(ZipError) -> T
    ) throws(MetadataFolderError) -> T {
        do { return try read() } catch {
            throw error.number.map { .system("read", path, $0) } ?? .differentContents(path)
        }
    }
}

extension ZipError {
    /// The system error number, if a system call was the reason.
    fileprivate var number: CInt? {
        if case .io(let number) = self { number } else { nil }
    }
}
