internal import Glibc

/// Where a folder is to appear: a name in an open parent directory, and the names used beside it on the way.
struct FolderTarget {
    let parent: Directory
    let name: String

    init(path: String) throws(MetadataFolderError) {
        var trimmed = path[...]
        while trimmed.count > 1, trimmed.last == "/" { trimmed.removeLast() }
        guard !trimmed.utf8.contains(0) else { throw .targetName("") }
        let slash = trimmed.lastIndex(of: "/")
        let name = slash.map { trimmed[trimmed.index(after: $0)...] } ?? trimmed
        guard !name.isEmpty, name != ".", name != ".." else { throw .targetName(path) }
        let above = slash.map { $0 == trimmed.startIndex ? "/" : String(trimmed[..<$0]) } ?? "."
        parent = try Directory.open(above)
        self.name = String(name)
    }

    var path: String { parent.path(of: name) }

    /// The folder while it is being filled.
    func stagingName(_ suffix: String) -> String { stagingPrefix + suffix }
    /// The old folder while the new one takes its place.
    func asideName(_ suffix: String) -> String { asidePrefix + suffix }

    private var stagingPrefix: String { ".\(name).partial-" }
    private var asidePrefix: String { ".\(name).replaced-" }

    static func isSuffix(_ text: some StringProtocol) -> Bool {
        let isAllowed = text.unicodeScalars.allSatisfy {
            ("0"..."9").contains($0) || ("a"..."z").contains($0) || ("A"..."Z").contains($0)
        }
        return isAllowed && (8...64).contains(text.utf8.count)
    }

    /// - Throws: Unless the target is free or, with `replace`, a folder that has a `package.xml`.
    func check(replace: Bool) throws(MetadataFolderError) {
        switch try parent.kind(of: name) {
        case nil: return
        case .symbolicLink: throw .targetIsSymbolicLink(path)
        case .regularFile, .other: throw .targetIsNotFolder(path)
        case .directory:
            guard replace else { throw .targetExists(path) }
            guard try parent.open(name).kind(of: "package.xml") == .regularFile else {
                throw .targetIsNotMetadata(path)
            }
        }
    }

    /// Clears up after runs that ended without a chance to: working folders go, and an old folder whose successor
    /// never came goes back to its place. Touches only what bears our names, belongs to our user and is locked by no
    /// living process.
    func recover() throws(MetadataFolderError) {
        for bytes in try parent.names() {
            let found = String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if isOurs(found, prefix: stagingPrefix) {
                try withAbandoned(found) { () throws(MetadataFolderError) in try parent.remove(found) }
            } else if isOurs(found, prefix: asidePrefix) {
                try withAbandoned(found) { () throws(MetadataFolderError) in
                    if try parent.kind(of: name) == nil {
                        try parent.rename(found, to: name)
                    } else {
                        try parent.remove(found)
                    }
                }
            }
        }
    }

    private func isOurs(_ found: String, prefix: String) -> Bool {
        found.hasPrefix(prefix) && FolderTarget.isSuffix(found.dropFirst(prefix.count))
    }

    private func withAbandoned(
        _ found: String, _ act: () throws(MetadataFolderError) -> Void
    ) throws(MetadataFolderError) {
        guard try parent.kind(of: found) == .directory, try parent.owner(of: found) == geteuid() else { return }
        let directory: Directory
        do {
            directory = try parent.open(found)
        } catch {
            // Gone, or changed, since it was listed: not ours to clear.
            return
        }
        guard try directory.lock(), try parent.identity(of: found) == directory.identity() else { return }
        try act()
    }
}
