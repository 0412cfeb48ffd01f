/// One file as it lies in an archive, below the package's root folder.
struct ServedFile: Sendable, Equatable {
    var path: String
    var bytes: [UInt8]
    /// A `-meta.xml` file beside a content file; it has no file properties of its own.
    var isCompanion = false
}

/// A component of the org: what one manifest member of a top-level type names.
struct MetadataComponent: Sendable {
    /// A child that a manifest can name by itself.
    struct Part: Sendable {
        /// The child type, `CustomField` for example.
        var type: String
        /// The manifest member: `Invoice__c.Amount__c`.
        var fullName: String
        var element: XMLTree
    }

    var type: MetadataType
    /// The manifest member. Percent signs of the file name are kept.
    var fullName: String
    /// A folder of reports, dashboards, documents or templates; its only file is the description.
    var isFolder = false
    /// The id of the record behind the component; nil: one is derived from the name.
    var recordID: String?
    /// Sorted by path.
    var files: [ServedFile]
    /// The whole XML, for types with children that a manifest can name.
    var tree: XMLTree?
    var parts: [Part] = []

    /// The file that stands for the component in a list: not a companion, except for a folder's description.
    var mainFile: String {
        if isFolder { return "\(type.directory)/\(fullName)" }
        if type.layout == .bundle { return "\(type.directory)/\(fullName)" }
        return (files.first { !$0.isCompanion } ?? files.first)?.path ?? type.directory
    }
}

extension MetadataComponent {
    /// The XML with only some of the children that a manifest can name, and none of the parent's own elements.
    func tree(onlyParts chosen: Set<String>) -> XMLTree? {
        guard var partial = tree else { return nil }
        partial.children = parts.filter { chosen.contains(Self.key($0)) }.map(\.element)
        return partial
    }

    /// Tells parts of one component apart: two child types may use the same name.
    static func key(_ part: Part) -> String { "\(part.type) \(part.fullName)" }
}
