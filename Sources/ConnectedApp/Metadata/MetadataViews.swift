internal import MetadataAPI

/// The org's metadata types, as they are shown.
public struct MetadataTypesView: Codable, Sendable, Equatable {
    public struct TypeView: Codable, Sendable, Equatable {
        public let name: String
        /// The name of the type's folder in a pull.
        public let directory: String
        @ExplicitNull public var suffix: String?
        let isInFolder: Bool
        let childTypes: [String]
    }

    public let apiVersion: String
    public let types: [TypeView]

    init(_ described: (version: APIVersion, types: MetadataDescription)) {
        apiVersion = described.version.description
        types = described.types.types.map {
            TypeView(
                name: $0.name, directory: $0.directoryName, suffix: $0.suffix, isInFolder: $0.isInFolder,
                childTypes: $0.childTypes)
        }.sorted { $0.name < $1.name }
    }
}

/// Components of the org, as they are shown.
public struct MetadataListView: Codable, Sendable, Equatable {
    public struct Component: Codable, Sendable, Equatable {
        @ExplicitNull public var type: String?
        public let fullName: String
        @ExplicitNull public var fileName: String?
        @ExplicitNull var lastModifiedDate: String?
        @ExplicitNull var lastModifiedBy: String?
        @ExplicitNull var namespacePrefix: String?
    }

    public let apiVersion: String
    public let components: [Component]
    /// What was omitted, and why.
    public let notes: [String]

    init(_ found: MetadataReader.Components) {
        apiVersion = found.version.description
        components = found.rows.map {
            Component(
                type: $0.type, fullName: $0.fullName, fileName: $0.fileName, lastModifiedDate: $0.lastModifiedDate,
                lastModifiedBy: $0.lastModifiedByName, namespacePrefix: $0.namespacePrefix)
        }.sorted { ($0.type ?? "", $0.fullName) < ($1.type ?? "", $1.fullName) }
        notes = ShownNotes.cut(found.findings.map(\.description))
    }
}

/// A finished pull, as it is shown.
public struct PullView: Codable, Sendable, Equatable {
    public enum Folder: String, Codable, Sendable {
        /// The folder did not exist, or was empty.
        case created
        /// The files of the former pull were replaced. Entries that no pull wrote stayed.
        case updated
        /// The former pull was replaced.
        case replaced
        /// The folder did not change, because the org delivered nothing, or because a former pull is there and the org
        /// delivered less than the package names.
        case kept
    }

    /// A component or type that the package names and the org did not deliver.
    public struct Missing: Codable, Sendable, Equatable {
        public let type: String
        /// `nil`: the org does not know the type.
        @ExplicitNull public var name: String?
    }

    /// What happened to the folder.
    public let folder: Folder
    public let path: String
    public let apiVersion: String
    /// Without `package.xml`.
    public let files: Int
    let bytes: Int
    let components: Int
    public let types: Int
    public let retrieves: Int
    let consumerSecretsBlanked: Int
    /// Everything that the package names and the org did not deliver.
    public let missing: [Missing]
    /// Types that the package names with `*` although the org does not accept it for them.
    public let refusedWildcards: [String]
    /// Messages of the org and notes about omissions. If there are many, the first ones and the number of the others.
    public let notes: [String]
    public let elapsedSeconds: Double
}

extension PullView.Folder {
    init(_ change: MetadataFolder.Change) {
        self =
            switch change {
            case .created: .created
            case .updated: .updated
            case .replaced: .replaced
            }
    }
}
