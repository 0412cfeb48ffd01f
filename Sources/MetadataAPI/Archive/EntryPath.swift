/// Why the name of an archive entry is rejected. The associated names are for messages: at most 200 characters, with
/// control characters replaced.
public enum EntryPathError: Error, Equatable, Sendable {
    case empty
    case notUTF8
    case absolute(String)
    /// The path has a component `.` or `..`.
    case relative(String)
    case emptyComponent(String)
    case backslash(String)
    case controlCharacter(String)
    /// The path begins with a letter and a colon, such as `C:`.
    case driveLetter(String)
    /// The first component begins with a dot. The root folder `unpackaged/` of an archive does not count as the first
    /// component.
    case hidden(String)
    /// Git could treat the entry or its folder as a repository, and run programs that its configuration names.
    case repository(String)
}

extension EntryPathError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "The archive has an entry without a name."
        case .notUTF8: "The archive has an entry whose name is not UTF-8."
        case .absolute(let name): "The entry \(name) has an absolute path."
        case .relative(let name): "The entry \(name) has a component . or .. in its path."
        case .emptyComponent(let name): "The entry \(name) has an empty component in its path."
        case .backslash(let name): "The entry \(name) has a backslash in its name."
        case .controlCharacter(let name): "The entry \(name) has a control character in its name."
        case .driveLetter(let name): "The entry \(name) begins with a drive letter."
        case .hidden(let name):
            "The top-level name of the entry \(name) begins with a dot. Metadata never has such names, and other "
                + "programs can run what such files contain."
        case .repository(let name):
            "The entry \(name) has a name that git uses for a repository, whose configuration can run programs."
        }
    }
}

/// The relative path of a file or directory in a folder. It cannot lead out of the folder. A file with this path cannot
/// become part of a git repository. Its first component does not begin with a dot; below ``archiveRoot``, nor does the
/// second.
///
/// Paths are stored and compared byte by byte. Percent signs, parentheses, spaces and letters of any script are
/// allowed. Paths that differ only in case are different paths.
struct EntryPath: Hashable, Sendable {
    /// The longest path in bytes that is stored. Linux accepts 4,096 with the folder above.
    static let lengthLimit = 1_024
    /// The longest component in bytes, which is the limit of Linux file systems.
    private static let componentLimit = 255
    /// The root folder of an archive that was not retrieved as a single package. It contains all files.
    static let archiveRoot = "unpackaged"

    /// The path in UTF-8: components joined by `/`, without a trailing slash.
    let bytes: [UInt8]

    /// - Parameter bytes: The name in an archive. One trailing slash, which marks a directory, is removed.
    /// - Throws: ``EntryPathError`` for the first rule that the name breaks.
    init(_ bytes: some Sequence<UInt8>) throws(EntryPathError) {
        var bytes = Array(bytes)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
        guard !bytes.isEmpty else { throw .empty }
        // Only for messages.
        var name: String { EntryPath.printable(text) }
        let isPrintableASCII = bytes.allSatisfy { (0x20...0x7E).contains($0) }
        guard isPrintableASCII || text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw .controlCharacter(name)
        }
        if bytes.contains(UInt8(ascii: "\\")) { throw .backslash(name) }
        if bytes[0] == UInt8(ascii: "/") { throw .absolute(name) }
        if EntryPath.hasDriveLetter(bytes) { throw .driveLetter(name) }
        let isDirectory = bytes.last == UInt8(ascii: "/")
        if isDirectory { bytes.removeLast() }
        for component in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if component.isEmpty { throw .emptyComponent(name) }
            if component.elementsEqual(".".utf8) || component.elementsEqual("..".utf8) { throw .relative(name) }
        }
        self.bytes = bytes
        guard mayHaveSpecialName else { return }
        let components = self.components
        let first = components[0] == EntryPath.archiveRoot ? components.dropFirst().first : components[0]
        if components.contains(where: GitName.isRepository) { throw .repository(name) }
        if !isDirectory, let last = components.last, GitName.isHead(last) { throw .repository(name) }
        if let first, GitName.folded(first).hasPrefix(".") { throw .hidden(name) }
    }

    /// Whether a component could be hidden, or one of ``GitName``: it begins with a dot, a G or an H, or is not ASCII. Most
    /// paths need no closer look.
    private var mayHaveSpecialName: Bool {
        bytes.split(separator: UInt8(ascii: "/")).contains { component in
            component.first.map { ".gGhH".utf8.contains($0) } ?? false || component.contains { $0 > 0x7F }
        }
    }

    private init(trusted bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// Whether a file system can store the path. A longer one is left out; it is not an attack.
    var isStorable: Bool {
        bytes.count <= EntryPath.lengthLimit
            && bytes.split(separator: UInt8(ascii: "/")).allSatisfy { $0.count <= EntryPath.componentLimit }
    }

    var components: [String] {
        bytes.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The paths of the directories above this path, outermost first.
    var ancestors: [EntryPath] {
        bytes.indices.filter { bytes[$0] == UInt8(ascii: "/") }.map { EntryPath(trusted: bytes[..<$0]) }
    }

    /// Returns the path relative to the directory `name`, or `nil` if it is not below that directory.
    func below(_ name: String) -> EntryPath? {
        let prefix = Array((name + "/").utf8)
        guard bytes.starts(with: prefix), bytes.count > prefix.count else { return nil }
        return EntryPath(trusted: bytes.dropFirst(prefix.count))
    }

    private static func hasDriveLetter(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 2, bytes[1] == UInt8(ascii: ":") else { return false }
        let letter = bytes[0] | 0x20
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter)
    }

    private static func printable(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(200) {
            result.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
        }
        return String(result)
    }
}

extension EntryPath: CustomStringConvertible {
    var description: String { String(decoding: bytes, as: UTF8.self) }
}
