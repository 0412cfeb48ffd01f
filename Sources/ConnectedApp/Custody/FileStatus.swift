internal import CFileSystem
internal import Glibc

/// What the file system says of a file, a folder or a link: `stat(2)`.
///
/// Through C: the compiler takes `stat` itself for a part of one module or another, depending on what it compiles together
/// (Swift 6.3).
package struct FileStatus: Sendable {
    /// What marks a file while it exists, whatever its name.
    package struct Identity: Sendable, Equatable {
        private let device: UInt64
        private let number: UInt64

        fileprivate init(_ status: aprity_file_status) {
            device = status.device
            number = status.number
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
        var status = aprity_file_status()
        let number = aprity_status_of_path(path, followsLinks ? 1 : 0, &status)
        guard number == 0 else { throw Failure(number: number) }
        self.init(status)
    }

    package init(ofDescriptor descriptor: Int32) throws(Failure) {
        var status = aprity_file_status()
        let number = aprity_status_of_descriptor(descriptor, &status)
        guard number == 0 else { throw Failure(number: number) }
        self.init(status)
    }

    private init(_ status: aprity_file_status) {
        identity = Identity(status)
        owner = status.owner
        group = status.group
        mode = status.mode
    }
}
