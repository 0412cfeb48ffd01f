internal import Glibc
internal import SystemPackage

/// Why metadata was not written to a folder. Nothing is left behind at the target.
public enum MetadataFolderError: Error, Equatable, Sendable {
    /// The path names no folder that could be made: it is empty, `/`, or ends in `.` or `..`.
    case targetName(String)
    /// The suffix for the working folder is not 16 hexadecimal digits.
    case suffix
    case targetExists(String)
    case targetIsSymbolicLink(String)
    case targetIsNotFolder(String)
    /// The folder is not empty, and neither `package.xml` nor `aprity-pull.json` is in it, so it may be anybody's.
    case targetIsNotMetadata(String)
    /// The folder belongs to another user, who would have to be its owner after a replacement too.
    case targetOfAnother(String)
    /// Another process is replacing the folder, or has just done so.
    case targetInUse(String)
    /// `aprity-pull.json` is not what a pull writes.
    case recordUnreadable(String)
    /// Entries that no pull wrote, or that were changed since, are where the new files have to go.
    case foreignEntries(String, [String])
    /// The replacement failed, and entries of the folder could not be moved back from where they were moved to.
    case movedAside(String, because: String)
    /// Another process took the working folder away.
    case stagingLost(String)
    case archiveWithoutManifest
    case manifest(ManifestError)
    /// Two archives have the file with different contents.
    case differentContents(String)
    /// The path is a file in one archive and a directory in another.
    case fileAndDirectory(String)
    case fileTooLarge(String, limit: Int)
    /// The file could hold a consumer secret and could not be read to take it out.
    case secretFile(String, SecretBlankingRefusal)
    /// The folder was finished or discarded before.
    case ended
    case diskFull(path: String)
    /// `operation` is the name of a system call, `errno` its error number.
    case io(operation: String, path: String, errno: Int32)
}

extension MetadataFolderError {
    static func system(_ operation: String, _ path: String, _ error: Errno) -> MetadataFolderError {
        system(operation, path, error.rawValue)
    }

    static func system(_ operation: String, _ path: String, _ number: CInt) -> MetadataFolderError {
        number == ENOSPC || number == EDQUOT
            ? .diskFull(path: path) : .io(operation: operation, path: path, errno: number)
    }
}

extension MetadataFolderError: CustomStringConvertible {
    private static let mostNamed = 20

    public var description: String {
        switch self {
        case .targetName(let path): "\"\(path)\" is not the name of a folder."
        case .suffix: "The name of the working folder needs 16 hexadecimal digits at its end."
        case .targetExists(let path): "\(path) exists already."
        case .targetIsSymbolicLink(let path): "\(path) is a symbolic link, which is not replaced."
        case .targetIsNotFolder(let path): "\(path) is not a folder."
        case .targetIsNotMetadata(let path):
            "\(path) is not empty, and no pull wrote it: it has neither aprity-pull.json nor package.xml. It was not changed."
        case .targetOfAnother(let path): "\(path) belongs to another user, so it cannot be replaced by a new folder."
        case .targetInUse(let path): "Another process is replacing \(path). This pull changed nothing."
        case .recordUnreadable(let path): "\(path) is not a record that a pull wrote."
        case .foreignEntries(let path, let names):
            """
            Entries in \(path) that no pull wrote, or that were changed since, are in the way of this pull: \
            \(names.prefix(Self.mostNamed).joined(separator: ", "))\
            \(names.count > Self.mostNamed ? " and \(names.count - Self.mostNamed) more" : ""). \
            The folder is as it was.
            """
        case .movedAside(let path, let reason):
            """
            \(reason) Entries of the folder are in \(path) and could not be moved back; the next pull into the folder \
            tries again.
            """
        case .stagingLost(let path): "The working folder \(path) was taken away by another process."
        case .archiveWithoutManifest: "The archive has no package.xml at its root."
        case .manifest(let error): error.description
        case .differentContents(let path): "The file \(path) came twice with different contents."
        case .fileAndDirectory(let path): "\(path) came as a file and as a directory."
        case .fileTooLarge(let path, let limit): "The file \(path) is larger than \(limit) bytes."
        case .secretFile(let path, let refusal):
            "The file \(path) could hold a consumer secret and was not written. \(refusal)"
        case .ended: "The folder is finished already."
        case .diskFull(let path): "There is no space left for \(path)."
        case .io(let operation, let path, let errno):
            "\(operation) failed for \(path): \(Errno(rawValue: errno))."
        }
    }
}
