/// The reply to `describeMetadata`: which types of metadata this org has, in the version asked for.
public struct MetadataDescription: Equatable, Sendable {
    public struct TypeDescription: Equatable, Sendable {
        /// The type's name in manifests, such as `ApexClass`.
        public let name: String
        /// The folder of its files in an archive.
        public let directoryName: String
        /// The file name's extension without the point; `nil` for bundles and documents.
        public let suffix: String?
        /// Its components lie in folders, so they are listed folder by folder.
        public let isInFolder: Bool
        /// Each component has a second file, `….-meta.xml`.
        public let hasMetaFile: Bool
        /// Types that can be named on their own but are part of this one, such as `CustomField` of `CustomObject`.
        public let childTypes: [String]

        public init(
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

    /// Sorted by name.
    public let types: [TypeDescription]
    /// `nil` when the org has no namespace of its own.
    public let organizationNamespace: String?
    /// True in a production org, false in a sandbox; `nil` when the org did not say.
    public let testRequired: Bool?

    public init(types: [TypeDescription], organizationNamespace: String? = nil, testRequired: Bool? = nil) {
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
