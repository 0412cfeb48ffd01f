/// One question of a `listMetadata` call: all components of a type, or those of a type in one folder.
public struct ListQuery: Hashable, Sendable {
    /// A type name such as `ApexClass`, or a folder type such as `ReportFolder`.
    public let type: String
    /// The full path of the folder, `Parent/Child`. Needed for the contents of Report, Dashboard, Document and
    /// EmailTemplate, absent for everything else.
    public let folder: String?

    public init(type: String, folder: String? = nil) {
        self.type = type
        self.folder = folder
    }
}

/// The queries of one `listMetadata` call: at least one and at most three, which is the org's limit.
public struct ListBatch: Hashable, Sendable {
    public static let limit = 3
    public let queries: [ListQuery]

    /// - Returns: `nil` unless there are one, two or three queries.
    public init?(_ queries: [ListQuery]) {
        guard (1...ListBatch.limit).contains(queries.count) else { return nil }
        self.queries = queries
    }

    public init(_ query: ListQuery) { queries = [query] }

    /// Cuts the queries, in their order, into as few batches as possible.
    public static func batches(of queries: [ListQuery]) -> [ListBatch] {
        stride(from: 0, to: queries.count, by: limit).compactMap { start in
            ListBatch(Array(queries[start..<min(start + limit, queries.count)]))
        }
    }
}
