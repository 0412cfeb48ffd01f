/// A manifest cut into parts that the org gives in one retrieve each.
///
/// The org gives at most 10,000 files a retrieve and counts the parts of objects among them, so a part has fewer
/// members. What goes into one file stays in one part. When a part is still too large for the org, halve it.
public struct RetrievePlan: Equatable, Sendable {
    /// What the parts together say less of than one retrieve would.
    public enum Finding: Hashable, Sendable, CustomStringConvertible {
        case profilesArePartial(partCount: Int)
        case permissionSetsArePartial(partCount: Int)

        public var description: String {
            switch self {
            case .profilesArePartial(let count):
                "The pull takes \(count) retrieves. A profile tells only of the components that are retrieved with it, "
                    + "so the profiles here are not complete."
            case .permissionSetsArePartial(let count):
                "The pull takes \(count) retrieves. A permission set may tell only of the components that are "
                    + "retrieved with it, so the permission sets here may not be complete."
            }
        }
    }

    /// Members of one part by default; objects have many parts of their own, hence the distance from 10,000.
    public static let defaultLimit = 8_000

    public private(set) var parts: [PackageManifest]

    /// - Parameter limit: Members of one part, at least 1. A family of components that go into one file is never
    ///   taken apart, so a part may have more when one family has.
    public init(_ manifest: PackageManifest, limit: Int = defaultLimit) {
        parts = RetrievePlan.cut(manifest, limit: max(limit, 1))
    }

    public var findings: [Finding] {
        guard parts.count > 1 else { return [] }
        var findings: [Finding] = []
        if parts.contains(where: { $0.types.contains("Profile") }) {
            findings.append(.profilesArePartial(partCount: parts.count))
        }
        if parts.contains(where: { $0.types.contains("PermissionSet") }) {
            findings.append(.permissionSetsArePartial(partCount: parts.count))
        }
        return findings
    }

    /// Puts two parts of about equal size in the place of one that the org found too large.
    ///
    /// - Returns: False when the part cannot be cut, being one family or one wildcard; the plan is then unchanged.
    public mutating func halve(_ index: Int) -> Bool {
        guard parts.indices.contains(index) else { return false }
        let halves = RetrievePlan.halves(of: parts[index])
        guard halves.count == 2 else { return false }
        parts.replaceSubrange(index...index, with: halves)
        return true
    }

    private struct Family {
        let id: ComponentFamily
        var members: [(type: String, name: String)] = []
    }

    /// Profiles, permission sets and what they tell of come first, so that they share a part as far as it reaches.
    private static let firstTypes = [
        "Profile", "PermissionSet", "CustomObject", "ApexClass", "ApexPage", "CustomApplication", "CustomPermission",
        "CustomTab", "ExternalDataSource", "Flow", "Layout", "CustomMetadata", "DataspaceScope",
    ]

    private static func families(of manifest: PackageManifest) -> [Family] {
        var families: [ComponentFamily: Family] = [:]
        let undivided = typesWithWildcardAndChildren(in: manifest)
        for type in manifest.types {
            for member in manifest.members(of: type) {
                var id = ComponentFamily(type: type, member: member)
                if undivided.contains(id.type) { id = id.wildcard }
                families[id, default: Family(id: id)].members.append((type, member))
            }
        }
        return families.values.sorted { left, right in
            let ranks = (rank(left.id.type), rank(right.id.type))
            return ranks.0 == ranks.1 ? left.id < right.id : ranks.0 < ranks.1
        }
    }

    private static func typesWithWildcardAndChildren(in manifest: PackageManifest) -> Set<String> {
        let parents = manifest.types.compactMap { type -> String? in
            let parent = ComponentFamily(type: type, member: "").type
            return parent == type ? nil : parent
        }
        return Set(parents).filter { manifest.contains("*", of: $0) }
    }

    private static func rank(_ type: String) -> Int { firstTypes.firstIndex(of: type) ?? firstTypes.count }

    private static func cut(_ manifest: PackageManifest, limit: Int) -> [PackageManifest] {
        guard manifest.memberCount > limit else { return manifest.isEmpty ? [] : [manifest] }
        var parts: [PackageManifest] = []
        var part = PackageManifest(version: manifest.version)
        var count = 0
        for family in families(of: manifest) {
            if count > 0, count + family.members.count > limit {
                parts.append(part)
                part = PackageManifest(version: manifest.version)
                count = 0
            }
            part.take(family.members)
            count += family.members.count
        }
        return parts + [part]
    }

    /// Both halves in plan order, or the part alone.
    private static func halves(of part: PackageManifest) -> [PackageManifest] {
        let families = families(of: part)
        guard families.count > 1 else { return [part] }
        var first = PackageManifest(version: part.version)
        var second = first
        var count = 0
        for (place, family) in families.enumerated() {
            let isFirst = place == 0 || (place < families.count - 1 && count < part.memberCount / 2)
            if isFirst { first.take(family.members) } else { second.take(family.members) }
            count += family.members.count
        }
        return [first, second]
    }
}

extension PackageManifest {
    /// Takes members over from another manifest. They were checked when they went in there, so none is refused.
    fileprivate mutating func take(_ members: [(type: String, name: String)]) {
        for member in members { try? insert(member.name, of: member.type) }
    }
}
