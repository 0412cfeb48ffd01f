extension ReplyReader where Reply == [MetadataElement] {
    /// Reads the reply to `readMetadata`: one element for each component that there is, its `fullName` among its
    /// children. A name that the org does not know, or does not show, has none.
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

/// The components that one `readMetadata` call asks for: at least one and at most ten, which is the org's limit.
public struct ReadQuery: Hashable, Sendable {
    public static let limit = 10
    /// A type that is one XML file, such as `ConnectedApp`.
    public let type: String
    public let fullNames: [String]

    /// - Returns: `nil` unless there are one through ten names.
    public init?(type: String, fullNames: [String]) {
        guard (1...Self.limit).contains(fullNames.count) else { return nil }
        self.type = type
        self.fullNames = fullNames
    }

    /// Cuts the names, in their order, into as few queries as possible.
    public static func queries(type: String, fullNames: [String]) -> [ReadQuery] {
        stride(from: 0, to: fullNames.count, by: limit).compactMap { start in
            ReadQuery(type: type, fullNames: Array(fullNames[start..<min(start + limit, fullNames.count)]))
        }
    }
}
