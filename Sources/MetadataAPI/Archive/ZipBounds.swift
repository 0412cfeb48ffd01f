/// The limits for an archive. The defaults exceed the most that an org sends: 10,000 files, about 39 MB packed and
/// 600 MB unpacked (Metadata API Developer Guide, "Salesforce Metadata Limits").
public struct ZipBounds: Equatable, Sendable {
    /// The number of entries.
    var entries = 12_000
    /// The size of the archive in bytes.
    var archiveBytes = 100 << 20
    /// The unpacked size of one entry in bytes.
    var entryBytes = 256 << 20
    /// The unpacked size of all entries in bytes.
    var totalBytes = 700 << 20
    /// The ratio of the unpacked to the packed size of one entry. Deflate cannot exceed 1,032.
    var ratio = 1_100

    public init() {}
}
