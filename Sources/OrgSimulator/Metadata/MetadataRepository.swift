import Foundation

/// The metadata of a simulated org: a snapshot of a source folder, which is read completely when it is loaded.
///
/// Members are compared without their percent-encoding.
struct MetadataRepository: Sendable {
    /// A repository without components.
    static let empty = MetadataRepository(components: [], notes: [])

    /// The components, sorted by type and name. A folder comes before a component of the same name. After
    /// ``serving(_:)``, use the lookups below instead: the list then also has components that are not served.
    private(set) var components: [MetadataComponent]
    /// The differences between the folder and what is served, with their reasons: first conflicts and unreadable files,
    /// then the files that belong to no known type.
    let notes: [SourceProblem]
    private var indexByType: [String: [Int]]
    private var indexByMember: [String: [String: [Int]]]
    private let partsByMember: [String: [String: PartLocation]]

    /// A child and the component that contains it.
    struct PartLocation: Sendable {
        var component: MetadataComponent
        var part: MetadataComponent.Part
    }

    /// - Throws: ``SourceFolderError`` if the folder cannot be served.
    init(sourceDirectory: String, limits: SourceFolder.Limits = .standard) throws(SourceFolderError) {
        self.init(try SourceFolder(path: sourceDirectory, registry: .standard, limits: limits))
    }

    private init(_ folder: SourceFolder) {
        var groups: [String: [SourceClaim]] = [:]
        for claim in folder.claims {
            groups["\(claim.type.xmlName)/\(claim.isFolder)/\(claim.fullName)", default: []].append(claim)
        }
        var assembly = ComponentAssembly(form: folder.form)
        var components: [MetadataComponent] = []
        for (_, claims) in groups.sorted(by: { $0.key < $1.key }) {
            if let component = assembly.component(from: claims) { components.append(component) }
        }
        components = assembly.withoutClashes(components)
        components += assembly.missingFolders(of: components)
        let manifest = folder.manifest.map { PackageCheck(components: components).notes($0) } ?? []
        self.init(components: components, notes: folder.skipped + manifest + assembly.notes, folder.unknown)
    }

    private init(components: [MetadataComponent], notes: [SourceProblem], _ unknown: [SourceProblem] = []) {
        let sorted = components.sorted {
            ($0.type.xmlName, $0.fullName, $0.isFolder ? 0 : 1) < ($1.type.xmlName, $1.fullName, $1.isFolder ? 0 : 1)
        }
        self.components = sorted
        indexByType = Dictionary(grouping: sorted.indices) { sorted[$0].type.xmlName }
        indexByMember = indexByType.mapValues { indices in
            Dictionary(grouping: indices) { Self.comparable(sorted[$0].fullName) }
        }
        var parts: [String: [String: PartLocation]] = [:]
        var shared: [SourceProblem] = []
        for component in sorted {
            for part in component.parts {
                let member = Self.comparable(part.fullName)
                // The name of a label does not include its file, so two files may have a label of the same name.
                if let first = parts[part.type]?[member] {
                    shared.append(
                        SourceProblem(
                            file: component.mainFile,
                            reason: "the \(part.type) '\(part.fullName)' is served from \(first.component.mainFile)"))
                    continue
                }
                parts[part.type, default: [:]][member] = PartLocation(component: component, part: part)
            }
        }
        partsByMember = parts
        self.notes = notes + shared + unknown
    }

    /// Returns all components of a top-level type, including folders.
    func components(ofType type: String) -> [MetadataComponent] {
        (indexByType[type] ?? []).map { components[$0] }
    }

    /// Returns what a manifest member of a top-level type names: a component, a folder, or both.
    func components(ofType type: String, named member: String) -> [MetadataComponent] {
        (indexByMember[type]?[Self.comparable(member)] ?? []).map { components[$0] }
    }

    /// Returns all children of a child type, sorted by name.
    func parts(ofType type: String) -> [PartLocation] {
        (partsByMember[type] ?? [:]).values.sorted { $0.part.fullName < $1.part.fullName }
    }

    /// Returns the child that a manifest member of a child type names.
    func part(ofType type: String, named member: String) -> PartLocation? {
        partsByMember[type]?[Self.comparable(member)]
    }

    /// Returns the repository from which the org answers: the folder's components combined with the org's own, without
    /// the types that the caller may not read. ``LiveMetadata/byName`` is not included.
    func serving(_ live: LiveMetadata) -> MetadataRepository {
        let missing = live.completing.filter { components(ofType: $0.type.xmlName, named: $0.fullName).isEmpty }
        var served = self
        for (type, added) in Dictionary(grouping: live.replacing + missing, by: \.type.xmlName) {
            served.put(added, ofType: type)
        }
        for type in live.unreadableTypes {
            served.indexByType[type] = nil
            served.indexByMember[type] = nil
        }
        return served
    }

    private mutating func put(_ added: [MetadataComponent], ofType type: String) {
        let names = Set(added.map { Self.comparable($0.fullName) })
        let kept = components(ofType: type).filter { !names.contains(Self.comparable($0.fullName)) }
        let all = (kept + added).sorted { $0.fullName < $1.fullName }
        let indices = Array(components.count..<components.count + all.count)
        components += all
        indexByType[type] = indices
        indexByMember[type] = Dictionary(grouping: indices) { Self.comparable(components[$0].fullName) }
    }

    /// Decodes percent-encoding, because some callers encode names and others do not.
    private static func comparable(_ member: String) -> String {
        member.contains("%") ? member.removingPercentEncoding ?? member : member
    }
}
