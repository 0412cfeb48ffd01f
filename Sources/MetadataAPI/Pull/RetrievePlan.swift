/// A manifest split into parts, each small enough for one retrieve.
///
/// An org returns at most 10,000 files per retrieve. It counts each component of an object, such as a field, as a file,
/// so the members of a part must be fewer. Components that share a file stay in one part. If a part is still too large
/// for the org, call ``halve(_:)``.
package struct RetrievePlan: Equatable, Sendable {
    /// Components that are less complete than in a single retrieve. `partCount` is the number of parts of the plan.
    package enum Finding: Hashable, Sendable, CustomStringConvertible {
        case profilesArePartial(partCount: Int)
        case permissionSetsArePartial(partCount: Int)

        package var description: String {
            switch self {
            case .profilesArePartial(let count):
                "The pull is split into \(count) retrieves. A profile contains only settings for components in the "
                    + "same retrieve, so these profiles are incomplete."
            case .permissionSetsArePartial(let count):
                "The pull is split into \(count) retrieves. A permission set may contain only settings for components "
                    + "in the same retrieve, so these permission sets may be incomplete."
            }
        }
    }

    /// The default limit of members in a part. It is well below 10,000 because objects have many components.
    package static let defaultLimit = 8_000

    /// The parts in the order in which to retrieve them; empty if the manifest has no members.
    package private(set) var parts: [PackageManifest]

    /// - Parameter limit: The largest number of members in a part, at least 1. A family of components that share a
    ///   file is never split, so a part with one family can have more members.
    package init(_ manifest: PackageManifest, limit: Int = defaultLimit) {
        parts = RetrievePlan.cut(manifest, limit: max(limit, 1))
    }

    /// What is incomplete because of the current split. It can change after ``halve(_:)``.
    package var findings: [Finding] {
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

    /// Replaces a part that is too large for the org with two parts of about equal size.
    ///
    /// - Parameter index: The index in ``parts``.
    /// - Returns: `false` if the part cannot be split because it is one family or one wildcard, or if there is no such
    ///   part. The plan is then unchanged.
    package mutating func halve(_ index: Int) -> Bool {
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

    /// The types that come first, so that most of them are in the same part: profiles, permission sets, and the types
    /// that these contain settings for.
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

    /// Returns the parent types for which the manifest has both a wildcard and a child type.
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
            part.insertMembers(family.members)
            count += family.members.count
        }
        return parts + [part]
    }

    /// Returns both halves in plan order, or the part itself if it cannot be split.
    private static func halves(of part: PackageManifest) -> [PackageManifest] {
        let families = families(of: part)
        guard families.count > 1 else { return [part] }
        var first = PackageManifest(version: part.version)
        var second = first
        var count = 0
        for (place, family) in families.enumerated() {
            let isFirst = place == 0 || (place < families.count - 1 && count < part.memberCount / 2)
            if isFirst { first.insertMembers(family.members) } else { second.insertMembers(family.members) }
            count += family.members.count
        }
        return [first, second]
    }
}

extension PackageManifest {
    /// Inserts members of another manifest. No insertion fails, because that manifest has already checked them.
    fileprivate mutating func insertMembers(_ members: [(type: String, name: String)]) {
        for member in members { try? insert(member.name, of: member.type) }
    }
}
