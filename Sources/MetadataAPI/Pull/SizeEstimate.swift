/// How much of a retrieve the components of each type take, on average. Only the org counts the files and bytes of a retrieve
/// before it is made, so a manifest is split by this estimate.
///
/// A retrieve may have 10,000 files, an archive of 39 MB, and 629,145,600 bytes unpacked; some orgs still allow only
/// 419,430,400 (Metadata API Developer Guide, Salesforce Developer Limits; alan-morey/force-meta-backup#34).
public struct SizeEstimate: Equatable, Sendable {
    /// As many bytes of an archive as ``RetrieveSchedule/Options/usualLimit`` files.
    private static let archiveBytes = 35 << 20
    /// As many unpacked bytes.
    private static let bytes = 360 << 20

    /// The largest weight of a component, so that a record with wrong sizes does not make a retrieve of each component. The
    /// largest static resource has 5 MB.
    private static let mostForOne = Double(RetrieveSchedule.Options.usualLimit) / 4

    /// For a component, in files.
    private var weights: [String: Double] = [:]

    /// One file for each component.
    init() {}

    /// - Parameters:
    ///   - types: What the org says about its types.
    ///   - sizes: What a former pull of the org has shown.
    init(_ types: [MetadataDescription.TypeDescription], learningFrom sizes: [String: DeliveredSize]) {
        for type in types {
            // A bundle has no suffix. Most have three or four files.
            let isBundle = type.suffix == nil && !type.isInFolder
            weights[type.name] = isBundle ? 4 : type.hasMetaFile ? 2 : 1
        }
        for (type, size) in sizes where size.components > 0 {
            let limit = Double(RetrieveSchedule.Options.usualLimit)
            let weight = max(
                Double(size.files), Double(size.archiveBytes) / Double(Self.archiveBytes) * limit,
                Double(size.bytes) / Double(Self.bytes) * limit)
            weights[type] = min(max(weight / Double(size.components), 0), Self.mostForOne)
        }
    }

    /// Returns how much a family takes, as a number of files. Bytes count as the files of which as large a part of a retrieve is
    /// full.
    func weight(of family: ManifestPart.Family) -> Double {
        // The parts of a component are in its file.
        let own = family.members.count { $0.type == family.id.type }
        return max(Double(own), 1) * (weights[family.id.type] ?? 1)
    }
}
