/// A part of a manifest: whole families of components, in a fixed order.
struct ManifestPart: Equatable, Sendable {
    struct Family: Equatable, Sendable {
        let id: ComponentFamily
        var members: [(type: String, name: String)] = []

        /// The family's object if it is a layout; otherwise, itself.
        var group: ComponentFamily { id.objectOfLayout ?? id }

        static func == (left: Family, right: Family) -> Bool { left.id == right.id }
    }

    let version: APIVersion
    var families: [Family]

    init(_ version: APIVersion, _ families: [Family]) {
        self.version = version
        self.families = families
    }

    /// All families of a manifest, sorted; layouts come after their object.
    init(_ manifest: PackageManifest) {
        var families: [ComponentFamily: Family] = [:]
        let undivided = Self.typesWithWildcardAndChildren(in: manifest)
        for type in manifest.types {
            for member in manifest.members(of: type) {
                var id = ComponentFamily(type: type, member: member)
                if undivided.contains(id.type) { id = id.wildcard }
                families[id, default: Family(id: id)].members.append((type, member))
            }
        }
        self.init(manifest.version, families.values.sorted(by: Self.precedes))
    }

    var memberCount: Int { families.reduce(0) { $0 + $1.members.count } }

    var manifest: PackageManifest {
        var manifest = PackageManifest(version: version)
        for family in families {
            // No insertion fails, because the manifest that the part was made of has already checked the members.
            for member in family.members { try? manifest.insert(member.name, of: member.type) }
        }
        return manifest
    }

    func contains(_ name: String, of type: String) -> Bool {
        families.contains { $0.members.contains { $0.type == type && $0.name == name } }
    }

    /// Returns the families for which the condition is true, and the others.
    func divided(by condition: (Family) -> Bool) -> (matching: ManifestPart, others: ManifestPart) {
        (
            ManifestPart(version, families.filter(condition)),
            ManifestPart(version, families.filter { !condition($0) })
        )
    }

    /// The families in order, those of a group together.
    private var groups: [[Family]] {
        families.reduce(into: []) { groups, family in
            if let last = groups.last?.last, last.group == family.group {
                groups[groups.count - 1].append(family)
            } else {
                groups.append([family])
            }
        }
    }

    private static func precedes(_ left: Family, _ right: Family) -> Bool {
        left.group == right.group ? left.id < right.id : left.group < right.group
    }

    func weight(_ estimate: SizeEstimate) -> Double { families.reduce(0) { $0 + estimate.weight(of: $1) } }

    /// Returns parts with a weight of at most `limit`, in order. A family is never split, and neither is an object from its
    /// layouts, so a part can have more.
    func cut(limit: Int, _ estimate: SizeEstimate) -> [ManifestPart] {
        var parts: [ManifestPart] = []
        var weight = 0.0
        for group in groups {
            let own = group.reduce(0) { $0 + estimate.weight(of: $1) }
            if parts.isEmpty || weight + own > Double(limit) {
                parts.append(ManifestPart(version, []))
                weight = 0
            }
            parts[parts.count - 1].families += group
            weight += own
        }
        return parts
    }

    /// Returns two parts, the first with half of the families, or one more.
    var halves: (ManifestPart, ManifestPart) {
        let middle = (families.count + 1) / 2
        return (
            ManifestPart(version, Array(families[..<middle])), ManifestPart(version, Array(families[middle...]))
        )
    }

    static func + (left: ManifestPart, right: ManifestPart) -> ManifestPart {
        ManifestPart(left.version, left.families + right.families)
    }

    /// Returns the parent types for which the manifest has both a wildcard and a child type.
    private static func typesWithWildcardAndChildren(in manifest: PackageManifest) -> Set<String> {
        let parents = manifest.types.compactMap { type -> String? in
            let parent = ComponentFamily(type: type, member: "").type
            return parent == type ? nil : parent
        }
        return Set(parents).filter { manifest.contains("*", of: $0) }
    }
}
