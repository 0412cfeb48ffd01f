/// What is wrong with one file of a source folder. Names the file as a path below the folder that was given.
struct SourceProblem: Error, Equatable, CustomStringConvertible {
    var file: String
    var reason: String

    var description: String { "\(file): \(reason)" }
}

/// Why a source folder cannot be served at all: everything that is wrong, at once.
struct SourceRefusal: Error, Equatable, CustomStringConvertible {
    var problems: [SourceProblem]
    /// Whether there is no folder of that name.
    var isMissing = false
    /// The folder, as the user wrote it.
    var folder: String?

    var description: String { problems.map(\.description).joined(separator: "; ") }

    static func file(_ file: String, _ reason: String) -> SourceRefusal {
        SourceRefusal(problems: [SourceProblem(file: file, reason: reason)])
    }

    static func missing(_ folder: String, _ reason: String) -> SourceRefusal {
        SourceRefusal(problems: [SourceProblem(file: folder, reason: reason)], isMissing: true)
    }
}
