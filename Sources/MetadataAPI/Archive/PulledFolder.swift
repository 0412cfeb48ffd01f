internal import Glibc

/// What the record in a folder says about the pull that wrote it.
public struct PulledFolder {
    public let summary: PullSummary?
    /// `nil` if a package said what to pull, or an earlier version made the record.
    public let listing: PullListing?

    /// Returns the content of the record in a folder; `nil` if there is none.
    ///
    /// - Throws: ``MetadataFolderError``, for instance if the record is a symbolic link or too large.
    package static func record(in path: String) throws(MetadataFolderError) -> [UInt8]? {
        let directory: Directory
        do throws(MetadataFolderError) { directory = try Directory.open(path) } catch .io(_, _, ENOENT) { return nil }
        guard try directory.kind(of: PullRecord.fileName) != nil else { return nil }
        return try directory.read(PullRecord.fileName, atMost: PullRecord.sizeLimit)
    }

    /// - Returns: `nil` if there is no record at the path.
    /// - Throws: ``MetadataFolderError/recordUnreadable(_:)``, or an error of reading the folder.
    public init?(path: String) throws(MetadataFolderError) {
        let directory: Directory
        do throws(MetadataFolderError) { directory = try Directory.open(path) } catch .io(_, _, ENOENT) { return nil }
        guard try directory.kind(of: PullRecord.fileName) != nil else { return nil }
        let record = try PullRecord.read(in: directory)
        (summary, listing) = (record.summary, record.listing)
    }
}
