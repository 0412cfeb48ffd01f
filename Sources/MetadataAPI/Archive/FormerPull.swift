internal import FileSystem

/// The pull at a target that a new pull brings up to date.
public struct FormerPull {
    let version: FolderVersion
    public let listing: PullListing

    /// - Returns: `nil` if the folder's record has no listing with this scope.
    init?(_ version: FolderVersion, scope: PullListing.Scope) {
        guard let listing = version.record.listing, listing.scope == scope else { return nil }
        self.version = version
        self.listing = listing
    }

    /// Returns the components whose files are all as the pull wrote them, and of which it wrote any.
    ///
    /// An org does not describe every file. As long as it is not known which component a file belongs to, no component with
    /// files in the same top-level folder counts as intact.
    package func intactComponents() throws -> [PulledComponent] {
        let owned = Set(listing.components.lazy.flatMap { $0.files ?? [] }.map { Array($0.utf8) })
        let ownerless = Set(
            version.record.files.keys.filter { !owned.contains($0) && $0 != Array("package.xml".utf8) }
                .map { Array($0.prefix { $0 != UInt8(ascii: "/") }) })
        return try listing.components.filter { component in
            guard let files = component.files, !files.isEmpty else { return false }
            return try files.allSatisfy { path in
                try Task.checkCancellation()
                let bytes = Array(path.utf8)
                guard !ownerless.contains(Array(bytes.prefix { $0 != UInt8(ascii: "/") })) else { return false }
                return try isIntact(bytes)
            }
        }
    }

    private func isIntact(_ path: [UInt8]) throws(MetadataFolderError) -> Bool {
        guard let expected = version.record.files[path], let path = try? EntryPath(path) else { return false }
        var directory = version.root
        for name in path.components.dropLast().map(FileName.init) {
            guard try directory.kind(of: name) == .directory else { return false }
            directory = try directory.open(name)
        }
        let name = FileName(path.components.last ?? "")
        guard try directory.kind(of: name) == .regularFile else { return false }
        // A file that cannot be read is retrieved again.
        return (try? directory.sha256(of: name)) == expected
    }

    /// Reads a file that must be as the pull wrote it.
    func read(_ path: EntryPath, atMost limit: Int) throws(MetadataFolderError) -> [UInt8] {
        let directory = try version.root.open(path.components.dropLast().map(FileName.init))
        let bytes = try directory.read(FileName(path.components.last ?? ""), atMost: limit)
        var hash = FileHash()
        bytes.withUnsafeBytes { hash.update($0) }
        guard version.record.files[path.bytes] == hash.finish() else { throw .targetInUse(version.root.path) }
        return bytes
    }
}
