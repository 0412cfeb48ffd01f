/// A problem with one file of a source folder. The file is a path below the folder.
struct SourceProblem: Error, Equatable, CustomStringConvertible {
    var file: String
    var reason: String

    var description: String { "\(file): \(reason)" }
}

/// Why a source folder cannot be served. It lists all problems.
struct SourceRefusal: Error, Equatable, CustomStringConvertible {
    var problems: [SourceProblem]
    /// Whether the path is not a folder with files.
    var isMissing = false
    /// The path of the folder as the user wrote it.
    var folder: String?

    var description: String { problems.map(\.description).joined(separator: "; ") }

    static func file(_ file: String, _ reason: String) -> SourceRefusal {
        SourceRefusal(problems: [SourceProblem(file: file, reason: reason)])
    }

    static func missing(_ folder: String, _ reason: String) -> SourceRefusal {
        SourceRefusal(problems: [SourceProblem(file: folder, reason: reason)], isMissing: true)
    }
}
