/// What the org knows about one metadata type.
struct MetadataType: Sendable, Equatable {
    /// How the files of a component lie in a folder.
    enum Layout: Sendable, Equatable {
        /// One XML file.
        case plain
        /// A content file, and XML beside it.
        case content
        /// A directory of any files that is the component.
        case bundle
        /// A directory of any files, and XML beside it.
        case site
        /// One XML file in the retrieved form; in the source form a directory with one file for each child.
        case decomposed
        case staticResource
        case document
    }

    /// A type whose components have names of their own inside the parent's file.
    struct Child: Sendable, Equatable {
        var xmlName: String
        /// The element of the parent's file that holds one child.
        var element: String
        /// The element of the child that names it.
        var key = "fullName"
        /// True: the manifest member is the bare name. False: it is `Parent.Child`.
        var isNamedAlone = false
        /// Where the source form keeps children in files of their own.
        var source: ChildFile?
        /// False for children that a manifest cannot name.
        var isAddressable = true
    }

    /// The file of one child in the source form.
    struct ChildFile: Sendable, Equatable {
        /// The directory below the parent's directory; nil when the file lies in the parent's directory itself.
        var directory: String?
        var suffixes: [String]
    }

    var xmlName: String
    /// The directory in a retrieved archive.
    var directory: String
    /// Nil for bundles and documents.
    var suffix: String?
    var layout: Layout = .plain
    var children: [Child] = []
    /// The type of its folders, for types whose components lie in folders: `ReportFolder` for `Report`.
    var folderType: String?
    /// The suffix is shared with another type, so only the directory tells.
    var needsDirectory = false
    /// `*` in a manifest names all components.
    var allowsWildcard = true
    /// False for types that a real org does not enumerate.
    var isListed = true
    /// The first API version with this type; nil when every simulated version has it.
    var since: Double?
    /// The first three characters of record ids of this type.
    var keyPrefix = "0Mx"

    var inFolder: Bool { folderType != nil }
    var metaFile: Bool { layout == .content || layout == .staticResource || layout == .document }

    func exists(in version: Double) -> Bool {
        since.map { $0 <= version } ?? true
    }
}
