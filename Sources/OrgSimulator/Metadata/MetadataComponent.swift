/// A file to put into an archive, with its path below the package's root folder.
struct ServedFile: Sendable, Equatable {
    var path: String
    var bytes: [UInt8]
    /// Whether it is the `-meta.xml` file of a content file. Such a file has no file properties of its own.
    var isCompanion = false
}

/// A component of the org, of a top-level type. A manifest member names it.
struct MetadataComponent: Sendable {
    /// A child of the component that a manifest can name separately. Its XML is a part of the component's file.
    struct Part: Sendable {
        /// The child type, such as `CustomField`.
        var type: String
        /// The manifest member, such as `Invoice__c.Amount__c`.
        var fullName: String
        var element: XMLTree
    }

    var type: MetadataType
    /// The manifest member, with the percent-encoding of the file name.
    var fullName: String
    /// Whether it is a folder of reports, dashboards, documents or templates. Its only file is the description.
    var isFolder = false
    /// The id of the component's record; if `nil`, the id is derived from the name.
    var recordID: String?
    /// Sorted by path.
    var files: [ServedFile]
    /// The complete XML, for types with children; otherwise `nil`.
    var tree: XMLTree?
    /// In the order of the file.
    var parts: [Part] = []

    /// The path that represents the component in a list: for a folder or a bundle the directory, otherwise the first
    /// file that is not a companion.
    var mainFile: String {
        if isFolder { return "\(type.directory)/\(fullName)" }
        if type.layout == .bundle { return "\(type.directory)/\(fullName)" }
        return (files.first { !$0.isCompanion } ?? files.first)?.path ?? type.directory
    }
}

extension MetadataComponent {
    /// Returns the XML with only the chosen children, and without the parent's own elements. `nil` if the type has no
    /// children.
    ///
    /// - Parameter chosen: Values of ``key(_:)``.
    func tree(onlyParts chosen: Set<String>) -> XMLTree? {
        guard var partial = tree else { return nil }
        partial.children = parts.filter { chosen.contains(Self.key($0)) }.map(\.element)
        return partial
    }

    /// A key that is unique among the parts of one component; two child types may use the same name.
    static func key(_ part: Part) -> String { "\(part.type) \(part.fullName)" }
}
