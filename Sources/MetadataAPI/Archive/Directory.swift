internal import Glibc

/// An open directory. Everything below it is reached by its descriptor and a single name, and no symbolic link is
/// followed, so nobody can move the work elsewhere by renaming or linking.
final class Directory {
    enum Kind: Equatable {
        case directory
        case regularFile
        case symbolicLink
        case other
    }

    /// What marks a file or directory while it exists, whatever its name.
    struct Identity: Equatable {
        let device: UInt64
        let number: UInt64
    }

    let descriptor: CInt
    /// For messages.
    let path: String

    private init(descriptor: CInt, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// Opens by path; here, and only here, links are followed.
    static func open(_ path: String) throws(MetadataFolderError) -> Directory {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open", path, errno) }
        return Directory(descriptor: descriptor, path: path)
    }

    func open(_ name: String) throws(MetadataFolderError) -> Directory {
        let path = path(of: name)
        let descriptor = openat(self.descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open", path, errno) }
        return Directory(descriptor: descriptor, path: path)
    }

    func path(of name: String) -> String { path.hasSuffix("/") ? path + name : path + "/" + name }

    /// - Returns: False when the name is taken.
    func makeDirectory(_ name: String, mode: mode_t) throws(MetadataFolderError) -> Bool {
        if mkdirat(descriptor, name, mode) == 0 { return true }
        guard errno == EEXIST else { throw .system("mkdir", path(of: name), errno) }
        return false
    }

    /// - Returns: `nil` when there is nothing of that name.
    func kind(of name: String) throws(MetadataFolderError) -> Kind? { try status(of: name)?.kind }

    func identity(of name: String) throws(MetadataFolderError) -> Identity? { try status(of: name)?.identity }

    func owner(of name: String) throws(MetadataFolderError) -> uid_t? { try status(of: name)?.owner }

    private func status(
        of name: String
    ) throws(MetadataFolderError) -> (kind: Kind, identity: Identity, owner: uid_t)? {
        var status = stat()
        guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            guard errno == ENOENT else { throw .system("stat", path(of: name), errno) }
            return nil
        }
        return (Directory.kind(status.st_mode), Directory.identity(status), status.st_uid)
    }

    func identity() throws(MetadataFolderError) -> Identity {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system("stat", path, errno) }
        return Directory.identity(status)
    }

    private static func identity(_ status: stat) -> Identity {
        Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
    }

    private static func kind(_ mode: mode_t) -> Kind {
        switch mode & S_IFMT {
        case S_IFDIR: .directory
        case S_IFREG: .regularFile
        case S_IFLNK: .symbolicLink
        default: .other
        }
    }

    /// Takes the lock of this directory for as long as it is open.
    ///
    /// - Returns: False when somebody else holds it.
    func lock() throws(MetadataFolderError) -> Bool {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK: return false
            default: throw .system("flock", path, errno)
            }
        }
        return true
    }

    func unlock() { _ = flock(descriptor, LOCK_UN) }

    /// Waits until the directory's names are on the disk.
    func sync() throws(MetadataFolderError) {
        guard fsync(descriptor) == 0 else { throw .system("fsync", path, errno) }
    }

    /// Moves within this directory. Something non-empty at the new name stays, and the move fails.
    func rename(_ old: String, to new: String) throws(MetadataFolderError) {
        guard renameat(descriptor, old, descriptor, new) == 0 else { throw .system("rename", path(of: new), errno) }
    }

    /// The names in this directory but `.` and `..`, those that are not UTF-8 too, each ending in a zero.
    func names() throws(MetadataFolderError) -> [[CChar]] {
        let own = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard own >= 0 else { throw .system("open", path, errno) }
        guard let stream = fdopendir(own) else {
            close(own)
            throw .system("opendir", path, errno)
        }
        defer { closedir(stream) }
        var names: [[CChar]] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { start in
                    Array(UnsafeBufferPointer(start: start, count: strlen(start) + 1))
                }
            }
            if name != [0x2E, 0], name != [0x2E, 0x2E, 0] { names.append(name) }
        }
        return names
    }

    /// Removes a file, a link or a directory with all that is in it; what is gone already is no error.
    func remove(_ name: [CChar]) throws(MetadataFolderError) {
        if unlinkat(descriptor, name, 0) == 0 || errno == ENOENT { return }
        let shown = path(of: String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
        guard errno == EISDIR || errno == EPERM else { throw .system("unlink", shown, errno) }
        let inner = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard inner >= 0 else { throw .system("open", shown, errno) }
        let directory = Directory(descriptor: inner, path: shown)
        for entry in try directory.names() { try directory.remove(entry) }
        guard unlinkat(descriptor, name, AT_REMOVEDIR) == 0 || errno == ENOENT else {
            throw .system("rmdir", shown, errno)
        }
    }

    func remove(_ name: String) throws(MetadataFolderError) { try remove(Array(name.utf8CString)) }
}
