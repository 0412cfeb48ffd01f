/// The metadata types of the simulated org. They do not depend on the source folder.
struct MetadataRegistry: Sendable {
    /// The types in the order of describeMetadata. As in a real org, they are not sorted.
    let types: [MetadataType]
    private let byName: [String: MetadataType]
    private let bySuffix: [String: MetadataType]
    private let byDirectory: [String: [MetadataType]]
    private let byFolderType: [String: MetadataType]
    private let parents: [String: (parent: MetadataType, child: MetadataType.Child)]

    static let standard = MetadataRegistry(types: MetadataType.all)

    init(types: [MetadataType]) {
        self.types = types
        byName = Dictionary(types.map { ($0.xmlName, $0) }) { first, _ in first }
        byDirectory = Dictionary(grouping: types, by: \.directory)
        byFolderType = Dictionary(types.compactMap { type in type.folderType.map { ($0, type) } }) { first, _ in first }
        bySuffix = Dictionary(
            types.compactMap { type in type.needsDirectory ? nil : type.suffix.map { ($0, type) } }
        ) { first, _ in first }
        let pairs = types.flatMap { type in
            type.children.filter(\.isAddressable).map { ($0.xmlName, (parent: type, child: $0)) }
        }
        parents = Dictionary(pairs) { first, _ in first }
    }

    func type(named name: String) -> MetadataType? { byName[name] }

    /// Returns the type with this file suffix, without the dot. A type that only its directory identifies is not found.
    func type(withSuffix suffix: String) -> MetadataType? { bySuffix[suffix] }

    /// Returns the types with this directory; a few directories have several.
    func types(inDirectory directory: String) -> [MetadataType] { byDirectory[directory] ?? [] }

    /// Returns the content type of a folder type: `Report` for `ReportFolder`.
    func type(withFolders folderType: String) -> MetadataType? { byFolderType[folderType] }

    /// Returns the parent of a child type that a manifest can name: `CustomObject` for `CustomField`.
    func parent(ofChild name: String) -> (parent: MetadataType, child: MetadataType.Child)? { parents[name] }
}
