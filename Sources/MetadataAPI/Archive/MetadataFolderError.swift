internal import Glibc
internal import SystemPackage

/// Why metadata was not written to a folder. The target is unchanged, except for ``movedAside(_:because:)``.
///
/// An unlabelled `String` is a path: of the target or working folder, or of a file in an archive.
public enum MetadataFolderError: Error, Equatable, Sendable {
    /// The path cannot name a new folder: it is empty, `/`, or ends in `.` or `..`.
    case targetName(String)
    /// The suffix for the working folder is not 16 hexadecimal digits in lower case.
    case malformedSuffix
    /// The target contains a pull that may not be replaced, or was created by another process during this pull.
    case targetExists(String)
    /// The target contains a pull of other types, or one that treats installed packages differently.
    case targetHasOtherScope(String)
    case targetIsSymbolicLink(String)
    case targetIsNotFolder(String)
    /// The folder is not empty and has neither `package.xml` nor `aprity-pull.json`, so no pull wrote it.
    case targetIsNotMetadata(String)
    /// The folder is the root of a file system, so no other folder can take its place.
    case targetIsMountPoint(String)
    /// The folder belongs to another user, and this user cannot create a folder with that owner.
    case targetOwnedByOther(String)
    /// Another pull into the folder is running, or has just replaced it.
    case targetInUse(String)
    /// `aprity-pull.json` cannot be read as a record of a pull.
    case recordUnreadable(String)
    /// The new files need the paths of entries that no pull wrote or that were changed since. The array has the paths
    /// of these entries in the target.
    case foreignEntries(String, [String])
    /// The replacement failed, and entries of the folder could not be moved back. They are in the folder at this path.
    /// `because` is the description of the error that stopped the replacement.
    case movedAside(String, because: String)
    /// Another process removed or replaced the working folder.
    case stagingLost(String)
    case archiveWithoutManifest
    /// The `package.xml` of an archive is invalid.
    case manifest(ManifestError)
    /// Two archives have the file with different contents.
    case differentContents(String)
    /// The path is a file in one archive and a directory in another.
    case fileAndDirectory(String)
    /// The file is larger than `limit` bytes.
    case fileTooLarge(String, limit: Int)
    /// The file can contain a consumer secret, which could not be removed.
    case secretFile(String, SecretBlankingError)
    /// The folder was already committed or discarded.
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
    /// The most entries that a message names.
    private static let mostNamed = 20

    public var description: String {
        switch self {
        case .targetName(let path): "\"\(path)\" is not the name of a folder."
        case .malformedSuffix: "The suffix of the working folder must be 16 hexadecimal digits in lower case."
        case .targetExists(let path): "\(path) already exists."
        case .targetHasOtherScope(let path):
            "\(path) has a pull with other types, or with another choice about installed packages."
        case .targetIsSymbolicLink(let path): "\(path) is a symbolic link, which a pull does not replace."
        case .targetIsNotFolder(let path): "\(path) is not a folder."
        case .targetIsNotMetadata(let path):
            "\(path) is not empty, and no pull wrote it: it has neither aprity-pull.json nor package.xml. It was not "
                + "changed."
        case .targetIsMountPoint(let path):
            "\(path) is a mount point, so it cannot be replaced by a new folder."
        case .targetOwnedByOther(let path): "\(path) belongs to another user, so it cannot be replaced by a new folder."
        case .targetInUse(let path):
            "Another pull into \(path) is running, or has just ended. This one changed nothing."
        case .recordUnreadable(let path): "\(path) is not a record that a pull wrote."
        case .foreignEntries(let path, let names):
            """
            Entries in \(path) that no pull wrote, or that were changed since, are in the way of this pull: \
            \(names.prefix(Self.mostNamed).joined(separator: ", "))\
            \(names.count > Self.mostNamed ? " and \(names.count - Self.mostNamed) more" : ""). \
            The folder was not changed.
            """
        case .movedAside(let path, let reason):
            """
            \(reason) Some entries of the folder could not be moved back. They are in \(path); the next pull into the \
            folder tries again.
            """
        case .stagingLost(let path): "The working folder \(path) was removed or replaced by another process."
        case .archiveWithoutManifest: "The archive has no package.xml at its root."
        case .manifest(let error): error.description
        case .differentContents(let path): "Two archives of this pull contain \(path) with different contents."
        case .fileAndDirectory(let path): "\(path) is a file in one archive of this pull and a directory in another."
        case .fileTooLarge(let path, let limit): "The file \(path) is larger than \(limit) bytes."
        case .secretFile(let path, let refusal):
            "The file \(path) was not written, because it can contain a consumer secret. \(refusal)"
        case .ended: "The folder was already committed or discarded."
        case .diskFull(let path): "There is no disk space left for \(path)."
        case .io(let operation, let path, let errno):
            "\(operation) failed for \(path): \(Errno(rawValue: errno))."
        }
    }
}
