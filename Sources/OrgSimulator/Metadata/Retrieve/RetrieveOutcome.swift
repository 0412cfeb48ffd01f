import Foundation

/// The result of a retrieve job.
enum RetrieveOutcome: Sendable {
    case succeeded(RetrievedPackage)
    case failed(MetadataServiceSettings.Failure)

    /// Whether the retrieve is too large.
    var exceedsLimit: Bool {
        if case .failed(let failure) = self { failure.statusCode == Self.limitExceeded } else { false }
    }

    static let limitExceeded = "LIMIT_EXCEEDED"
}

/// The files, properties and warnings of a job that succeeded.
struct RetrievedPackage: Sendable {
    /// The files with the root folder in their paths, sorted by path. `package.xml` is one of them.
    var files: [ServedFile]
    /// Sorted by file name. Companion files have none.
    var properties: [FileProperties]
    /// The warnings in the org's words, each with the path of the file that it is about.
    var messages: [(fileName: String, problem: String)]

    /// Packs the files into a ZIP archive.
    ///
    /// - Parameter date: The time of the retrieve call. It is the date of all entries, so archives of different calls
    ///   differ.
    func archive(date: Date) throws(ZIPArchive.Failure) -> [UInt8] {
        try ZIPArchive.pack(files.map { ($0.path, $0.bytes) }, date: date, streamed: true)
    }
}
