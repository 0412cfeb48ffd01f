internal import FileSystem
internal import Foundation
internal import SystemPackage

/// Who owns a file that root creates. Files of other users always belong to them.
package enum FileOwner: Sendable {
    /// Root.
    case process
    /// The owner of the folder. For a file in the folder of a store or of its keys, this is the user whose commands and
    /// service need the file.
    case ofFolder

    /// - Parameters:
    ///   - file: The new file, open.
    ///   - path: Its path, or the path that it will get.
    func apply(to file: FileDescriptor, at path: String) {
        switch self {
        case .process: return
        case .ofFolder:
            guard geteuid() == 0, let folder = try? FileStatus(of: FolderPath.above(path)), folder.owner != 0 else {
                return
            }
            // Some containers deny root this right. The file is then root's, and commands of the owner report that they
            // cannot read it.
            _ = fchown(file.rawValue, folder.owner, folder.group)
        }
    }
}
