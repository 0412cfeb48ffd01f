/// The reply to `describeMetadata`: the metadata types of the org in the requested version.
public struct MetadataDescription: Equatable, Sendable {
    /// The description of a metadata type.
    public struct TypeDescription: Equatable, Sendable {
        /// The type's name in manifests, such as `ApexClass`.
        public let name: String
        /// The folder of its files in an archive; empty if the org did not send it.
        public let directoryName: String
        /// The file name extension without the dot; `nil` for bundles and documents.
        public let suffix: String?
        /// Whether the components are in folders and must be listed folder by folder.
        public let isInFolder: Bool
        /// Whether each component has a second file, `….-meta.xml`.
        let hasMetaFile: Bool
        /// Types that are part of this one but can be named separately, such as `CustomField` of `CustomObject`.
        public let childTypes: [String]

        init(
            name: String, directoryName: String, suffix: String? = nil, isInFolder: Bool = false,
            hasMetaFile: Bool = false, childTypes: [String] = []
        ) {
            self.name = name
            self.directoryName = directoryName
            self.suffix = suffix
            self.isInFolder = isInFolder
            self.hasMetaFile = hasMetaFile
            self.childTypes = childTypes
        }
    }

    /// The types, sorted by the bytes of their names. Child types are not included.
    public let types: [TypeDescription]
    /// The org's namespace; `nil` if it has none.
    let organizationNamespace: String?
    /// `true` in a production org, `false` in a sandbox; `nil` if the org did not send it.
    let testRequired: Bool?

    init(types: [TypeDescription], organizationNamespace: String? = nil, testRequired: Bool? = nil) {
        self.types = types.sorted { precedesByBytes($0.name, $1.name) }
        self.organizationNamespace = organizationNamespace
        self.testRequired = testRequired
    }
}

extension ReplyReader where Reply == MetadataDescription {
    /// Reads the reply to `describeMetadata`.
    public static func describeMetadata() -> ReplyReader {
        let content = DescribeContent()
        return ReplyReader(content) {
            MetadataDescription(
                types: content.types, organizationNamespace: content.result.text("organizationNamespace"),
                testRequired: try content.result.flag("testRequired"))
        }
    }
}

private final class DescribeContent: ReplyContent {
    let responseName = "describeMetadataResponse"
    private(set) var types: [MetadataDescription.TypeDescription] = []
    private(set) var result = ReplyFields()
    private var fields = ReplyFields()
    private var childTypes: [String] = []
    private static let record = "result/metadataObjects"

    func end(_ path: String, text: String?) throws {
        if path == DescribeContent.record {
            try endType()
        } else if path == DescribeContent.record + "/childXmlNames" {
            if let text, !text.isEmpty { childTypes.append(text) }
        } else if path.hasPrefix(DescribeContent.record + "/") {
            fields.set(path.dropFirst(DescribeContent.record.count + 1), text)
        } else if path.hasPrefix("result/") {
            result.set(path.dropFirst("result/".count), text)
        }
    }

    private func endType() throws {
        guard types.count < replyRecordLimit else { throw ReplyError.tooManyRecords(limit: replyRecordLimit) }
        types.append(
            MetadataDescription.TypeDescription(
                name: try fields.required("xmlName"), directoryName: fields.text("directoryName") ?? "",
                suffix: fields.text("suffix"), isInFolder: try fields.flag("inFolder") ?? false,
                hasMetaFile: try fields.flag("metaFile") ?? false, childTypes: childTypes))
        fields.reset()
        childTypes = []
    }
}
