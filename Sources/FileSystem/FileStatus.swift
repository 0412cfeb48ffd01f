internal import CFileSystem
internal import Glibc
package import SystemPackage

/// The status of a file, a directory or a symbolic link: `stat(2)`. Like this whole target, for Linux only.
///
/// If two statuses of one entry are equal, the entry was not changed in between. There is one exception: the file
/// system's clock may advance only every few milliseconds. A write that keeps the size is not seen if the clock did not
/// advance. Programs cannot forge this, because they can set the time of modification but not the time of change.
package struct FileStatus: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case directory
        case regularFile
        case symbolicLink
        case other
    }

    /// Identifies a file while it exists, whatever its name is. The system may reuse it after the file was removed.
    package struct Identity: Sendable, Hashable {
        package let device: UInt64
        /// The inode number, unique within the device.
        let number: UInt64
    }

    package let kind: Kind
    package let identity: Identity
    /// The user's id.
    package let owner: UInt32
    /// The group's id.
    package let group: UInt32
    /// The lowest twelve bits of the mode: set-user-id, set-group-id, sticky, and nine for reading, writing and
    /// executing.
    package let permissions: UInt32
    /// In bytes.
    package let size: Int
    /// The time of modification, then the time of change. Each is a number of seconds since 1970 and one of
    /// nanoseconds.
    private let times: [Int64]

    /// Reads the status of the entry at a path.
    ///
    /// - Parameter followsLinks: `true` for the file that a symbolic link leads to, `false` for the link itself.
    /// - Throws: `Errno`; `.noSuchFileOrDirectory` if there is no entry.
    package init(of path: String, followsLinks: Bool = true) throws(Errno) {
        try self.init { aprity_status_of_entry(AT_FDCWD, path, followsLinks ? 1 : 0, $0) }
    }

    /// Reads the status of an entry of an open directory. Does not follow a symbolic link.
    ///
    /// - Parameter name: Bytes that end with a zero. They need not be UTF-8.
    package init(of name: [CChar], in directory: Int32) throws(Errno) {
        try self.init { aprity_status_of_entry(directory, name, 0, $0) }
    }

    package init(ofDescriptor descriptor: Int32) throws(Errno) {
        try self.init { aprity_status_of_descriptor(descriptor, $0) }
    }

    /// Identifies the content: the same as long as nobody replaces or changes the file.
    package struct Version: Hashable, Sendable {
        fileprivate let identity: Identity
        fileprivate let size: Int
        fileprivate let times: [Int64]
    }

    package var version: Version { Version(identity: identity, size: size, times: times) }

    private init(_ read: (UnsafeMutablePointer<aprity_file_status>) -> Int32) throws(Errno) {
        var status = aprity_file_status()
        let number = read(&status)
        guard number == 0 else { throw Errno(rawValue: number) }
        kind = Kind(mode: status.mode)
        identity = Identity(device: status.device, number: status.number)
        owner = status.owner
        group = status.group
        permissions = status.mode & 0o7777
        size = Int(status.size)
        times = [
            status.modified_seconds, status.modified_nanoseconds, status.changed_seconds, status.changed_nanoseconds,
        ]
    }
}

extension FileStatus.Kind {
    /// - Parameter mode: The complete `st_mode`. The bits above the lowest twelve contain the kind.
    init(mode: UInt32) {
        self =
            switch mode & S_IFMT {
            case S_IFDIR: .directory
            case S_IFREG: .regularFile
            case S_IFLNK: .symbolicLink
            default: .other
            }
    }
}
