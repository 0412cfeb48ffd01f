/// A problem with one file of a source folder.
struct SourceProblem: Error, Equatable, CustomStringConvertible {
    /// The path below the folder; if the problem is with the folder as a whole, its own path.
    var file: String
    /// Without a full stop. It follows the path and a colon.
    var reason: String

    var description: String { "\(file): \(reason)" }
}

/// Why a source folder cannot be served. It lists all problems.
struct SourceFolderError: Error, Equatable, CustomStringConvertible {
    var problems: [SourceProblem]
    /// Whether the path itself cannot be used: nothing exists there, or it is not a folder of files.
    var isMissing = false
    /// The path of the folder as the user wrote it; `nil` until the caller sets it.
    var folder: String?

    var description: String { problems.map(\.description).joined(separator: "; ") }

    static func file(_ file: String, _ reason: String) -> SourceFolderError {
        SourceFolderError(problems: [SourceProblem(file: file, reason: reason)])
    }

    static func missing(_ folder: String, _ reason: String) -> SourceFolderError {
        SourceFolderError(problems: [SourceProblem(file: folder, reason: reason)], isMissing: true)
    }
}
