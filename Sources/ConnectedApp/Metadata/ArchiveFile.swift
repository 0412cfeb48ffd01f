internal import FileSystem
internal import Foundation
internal import SystemPackage

/// A temporary file without a name: it is gone when it is closed, however the process ends.
final class ArchiveFile {
    private let file: OpenFile
    /// Where it was made; for messages.
    let path: String

    /// - Parameter target: The archive lies on the same disk as the folder it becomes, so that a full disk is noticed
    ///   before the folder is begun.
    init(beside target: String) throws(ConnectedAppError) {
        path = FolderPath.above(target)
        var template = Array((path + "/.aprity-archive-XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            throw ConnectedAppError(errno == ENOSPC ? .diskFull : .outputCannotBeCreated, subject: path)
        }
        unlink(template)
        file = OpenFile(owning: FileDescriptor(rawValue: descriptor))
    }

    var descriptor: Int32 { file.descriptor.rawValue }
}
