/// Why a source folder cannot be served. Names the file as a path below the folder that was given.
struct SourceProblem: Error, Equatable, CustomStringConvertible {
    var file: String
    var reason: String

    var description: String { "\(file): \(reason)" }
}
