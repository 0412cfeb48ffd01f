internal import MetadataAPI

/// The org's metadata types, for people and JSON. The names of properties are JSON names and must not change.
public struct MetadataTypesView: Codable, Sendable, Equatable {
    public struct TypeView: Codable, Sendable, Equatable {
        public let name: String
        /// The name of the type's folder in a pull.
        public let directory: String
        /// The extension of the type's files; `null` if the org names none.
        @ExplicitNull public var suffix: String?
        /// Whether the type's components are in folders of their own, as reports are.
        let isInFolder: Bool
        /// The types of the parts of a component, such as `CustomField` for `CustomObject`.
        let childTypes: [String]
    }

    /// The org's highest API version, such as `64.0`.
    public let apiVersion: String
    /// Sorted by name.
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

/// Components of the org, for people and JSON. The names of properties are JSON names and must not change.
public struct MetadataListView: Codable, Sendable, Equatable {
    /// A component as the org lists it. A member that the org omits is `null`.
    public struct Component: Codable, Sendable, Equatable {
        @ExplicitNull public var type: String?
        public let fullName: String
        @ExplicitNull public var fileName: String?
        /// As the org wrote it.
        @ExplicitNull var lastModifiedDate: String?
        /// The name of a user.
        @ExplicitNull var lastModifiedBy: String?
        /// The namespace of the installed package that the component belongs to.
        @ExplicitNull var namespacePrefix: String?
    }

    public let apiVersion: String
    /// Sorted by type and name.
    public let components: [Component]
    /// What the org could not list, and why. If there are many, the first ones and the number of the others.
    public let notes: [String]

    /// - Parameter shown: The components to show.
    init(_ found: MetadataReader.Components, _ shown: [ListedComponent]) {
        apiVersion = found.version.description
        components = shown.map {
            Component(
                type: $0.type, fullName: $0.fullName, fileName: $0.row.fileName,
                lastModifiedDate: $0.row.lastModifiedDate, lastModifiedBy: $0.row.lastModifiedByName,
                namespacePrefix: $0.row.namespacePrefix)
        }
        notes = found.notes
    }
}

/// A finished pull, for people and JSON. The names of properties and cases are JSON names and must not change.
///
/// If the folder was ``Folder/kept``, the numbers of files, bytes, components, types and blanked secrets are 0.
public struct PullView: Codable, Sendable, Equatable {
    public enum Folder: String, Codable, Sendable {
        /// The folder did not exist, or was empty.
        case created
        /// The files of the former pull were replaced. Entries that no pull wrote stayed.
        case updated
        /// The former pull was replaced. The folder had no other entries.
        case replaced
        /// The folder did not change, because the org delivered nothing, or because a former pull is there and the org
        /// delivered less than the package names.
        case kept
    }

    /// A component or type that the package names and the org did not deliver.
    public struct Missing: Codable, Sendable, Equatable {
        public let type: String
        /// `null` if the package requests all components and the org does not know the type.
        @ExplicitNull public var name: String?
    }

    /// A component that the pull left out, or a type that the org could not list.
    public struct LeftOut: Codable, Sendable, Equatable {
        public let type: String
        /// `null` for all components of the type that could not be listed.
        @ExplicitNull public var fullName: String?
        /// Why, as a code.
        public let code: String
        /// Why, as a sentence, with the org's words.
        public let because: String
        /// The number that the org gives to the cause of a failure; missing if it gave none.
        public let fingerprint: String?
        /// When a component was retrieved last in vain; missing if each pull tries it.
        public let triedAt: String?
    }

    /// A component that differs from the former pull in the folder.
    public struct Change: Codable, Sendable, Equatable {
        public let type: String
        public let fullName: String
        /// As the org wrote it; `null` if it does not say when.
        @ExplicitNull public var lastModifiedDate: String?
        /// The name of a user; `null` if the org does not say who.
        @ExplicitNull public var lastModifiedBy: String?

        init(_ row: PullSummary.ChangeRow) {
            type = row.type
            fullName = row.fullName
            lastModifiedDate = row.lastModifiedDate
            lastModifiedBy = row.lastModifiedBy
        }
    }

    /// What happened to the folder.
    public let folder: Folder
    /// The path of the target, unchanged from the request.
    public let path: String
    /// The API version with which the metadata was retrieved.
    public let apiVersion: String
    /// The number of files, without `package.xml` and `aprity-pull.json`.
    public let files: Int
    /// The size of these files.
    let bytes: Int
    /// The number of components in the new `package.xml`.
    let components: Int
    /// The number of types in the new `package.xml`.
    public let types: Int
    /// The number of retrieves, including those that failed.
    public let retrieves: Int
    /// The number of calls to the org's API, including repeated ones; without sign-ins, and requests for the API version.
    public let apiCalls: Int
    /// The number of components that the org listed, or that the package names without wildcards.
    public let listed: Int
    /// The number of these that were delivered: all but those of ``leftOut`` with a name.
    public let delivered: Int
    /// What was left out, and why; sorted by type and name.
    public let leftOut: [LeftOut]
    /// How many of ``leftOut`` the former pull in the folder did not leave out for the same reason.
    public let newlyLeftOut: Int
    /// The start of the former pull that ``added``, ``changed`` and ``removed`` are compared with; `null` if there is none.
    @ExplicitNull public var since: String?
    /// What the org did not list before, sorted by type and name.
    public let added: [Change]
    /// What has another date or id, or other files.
    public let changed: [Change]
    /// What the org does not list any more.
    public let removed: [Change]
    /// The new paths of files that were changed since a pull wrote them, and of other entries whose paths the pull's files
    /// needed.
    public let keptAside: [String]
    /// How many Consumer Secrets were removed from the files.
    let consumerSecretsBlanked: Int
    /// Everything that the package names and the org did not deliver.
    public let missing: [Missing]
    /// Types that the package names with `*` although the org does not accept it for them.
    public let refusedWildcards: [String]
    /// Notes about omissions, then messages of the org, then entries that could not be moved back. Of many
    /// notes or messages, only the first are listed, followed by the number of the rest.
    public let notes: [String]
    /// Rounded to milliseconds.
    public let elapsedSeconds: Double
}

extension PullView {
    /// - Parameter outcome: `nil` if the folder was kept.
    init(
        folder: Folder, path: String, _ summary: PullSummary, newlyLeftOut: Int, _ outcome: MetadataFolder.Outcome?,
        missing: [Missing], refusedWildcards: [String], notes: [String], elapsedSeconds: Double
    ) {
        self.folder = folder
        self.path = path
        apiVersion = summary.apiVersion
        files = outcome?.fileCount ?? 0
        bytes = outcome?.byteCount ?? 0
        components = outcome?.manifest.memberCount ?? 0
        types = outcome?.manifest.types.count ?? 0
        retrieves = summary.retrieves
        listed = summary.listed
        delivered = summary.delivered
        leftOut = summary.leftOut.map {
            LeftOut(
                type: $0.type, fullName: $0.fullName, code: $0.code, because: $0.because, fingerprint: $0.fingerprint,
                triedAt: $0.triedAt)
        }
        self.newlyLeftOut = newlyLeftOut
        since = summary.since
        added = summary.added.map(Change.init)
        changed = summary.changed.map(Change.init)
        removed = summary.removed.map(Change.init)
        keptAside = outcome?.keptAside ?? []
        apiCalls = summary.apiCalls
        consumerSecretsBlanked = outcome?.blankedSecrets ?? 0
        self.missing = missing
        self.refusedWildcards = refusedWildcards
        self.notes = notes
        self.elapsedSeconds = elapsedSeconds
    }
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
