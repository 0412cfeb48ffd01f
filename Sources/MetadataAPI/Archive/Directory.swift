internal import FileSystem
internal import Glibc
internal import SystemPackage

/// A null-terminated name of a directory entry. Its bytes need not be UTF-8.
typealias FileName = [CChar]

/// A hook that runs before each change of the file system, with a name for the change, such as `mkdir` or `exchange`.
/// If it throws, the change is not made and the error is propagated. Tests use it to fail or stop at any step.
typealias BeforeChange = @Sendable (_ call: String) throws(MetadataFolderError) -> Void

/// An open directory, closed on deinitialization. Entries are accessed by the descriptor and a single name, and
/// symbolic links are never followed, so renames and links by other processes cannot redirect the work.
///
/// Errors are ``MetadataFolderError/io(operation:path:errno:)`` or ``MetadataFolderError/diskFull(path:)``, except
/// where a member documents another.
final class Directory {
    private let file: OpenFile
    /// The path for messages. It is not used to access anything, and is not updated when the directory is renamed.
    let path: String
    let beforeChange: BeforeChange

    private init(_ file: consuming OpenFile, path: String, beforeChange: @escaping BeforeChange) {
        self.file = file
        self.path = path
        self.beforeChange = beforeChange
    }

    var descriptor: CInt { file.descriptor.rawValue }

    /// Opens a directory by path. This is the only place that follows symbolic links.
    static func open(
        _ path: String, beforeChange: @escaping BeforeChange = { _ in }
    ) throws(MetadataFolderError) -> Directory {
        do throws(Errno) {
            return Directory(try OpenFile(path, .readOnly, .directory), path: path, beforeChange: beforeChange)
        } catch { throw .system("open", path, error) }
    }

    /// Opens a subdirectory. Fails with `ENOTDIR` if the entry is not a directory or is a symbolic link.
    func open(_ name: FileName) throws(MetadataFolderError) -> Directory {
        let path = path(of: name)
        return Directory(
            try file(name, .readOnly, [.directory, .noFollow], shown: path), path: path, beforeChange: beforeChange)
    }

    /// Opens a file in this directory, or creates it if `options` say so. Pass `.noFollow`, except for `.`.
    ///
    /// - Parameter shown: The path that error messages name.
    func file(
        _ name: FileName, _ mode: FileDescriptor.AccessMode, _ options: FileDescriptor.OpenOptions,
        permissions: FilePermissions = [], shown: String
    ) throws(MetadataFolderError) -> OpenFile {
        do throws(Errno) {
            return try OpenFile(name, in: file.descriptor, mode, options, permissions: permissions)
        } catch { throw .system("open", shown, error) }
    }

    func open(_ name: String) throws(MetadataFolderError) -> Directory { try open(FileName(name)) }

    func path(of name: FileName) -> String { path.hasSuffix("/") ? path + name.text : path + "/" + name.text }

    func path(of name: String) -> String { path(of: FileName(name)) }

    /// - Parameter mode: The access mode. The process's umask is applied to it.
    /// - Returns: `false` if the name exists.
    func makeDirectory(_ name: FileName, mode: mode_t) throws(MetadataFolderError) -> Bool {
        try beforeChange("mkdir")
        if mkdirat(descriptor, name, mode) == 0 { return true }
        guard errno == EEXIST else { throw .system("mkdir", path(of: name), errno) }
        return false
    }

    func makeDirectory(_ name: String, mode: mode_t) throws(MetadataFolderError) -> Bool {
        try makeDirectory(FileName(name), mode: mode)
    }

    /// - Returns: `nil` if there is no entry with this name.
    func status(of name: FileName) throws(MetadataFolderError) -> FileStatus? {
        do throws(Errno) { return try FileStatus(of: name, in: descriptor) } catch {
            guard error == .noSuchFileOrDirectory else { throw .system("stat", path(of: name), error) }
            return nil
        }
    }

    /// - Returns: `nil` if there is no entry with this name.
    func kind(of name: FileName) throws(MetadataFolderError) -> FileStatus.Kind? { try status(of: name)?.kind }

    func kind(of name: String) throws(MetadataFolderError) -> FileStatus.Kind? { try kind(of: FileName(name)) }

    func status() throws(MetadataFolderError) -> FileStatus {
        do throws(Errno) { return try FileStatus(ofDescriptor: descriptor) } catch {
            throw .system("stat", path, error)
        }
    }

    /// Locks this directory exclusively (`flock`), without waiting, until it is unlocked or closed.
    ///
    /// - Returns: `false` if the directory is locked through another descriptor, in this process or another.
    func lock() throws(MetadataFolderError) -> Bool {
        do throws(Errno) { return try file.descriptor.tryLock() } catch { throw .system("flock", path, error) }
    }

    /// Whether another opening of this directory has it locked.
    func isLockedElsewhere() throws(MetadataFolderError) -> Bool {
        do throws(Errno) { return try file.descriptor.isLockedElsewhere() } catch {
            throw .system("flock", path, error)
        }
    }

    /// Calls `act` while this directory is locked. Waits while another process does the same, for five seconds at most: whoever
    /// may read the directory can lock it for ever.
    ///
    /// - Throws: ``MetadataFolderError/io(operation:path:errno:)`` with `EWOULDBLOCK` if it stays locked, and what `act` throws.
    func whileLocked<T>(_ act: () throws(MetadataFolderError) -> T) throws(MetadataFolderError) -> T {
        let end = ContinuousClock.now + .seconds(5)
        while try !lock() {
            guard ContinuousClock.now < end else { throw .system("flock", path, EWOULDBLOCK) }
            usleep(5_000)
        }
        defer { unlock() }
        return try act()
    }

    // A failure loses nothing: closing the descriptor also releases the lock.
    func unlock() { try? file.descriptor.unlock() }

    /// Waits until the directory's entries are on disk.
    func sync() throws(MetadataFolderError) {
        do throws(Errno) { try file.descriptor.sync() } catch { throw .system("fsync", path, error) }
    }

    /// Returns the names in this directory without `.` and `..`, sorted by bytes.
    func names() throws(MetadataFolderError) -> [FileName] {
        let own = try file(FileName("."), .readOnly, .directory, shown: path).release().rawValue
        guard let stream = fdopendir(own) else {
            close(own)
            throw .system("opendir", path, errno)
        }
        defer { closedir(stream) }
        var names: [FileName] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { start in
                    Array(UnsafeBufferPointer(start: start, count: strlen(start) + 1))
                }
            }
            if name != [0x2E, 0], name != [0x2E, 0x2E, 0] { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw .system("readdir", path, errno) }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    // MARK: Moving

    /// Moves an entry. Never replaces an existing entry: the move then fails with `EEXIST`.
    func move(
        _ old: FileName, to other: Directory, as new: FileName
    ) throws(MetadataFolderError) {
        try beforeChange("rename")
        do throws(Renaming.Failure) {
            try Renaming.move(old, in: descriptor, to: new, in: other.descriptor)
        } catch {
            switch error {
            case .system(let number): throw .system("rename", other.path(of: new), number)
            case .unsupported: try moveInSteps(old, to: other, as: new)
            }
        }
    }

    /// Does the work of ``move(_:to:as:)`` on file systems that cannot rename without replacing, such as NFS. After a
    /// crash between the steps, a file has both names.
    func moveInSteps(
        _ old: FileName, to other: Directory, as new: FileName
    ) throws(MetadataFolderError) {
        guard try kind(of: old) == .directory else {
            // Unlike a rename, a link never replaces a file.
            guard linkat(descriptor, old, other.descriptor, new, 0) == 0 else {
                throw .system("link", other.path(of: new), errno)
            }
            return try removeFile(old)
        }
        guard try other.kind(of: new) == nil else { throw .system("rename", other.path(of: new), EEXIST) }
        // Renaming a directory can only replace an empty directory.
        guard renameat(descriptor, old, other.descriptor, new) == 0 else {
            throw .system("rename", other.path(of: new), errno)
        }
    }

    /// Renames an entry of this directory. Never replaces an existing entry.
    func rename(_ old: String, to new: String) throws(MetadataFolderError) {
        try move(FileName(old), to: self, as: FileName(new))
    }

    /// Exchanges the names of two entries atomically.
    ///
    /// - Returns: `false` if the file system does not support it.
    func exchange(_ one: String, with other: String) throws(MetadataFolderError) -> Bool {
        try beforeChange("exchange")
        do throws(Renaming.Failure) {
            try Renaming.exchange(FileName(one), with: FileName(other), in: descriptor)
            return true
        } catch {
            switch error {
            case .system(let number): throw .system("rename", path(of: other), number)
            case .unsupported: return false
            }
        }
    }

    /// Gives a regular file a second name in another directory.
    ///
    /// - Returns: The file's size in bytes; `nil` if a link is not possible there.
    /// - Throws: Also if the entry is missing or not a regular file, or the new name exists.
    func link(_ name: FileName, to other: Directory) throws(MetadataFolderError) -> Int? {
        guard let status = try status(of: name), status.kind == .regularFile else {
            throw .system("link", path(of: name), ENOENT)
        }
        try beforeChange("link")
        if linkat(descriptor, name, other.descriptor, name, 0) == 0 { return status.size }
        // Another file system, one without links, too many links, or a file of another user.
        guard [EXDEV, EPERM, EOPNOTSUPP, ENOSYS, EMLINK, EACCES].contains(errno) else {
            throw .system("link", other.path(of: name), errno)
        }
        return nil
    }

    // MARK: Removing

    /// Removes a file or a link. A missing entry is not an error.
    func removeFile(_ name: FileName) throws(MetadataFolderError) {
        try beforeChange("unlink")
        guard unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else {
            throw .system("unlink", path(of: name), errno)
        }
    }

    /// Removes an empty directory. A missing directory is not an error.
    ///
    /// - Returns: `false` if the directory is not empty.
    func removeEmptyDirectory(_ name: FileName) throws(MetadataFolderError) -> Bool {
        try beforeChange("rmdir")
        if unlinkat(descriptor, name, AT_REMOVEDIR) == 0 || errno == ENOENT { return true }
        guard errno == ENOTEMPTY || errno == EEXIST else { throw .system("rmdir", path(of: name), errno) }
        return false
    }

    /// Removes a file, a link, or a directory with its contents. A missing entry is not an error.
    func remove(_ name: FileName) throws(MetadataFolderError) {
        guard try kind(of: name) == .directory else { return try removeFile(name) }
        let directory = try open(name)
        for entry in try directory.names() { try directory.remove(entry) }
        guard try removeEmptyDirectory(name) else { throw .system("rmdir", path(of: name), ENOTEMPTY) }
    }

    func remove(_ name: String) throws(MetadataFolderError) { try remove(FileName(name)) }
}

extension FileName {
    init(_ text: String) { self = Array(text.utf8CString) }

    /// The bytes without the terminating null.
    var bytes: [UInt8] { dropLast().map { UInt8(bitPattern: $0) } }

    /// The name for messages. Bytes that are not UTF-8 are replaced.
    var text: String { String(decoding: bytes, as: UTF8.self) }
}
