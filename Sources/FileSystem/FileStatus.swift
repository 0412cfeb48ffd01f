internal import CFileSystem
internal import Glibc
package import SystemPackage

/// What the file system says about a file, a directory or a symbolic link: `stat(2)`. For Linux only, as this whole target.
///
/// If two statuses of one entry are equal, it was not written in between, with one exception: the file system's clock may
/// tick only every few milliseconds, and a write that keeps the size within one tick is not seen. Programs can set the time of
/// modification, but not the time of change.
package struct FileStatus: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case directory
        case regularFile
        case symbolicLink
        case other
    }

    /// Identifies a file while it exists, whatever its name.
    package struct Identity: Sendable, Hashable {
        package let device: UInt64
        /// Unique within the device.
        let number: UInt64
    }

    package let kind: Kind
    package let identity: Identity
    package let owner: UInt32
    package let group: UInt32
    /// The lowest twelve bits of the mode: set-user-id, set-group-id, sticky, and nine for reading, writing, executing.
    package let permissions: UInt32
    /// In bytes.
    package let size: Int
    /// Seconds since 1970 and nanoseconds: the time of modification, then the time of change.
    private let times: [Int64]

    /// - Parameter followsLinks: Whether to describe the file that a symbolic link leads to, or the link itself.
    package init(of path: String, followsLinks: Bool = true) throws(Errno) {
        try self.init { aprity_status_of_entry(AT_FDCWD, path, followsLinks ? 1 : 0, $0) }
    }

    /// Of an entry of an open directory; a symbolic link is not followed.
    ///
    /// - Parameter name: Bytes that end with a zero and need not be UTF-8.
    package init(of name: [CChar], in directory: Int32) throws(Errno) {
        try self.init { aprity_status_of_entry(directory, name, 0, $0) }
    }

    package init(ofDescriptor descriptor: Int32) throws(Errno) {
        try self.init { aprity_status_of_descriptor(descriptor, $0) }
    }

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
    /// - Parameter mode: All of it; the bits above the lowest twelve name the kind.
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
