extension ReplyReader where Reply == [MetadataElement] {
    /// Reads the reply to `readMetadata`: one element per component, with its `fullName` as a child. There is no
    /// element for a component that does not exist or that the user cannot see.
    public static func readMetadata() -> ReplyReader {
        let content = RecordsContent()
        return ReplyReader(content) { content.records }
    }
}

private final class RecordsContent: ReplyContent {
    let responseName = "readMetadataResponse"
    private(set) var records: [MetadataElement] = []
    private var builder = ElementBuilder()
    private var isNil = false

    func begin(_ path: String, isNil: Bool) throws -> XMLTextBound {
        guard path.hasPrefix("result/records") else { return .bounded }
        if path == "result/records" {
            builder = ElementBuilder()
            self.isNil = isNil
        }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        try builder.begin(name)
        return .bounded
    }

    func end(_ path: String, text: String?) throws {
        guard path.hasPrefix("result/records") else { return }
        builder.end(text: text)
        guard path == "result/records", let record = builder.root else { return }
        guard records.count < ReadQuery.limit else { throw ReplyError.tooManyRecords(limit: ReadQuery.limit) }
        if !isNil, !record.children.isEmpty { records.append(record) }
    }
}

/// The components of one `readMetadata` call: one to ten, which is the org's limit.
public struct ReadQuery: Hashable, Sendable {
    /// The most components in one call.
    static let limit = 10
    /// A type whose components are single XML files, such as `ConnectedApp`.
    package let type: String
    public let fullNames: [String]

    /// - Returns: `nil` unless there are one to ten names.
    public init?(type: String, fullNames: [String]) {
        guard (1...Self.limit).contains(fullNames.count) else { return nil }
        self.type = type
        self.fullNames = fullNames
    }

    /// Splits the names into as few queries as possible, in order.
    public static func queries(type: String, fullNames: [String]) -> [ReadQuery] {
        stride(from: 0, to: fullNames.count, by: limit).compactMap { start in
            ReadQuery(type: type, fullNames: Array(fullNames[start..<min(start + limit, fullNames.count)]))
        }
    }
}
