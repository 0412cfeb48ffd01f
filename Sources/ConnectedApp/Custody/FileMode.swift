internal import FileSystem
internal import Foundation

/// Who may do what with a file. A mode that cannot be read allows everything to everybody.
package struct FileMode: Sendable {
    private let bits: Int
    package let isRegularFile: Bool

    /// Of the file that a link leads to: mounted secrets are links, and a link's own mode says nothing.
    package init(of path: String) {
        let attributes = try? FileManager.default.attributesOfItem(atPath: FolderPath.linkTarget(of: path))
        bits = (attributes?[.posixPermissions] as? NSNumber)?.intValue ?? 0o777
        isRegularFile = attributes?[.type] as? FileAttributeType == .typeRegular
    }

    /// The mode of an open file, which nobody can replace between the check and the read.
    init(ofOpen descriptor: Int32) {
        let status = try? FileStatus(ofDescriptor: descriptor)
        bits = status.map { Int($0.permissions) } ?? 0o777
        isRegularFile = status.map { $0.kind == .regularFile } ?? true
    }

    package var isClosedToOthers: Bool { bits & 0o077 == 0 }
}
