/// The description of a metadata type.
struct MetadataType: Sendable, Equatable {
    /// How the files of a component are arranged in a folder.
    enum Layout: Sendable, Equatable {
        /// One XML file.
        case plain
        /// A content file, with an XML file beside it.
        case content
        /// A directory of arbitrary files, which is the component.
        case bundle
        /// A directory of arbitrary files, with an XML file beside it.
        case site
        /// One XML file in the retrieved form; in the source form, a directory with one file for each child.
        case decomposed
        /// A content file with any extension, or a directory with its unpacked files, and an XML file beside it.
        case staticResource
        /// A content file whose extension is part of the component's name, and an XML file beside it.
        case document
    }

    /// A type whose components are part of the parent's file and have names of their own.
    struct Child: Sendable, Equatable {
        var xmlName: String
        /// The element in the parent's file that contains one child.
        var element: String
        /// The element in the child that contains its name.
        var key = "fullName"
        /// Whether the manifest member is the bare name instead of `Parent.Child`.
        var isNamedAlone = false
        /// The file of a child in the source form; `nil` if children have no files of their own.
        var source: ChildFile?
        /// Whether a manifest can name the children.
        var isAddressable = true
        /// Whether a real org lists the children.
        var isListed = true
    }

    /// The file of a child in the source form.
    struct ChildFile: Sendable, Equatable {
        /// The directory below the parent's directory; `nil` if the file is in the parent's directory itself.
        var directory: String?
        /// The accepted file suffixes, without the dot and without `-meta.xml`.
        var suffixes: [String]
    }

    var xmlName: String
    /// The directory in a retrieved archive.
    var directory: String
    /// The file suffix without the dot; `nil` for bundles and documents.
    var suffix: String?
    var layout: Layout = .plain
    var children: [Child] = []
    /// The type of its folders, if its components are in folders: `ReportFolder` for `Report`.
    var folderType: String?
    /// Whether another type has the same suffix, so that only the directory identifies the type.
    var needsDirectory = false
    /// Whether `*` in a manifest names all components.
    var allowsWildcard = true
    /// Whether a real org lists the components.
    var isListed = true
    /// The first API version with this type; `nil` if all simulated versions have it.
    var since: Double?
    /// The first three characters of record ids of this type.
    var keyPrefix = "0Mx"

    /// Whether the components are in folders: `inFolder` of describeMetadata.
    var inFolder: Bool { folderType != nil }
    /// `metaFile` of describeMetadata: whether each component is a content file with a `…-meta.xml` beside it. `false` for
    /// ``Layout/site``, whose content is a folder.
    var metaFile: Bool { layout == .content || layout == .staticResource || layout == .document }

    /// - Parameter version: An API version, such as 66.0.
    func exists(in version: Double) -> Bool {
        since.map { $0 <= version } ?? true
    }
}
