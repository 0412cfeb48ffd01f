/// The components in the repository that a manifest names.
struct RetrieveSelection {
    /// A component, complete or with only some of its children.
    struct Item {
        var component: MetadataComponent
        /// Whether the complete component was requested. Then ``parts`` does not matter.
        var isWhole = false
        /// The requested children, as values of ``MetadataComponent/key(_:)``.
        var parts: Set<String> = []
    }

    private let registry: MetadataRegistry
    private let repository: MetadataRepository
    private var itemsByKey: [String: Item] = [:]
    /// The members that were found, by manifest type.
    private(set) var found: [String: Set<String>] = [:]
    /// The members that were requested by name, found or not, by manifest type. Wildcards are not included.
    private(set) var requested: [String: Set<String>] = [:]
    /// The requested members that were not found, by manifest type.
    private var missing: [String: Set<String>] = [:]
    /// The members in the archive's `package.xml`. As in a real org, they include those that were not found.
    var manifestMembers: [String: Set<String>] { found.merging(missing) { $0.union($1) } }
    /// Warnings in the org's words, in the order of the manifest.
    private(set) var problems: [String] = []

    init(_ manifest: RetrieveManifest, registry: MetadataRegistry, repository: MetadataRepository) {
        self.registry = registry
        self.repository = repository
        let version = Double(manifest.version) ?? .infinity
        for entry in manifest.types { select(entry, version: version) }
    }

    /// Whether the retrieve has a component, complete or with only some of its children.
    ///
    /// - Parameter type: A top-level type.
    func contains(_ type: String, _ fullName: String) -> Bool { itemsByKey["\(type)/\(fullName)/1"] != nil }

    /// Removes components, and adds the problem of each. The members remain in the manifest.
    mutating func leaveOut(_ rotten: [RottenComponent]) {
        for component in rotten {
            itemsByKey["\(component.type)/\(component.fullName)/1"] = nil
            problems.append(component.problem)
        }
    }

    /// Sorted by type and name.
    var items: [Item] {
        itemsByKey.sorted { $0.key < $1.key }.map(\.value)
    }

    private mutating func select(_ entry: RetrieveManifest.Entry, version: Double) {
        let child = registry.parent(ofChild: entry.name)
        guard let type = registry.type(named: entry.name) ?? child?.parent else {
            problems.append("Entity type: '\(entry.name)' is unknown")
            return
        }
        guard type.exists(in: version) else {
            problems.append("Entity type '\(entry.name)' is not available in this api version")
            return
        }
        for member in entry.members {
            if child != nil {
                selectPart(entry.name, member)
            } else if member == "*", type.allowsWildcard {
                for component in repository.components(ofType: entry.name) where Self.isInWildcard(component) {
                    select(component)
                }
            } else {
                selectComponents(type, member)
            }
        }
    }

    /// Whether `*` includes the component. Standard objects and components of installed packages must be named.
    private static func isInWildcard(_ component: MetadataComponent) -> Bool {
        if component.type.xmlName == "CustomObject", ComponentName.isStandard(component) { return false }
        return ComponentName.namespacePrefix(component.fullName, type: component.type.xmlName) == nil
    }

    private mutating func selectComponents(_ type: MetadataType, _ member: String) {
        requested[type.xmlName, default: []].insert(member)
        // A slash at the end means a folder.
        let meansFolder = type.inFolder && member.hasSuffix("/")
        let name = meansFolder ? String(member.dropLast()) : member
        let components = repository.components(ofType: type.xmlName, named: name).filter {
            $0.isFolder || !meansFolder
        }
        if components.isEmpty { report(type.xmlName, member) }
        for component in components { select(component) }
    }

    private mutating func select(_ component: MetadataComponent) {
        itemsByKey[Self.key(component), default: Item(component: component)].isWhole = true
        found[component.type.xmlName, default: []].insert(component.fullName)
    }

    /// Selects a child by its name. What a real org does with `*` differs from type to type; the simulator reports that
    /// there is no such child.
    private mutating func selectPart(_ type: String, _ member: String) {
        requested[type, default: []].insert(member)
        guard let location = repository.part(ofType: type, named: member) else {
            report(type, member)
            return
        }
        let key = Self.key(location.component)
        itemsByKey[key, default: Item(component: location.component)].parts.insert(
            MetadataComponent.key(location.part))
        found[type, default: []].insert(location.part.fullName)
    }

    /// Reports a missing member. Clients extract type and name from the text by the quotation marks.
    private mutating func report(_ type: String, _ member: String) {
        missing[type, default: []].insert(member)
        problems.append("Entity of type '\(type)' named '\(member)' cannot be found")
    }

    private static func key(_ component: MetadataComponent) -> String {
        "\(component.type.xmlName)/\(component.fullName)/\(component.isFolder ? 0 : 1)"
    }
}

extension RottenComponent {
    /// The text of the message for a component that is left out.
    fileprivate var problem: String {
        switch answer {
        // salto-io/salto `packages/salesforce-adapter/src/constants.ts` and `test/adapter.test.ts`.
        case .loadFailed:
            "Metadata API received improper input. Please ensure file name and capitalization is correct. "
                + "Load of metadata from db failed for metadata of type:\(type) and file name:\(fullName)."
        case .cannotBeFound, .unknownException: "Entity of type '\(type)' named '\(fullName)' cannot be found"
        }
    }
}
