internal import FileSystem
internal import Foundation
internal import SystemPackage

/// A temporary file without a name. It disappears when this object is released, even if the process crashes.
final class ArchiveFile: Sendable {
    private let file: OpenFile
    /// The folder in which it was created, for messages.
    let folder: String

    /// - Parameter target: The folder into which the archive will be unpacked. The file is on the same disk, so a full
    ///   disk is noticed before that folder is created.
    /// - Throws: ``ConnectedAppError`` with `.diskFull` or `.outputCannotBeCreated`.
    convenience init(beside target: String) throws(ConnectedAppError) { try self.init(in: FolderPath.above(target)) }

    /// - Throws: ``ConnectedAppError`` with `.diskFull` or `.outputCannotBeCreated`.
    init(in folder: String) throws(ConnectedAppError) {
        self.folder = folder
        var template = Array((folder + "/.aprity-archive-XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            throw ConnectedAppError(errno == ENOSPC ? .diskFull : .outputCannotBeCreated, subject: folder)
        }
        unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)  // a signer command must not inherit the archive
        file = OpenFile(owning: FileDescriptor(rawValue: descriptor))
    }

    /// The file descriptor. It is closed when this object is released.
    var descriptor: Int32 { file.descriptor.rawValue }
}
