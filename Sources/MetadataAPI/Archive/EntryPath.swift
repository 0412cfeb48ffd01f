/// Why the name of an archive's entry was not taken. Names are repeated with control characters replaced.
public enum EntryPathRefusal: Error, Equatable, Sendable {
    case empty
    case notUTF8
    case tooLong(limit: Int)
    case absolute(String)
    /// A component is `.` or `..`.
    case relative(String)
    case emptyComponent(String)
    case componentTooLong(String)
    case backslash(String)
    case controlCharacter(String)
    case driveLetter(String)
}

extension EntryPathRefusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "The archive has an entry without a name."
        case .notUTF8: "The archive has an entry whose name is not UTF-8."
        case .tooLong(let limit): "The archive has an entry whose name is longer than \(limit) bytes."
        case .absolute(let name): "The entry \(name) has an absolute path."
        case .relative(let name): "The entry \(name) has a component . or .. in its path."
        case .emptyComponent(let name): "The entry \(name) has an empty component in its path."
        case .componentTooLong(let name): "The entry \(name) has a component longer than 255 bytes."
        case .backslash(let name): "The entry \(name) has a backslash in its name."
        case .controlCharacter(let name): "The entry \(name) has a control character in its name."
        case .driveLetter(let name): "The entry \(name) begins with a drive letter."
        }
    }
}

/// The place of a file below some folder: a path that cannot leave it.
///
/// Kept and compared byte for byte. Percent signs, parentheses, spaces and letters of any script are names like any
/// other, as are two that differ in case only.
public struct EntryPath: Hashable, Sendable {
    public static let lengthLimit = 1_024
    private static let componentLimit = 255

    /// UTF-8, components joined by `/`, without a slash at the end.
    public let bytes: [UInt8]

    /// - Parameter bytes: A name as an archive has it; one slash at the end, the mark of a directory, is taken off.
    public init(_ bytes: some Sequence<UInt8>) throws(EntryPathRefusal) {
        var bytes = Array(bytes)
        guard bytes.count <= EntryPath.lengthLimit else { throw .tooLong(limit: EntryPath.lengthLimit) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
        guard !bytes.isEmpty else { throw .empty }
        let name = EntryPath.printable(text)
        guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw .controlCharacter(name)
        }
        if bytes.contains(UInt8(ascii: "\\")) { throw .backslash(name) }
        if bytes[0] == UInt8(ascii: "/") { throw .absolute(name) }
        if EntryPath.hasDriveLetter(bytes) { throw .driveLetter(name) }
        if bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        for component in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if component.isEmpty { throw .emptyComponent(name) }
            if component.elementsEqual(".".utf8) || component.elementsEqual("..".utf8) { throw .relative(name) }
            if component.count > EntryPath.componentLimit { throw .componentTooLong(name) }
        }
        self.bytes = bytes
    }

    private init(trusted bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    public var components: [String] {
        bytes.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The paths of the directories above, the outermost first.
    var ancestors: [EntryPath] {
        bytes.indices.filter { bytes[$0] == UInt8(ascii: "/") }.map { EntryPath(trusted: bytes[..<$0]) }
    }

    /// The path below the directory `name`; `nil` when it is not below it.
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
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}
