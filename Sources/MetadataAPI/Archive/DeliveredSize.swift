/// How much of archives the components of a type took. It is stored in `aprity-pull.json`, so the property names must not
/// change.
package struct DeliveredSize: Codable, Equatable, Sendable {
    /// Once for each archive.
    package internal(set) var components = 0
    package internal(set) var files = 0
    /// Packed.
    package internal(set) var archiveBytes = 0
    /// Unpacked.
    package internal(set) var bytes = 0

    mutating func add(_ entry: ZipEntry) {
        files += 1
        archiveBytes += entry.packedSize
        bytes += entry.size
    }
}

extension MetadataFolder {
    /// The sizes that the next pull splits its retrieves by.
    ///
    /// A pull that brings a folder up to date retrieves few components, and profiles with few settings, so it does not replace
    /// what a larger one has shown.
    var learntSizes: [String: DeliveredSize] {
        guard let former, !kept.components.isEmpty else { return sizes }
        return sizes.merging(former.listing.sizes) { $0.archiveBytes > $1.archiveBytes ? $0 : $1 }
    }
}
