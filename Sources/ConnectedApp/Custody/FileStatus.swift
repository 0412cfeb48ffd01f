// The compiler takes `stat` for a part of CoreFoundation in some builds, and of Glibc in others (Swift 6.3).
internal import CoreFoundation
internal import Glibc

/// What the file system says of a file, a folder or a link: `stat(2)`.
package struct FileStatus: Sendable {
    /// What marks a file while it exists, whatever its name.
    package struct Identity: Sendable, Equatable {
        private let device: UInt64
        private let number: UInt64

        fileprivate init(_ status: stat) {
            device = UInt64(status.st_dev)
            number = UInt64(status.st_ino)
        }
    }

    /// A system call's error number.
    package struct Failure: Error {
        package let number: Int32
    }

    package let identity: Identity
    package let owner: UInt32
    package let group: UInt32
    /// Kind and permission bits.
    package let mode: UInt32

    /// - Parameter followsLinks: Whether the file that a link leads to is meant, or the link itself.
    package init(of path: String, followsLinks: Bool = true) throws(Failure) {
        var status = stat()
        guard (followsLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { throw Failure(number: errno) }
        self.init(status)
    }

    package init(ofDescriptor descriptor: Int32) throws(Failure) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Failure(number: errno) }
        self.init(status)
    }

    private init(_ status: stat) {
        identity = Identity(status)
        owner = status.st_uid
        group = status.st_gid
        mode = status.st_mode
    }
}
