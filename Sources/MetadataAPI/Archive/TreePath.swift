/// The path of any entry below a folder, as raw names that need not be UTF-8.
struct TreePath: Hashable {
    private(set) var names: [FileName] = []

    static let root = TreePath()

    func appending(_ name: FileName) -> TreePath {
        var longer = self
        longer.names.append(name)
        return longer
    }

    /// The path of the containing directory. Traps for ``root``.
    var parent: TreePath {
        var shorter = self
        shorter.names.removeLast()
        return shorter
    }

    /// The names joined by `/`, as in ``EntryPath/bytes``.
    var bytes: [UInt8] { Array(names.map(\.bytes).joined(separator: [UInt8(ascii: "/")])) }
}

extension TreePath: CustomStringConvertible {
    var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension Directory {
    /// Opens the directory at a path below this one.
    func open(_ names: [FileName]) throws(MetadataFolderError) -> Directory {
        var directory = self
        for name in names { directory = try directory.open(name) }
        return directory
    }

    /// Opens the directory at a path below this one.
    func open(_ place: TreePath) throws(MetadataFolderError) -> Directory {
        var directory = self
        for name in place.names { directory = try directory.open(name) }
        return directory
    }
}
