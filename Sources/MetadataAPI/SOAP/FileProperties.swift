/// The org's description of a component: a row of `listMetadata`.
public struct FileProperties: Equatable, Sendable {
    /// The name for a manifest, with namespace prefix, parent and folder: `Account.SLA__c`, `Folder/Report`.
    public let fullName: String
    /// The path in the archive, such as `classes/A.cls`; in a listing, without the root folder. `nil` if the org did
    /// not send it.
    public let fileName: String?
    /// The type; `nil` in a few rows for which the org omits it.
    public let type: String?
    /// The record id; `nil` for standard and virtual components.
    let id: String?
    /// The namespace; `nil` if the component belongs to no package. A missing, empty or nil element means the same.
    public let namespacePrefix: String?
    /// The state as the org sent it, such as `unmanaged` or `installed`.
    let manageableState: String?
    /// The date as the org sent it, in RFC 3339 and UTC. Standard components have 1970-01-01T00:00:00.000Z.
    let createdDate: String?
    /// The date in the same format as ``createdDate``.
    public let lastModifiedDate: String?
    public let lastModifiedByName: String?

    init(
        fullName: String, fileName: String? = nil, type: String? = nil, id: String? = nil,
        namespacePrefix: String? = nil, manageableState: String? = nil, createdDate: String? = nil,
        lastModifiedDate: String? = nil, lastModifiedByName: String? = nil
    ) {
        self.fullName = fullName
        self.fileName = fileName
        self.type = type
        self.id = id
        self.namespacePrefix = namespacePrefix
        self.manageableState = manageableState
        self.createdDate = createdDate
        self.lastModifiedDate = lastModifiedDate
        self.lastModifiedByName = lastModifiedByName
    }

    /// Whether the component belongs to an installed managed package and cannot be changed in this org.
    var isInstalled: Bool { manageableState == "installed" }
}

extension FileProperties {
    /// - Throws: ``ReplyError/missing(_:)`` if there is no full name.
    init(_ fields: ReplyFields) throws(ReplyError) {
        self.init(
            fullName: try fields.required("fullName"), fileName: fields.text("fileName"), type: fields.text("type"),
            id: fields.text("id"), namespacePrefix: fields.text("namespacePrefix"),
            manageableState: fields.text("manageableState"), createdDate: fields.text("createdDate"),
            lastModifiedDate: fields.text("lastModifiedDate"), lastModifiedByName: fields.text("lastModifiedByName"))
    }
}

extension ReplyReader where Reply == [FileProperties] {
    /// Reads the reply to `listMetadata`. The rows are in the org's order, which is not sorted.
    public static func listMetadata() -> ReplyReader {
        let content = ListContent()
        return ReplyReader(content) { content.rows }
    }
}

private final class ListContent: ReplyContent {
    let responseName = "listMetadataResponse"
    private(set) var rows: [FileProperties] = []
    private var fields = ReplyFields()

    func end(_ path: String, text: String?) throws {
        if path == "result" {
            guard rows.count < replyRecordLimit else { throw ReplyError.tooManyRecords(limit: replyRecordLimit) }
            rows.append(try FileProperties(fields))
            fields.reset()
        } else if path.hasPrefix("result/") {
            fields.set(path.dropFirst("result/".count), text)
        }
    }
}
