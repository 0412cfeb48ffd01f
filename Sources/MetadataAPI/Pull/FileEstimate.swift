/// How many files a component of each type has, on average. Only the org counts the files of a retrieve before it is made, so
/// a manifest is split by this estimate.
public struct FileEstimate: Equatable, Sendable {
    private var filesByType: [String: Double] = [:]

    /// One file for each component.
    init() {}

    /// - Parameters:
    ///   - types: What the org says about its types.
    ///   - components: The components of a former pull of the org, with their files.
    init(_ types: [MetadataDescription.TypeDescription], learningFrom components: [PulledComponent]) {
        for type in types {
            // A bundle has no suffix. Most have three or four files.
            let isBundle = type.suffix == nil && !type.isInFolder
            filesByType[type.name] = isBundle ? 4 : type.hasMetaFile ? 2 : 1
        }
        var counts: [String: (components: Int, files: Int)] = [:]
        for component in components {
            guard let files = component.files else { continue }
            counts[component.type, default: (0, 0)].components += 1
            counts[component.type, default: (0, 0)].files += files.count
        }
        for (type, count) in counts { filesByType[type] = Double(count.files) / Double(count.components) }
    }

    /// Returns the estimated number of files of a family.
    func files(of family: ManifestPart.Family) -> Double {
        // The parts of a component are in its file.
        let own = family.members.count { $0.type == family.id.type }
        return max(Double(own), 1) * (filesByType[family.id.type] ?? 1)
    }
}
