/// A query of a `listMetadata` call: all components of a type, or those in one folder.
public struct ListQuery: Hashable, Sendable {
    /// A type name such as `ApexClass`, or a folder type such as `ReportFolder`.
    package let type: String
    /// The full path of the folder, such as `Parent/Child`. Required for the contents of Report, Dashboard, Document
    /// and EmailTemplate; `nil` for all other types.
    let folder: String?

    public init(type: String, folder: String? = nil) {
        self.type = type
        self.folder = folder
    }
}

/// The queries of one `listMetadata` call: one to three, which is the org's limit.
public struct ListBatch: Hashable, Sendable {
    /// The most queries in one call.
    static let limit = 3
    package let queries: [ListQuery]

    package var isSingle: Bool { queries.count == 1 }

    /// - Returns: `nil` unless there are one to three queries.
    package init?(_ queries: [ListQuery]) {
        guard (1...ListBatch.limit).contains(queries.count) else { return nil }
        self.queries = queries
    }

    public init(_ query: ListQuery) { queries = [query] }

    /// Splits the queries into as few batches as possible, in order.
    static func batches(of queries: [ListQuery]) -> [ListBatch] {
        stride(from: 0, to: queries.count, by: limit).compactMap { start in
            ListBatch(Array(queries[start..<min(start + limit, queries.count)]))
        }
    }
}
