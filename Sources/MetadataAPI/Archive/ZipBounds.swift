/// How much of an archive is taken. The defaults lie above what the org sends: 10,000 files, about 39 MB packed and
/// 600 MB unpacked (Metadata API Developer Guide, "Salesforce Metadata Limits").
public struct ZipBounds: Equatable, Sendable {
    public var entries = 12_000
    /// Bytes of the archive itself.
    public var archiveBytes = 100 << 20
    /// Unpacked bytes of one entry.
    public var entryBytes = 256 << 20
    /// Unpacked bytes of all entries.
    public var totalBytes = 700 << 20
    /// Unpacked over packed size of one entry. Deflate itself ends at 1,032.
    public var ratio = 1_100

    public init() {}
}
