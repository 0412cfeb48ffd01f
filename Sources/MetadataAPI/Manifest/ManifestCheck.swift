/// Something in a `package.xml` that somebody wrote that cannot be meant so.
public struct ManifestProblem: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        case xml(XMLRefusal)
        case emptyFile
        /// The element that is still open at the end, and its line.
        case cutOff(element: String)
        case notUTF8
        case root(String)
        /// The root is `Package`, in no or another namespace.
        case rootNamespace(String?)
        case unknownElement(String, in: String, expected: [String])
        /// The element would be right in another namespace; `nil`: it is in none.
        case elementNamespace(String, found: String?)
        case unknownAttribute(String, of: String)
        case misplacedText(in: String)
        case empty(String)
        case typeWithoutMembers(String)
        case typeWithoutName
        case repeated(String, in: String)
        case typeName(String)
        case versionMissing
        case version(String)
    }

    /// From 1; `nil` if the problem has no place.
    public let line: Int?
    public let kind: Kind
}

extension ManifestProblem: CustomStringConvertible {
    public var description: String { (line.map { "line \($0): " } ?? "") + sentence }

    private var sentence: String {
        switch kind {
        case .xml(let refusal): "\(refusal)"
        case .emptyFile: "The file is empty."
        case .cutOff(let element): "The file is cut off: the element \(element) is not closed."
        case .notUTF8: "The file is not in UTF-8."
        case .root(let name):
            "The root is \(name); it must be Package in the namespace \(XMLNamespace.metadata)."
        case .rootNamespace(let found):
            "Package is in \(Self.namespace(found)); write <Package xmlns=\"\(XMLNamespace.metadata)\">."
        case .unknownElement(let name, let parent, let expected):
            expected.isEmpty
                ? "The element \(name) cannot stand in \(parent), which holds only text."
                : "Unknown element \(name) in \(parent); expected \(expected.joined(separator: ", "))."
        case .elementNamespace(let name, let found):
            "The element \(name) is in \(Self.namespace(found)), not in that of Package."
        case .unknownAttribute(let name, let element): "Unknown attribute \(name) of \(element); remove it."
        case .misplacedText(let parent): "Text in \(parent) outside of its elements."
        case .empty(let name): "The element \(name) is empty."
        case .typeWithoutMembers(let type):
            "types for \(type) has no members; for all of them write <members>*</members>."
        case .typeWithoutName: "types has no name; expected <name> with the name of a metadata type."
        case .repeated(let name, let parent): "A second element \(name) in \(parent); expected one."
        case .typeName(let name): "\"\(name)\" is not the name of a metadata type; expected letters and digits."
        case .versionMissing: "The element version is missing; expected such as <version>66.0</version>."
        case .version(let text):
            Self.meant(by: text).map { "The version \"\(text)\" must be written \($0)." }
                ?? "The version \"\(text)\" is none that an org serves; expected \(PackageManifest.oldestVersion) or later, such as 66.0."
        }
    }

    private static func namespace(_ found: String?) -> String {
        found.map { "the namespace \($0.prefix(100))" } ?? "no namespace"
    }

    /// The version of a number without its part after the point, such as `62` or `v62.0`.
    private static func meant(by text: String) -> APIVersion? {
        let number = text.trimmingPrefix("v").prefix { $0 != "." }
        return Int(number).flatMap(APIVersion.init(number:)).flatMap {
            $0 >= PackageManifest.oldestVersion && $0.description != text ? $0 : nil
        }
    }
}

extension PackageManifest {
    /// Up to 30.0 the versions are retired ("Metadata API Developer Guide", Metadata API release notes and end of life).
    public static var oldestVersion: APIVersion { APIVersion(number: 31)! }

    /// Everything that is wrong in a `package.xml` that somebody wrote, in the order of its lines. The org's own files are
    /// read without this: they may have elements that are not known here.
    ///
    /// - Parameter limit: Of the problems that are returned.
    /// - Returns: The first problems, and how many there are in all.
    public static func problems(in bytes: [UInt8], limit: Int = 10) -> (first: [ManifestProblem], count: Int) {
        let check = ManifestCheck(limit: limit)
        guard !isBlank(bytes) else {
            check.note(.emptyFile, nil)
            return (check.first, check.count)
        }
        let reader = XMLPushReader(handler: check)
        var isRead = false
        do {
            try bytes.withUnsafeBytes { try reader.feed($0) }
            isRead = true
            try reader.finish()
            check.finish()
        } catch let refusal as XMLRefusal {
            note(refusal, of: bytes, isAtEnd: isRead, reader, check)
        } catch {
            check.note(.xml(.malformed(line: 0, code: 0)), nil)
        }
        return (check.first, check.count)
    }

    /// The name that iconv has for the encoding of a `package.xml` that is not in UTF-8, or says so.
    ///
    /// - Returns: `nil` if it is in UTF-8. Windows's encoding if nothing says which it is. A name that the file declares is
    ///   returned as it is.
    public static func foreignEncoding(of bytes: [UInt8]) -> String? {
        switch Array(bytes.prefix(4)) {
        case [0xFF, 0xFE, 0, 0], [0, 0, 0xFE, 0xFF]: return "UTF-32"
        case let start where start.count == 4 && start[0] != 0 && start[1...] == [0, 0, 0]: return "UTF-32LE"
        case let start where start.count == 4 && start[3] != 0 && start[..<3] == [0, 0, 0]: return "UTF-32BE"
        case let start where start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]): return "UTF-16"
        case let start where start.count == 4 && start[0] != 0 && start[1] == 0: return "UTF-16LE"
        case let start where start.count == 4 && start[0] == 0 && start[1] != 0: return "UTF-16BE"
        default: break
        }
        var prolog = XMLProlog()
        do { _ = try bytes.withUnsafeBytes { try prolog.pass($0, isLast: true) } } catch {
            if case .encoding(let name)? = error as? XMLRefusal { return name }
        }
        return String(validating: bytes, as: UTF8.self) == nil ? "WINDOWS-1252" : nil
    }

    private static func isBlank(_ bytes: [UInt8]) -> Bool {
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        return text.allSatisfy { $0 == 0x20 || $0 == 0x9 || $0 == 0xA || $0 == 0xD }
    }

    private static func note(
        _ refusal: XMLRefusal, of bytes: [UInt8], isAtEnd: Bool, _ reader: XMLPushReader, _ check: ManifestCheck
    ) {
        guard case .malformed = refusal else { return check.note(.xml(refusal), reader.lineOfRefusal) }
        if let line = lineThatIsNotUTF8(bytes) {
            check.note(.notUTF8, line)
        } else if isAtEnd, let root = check.openRoot, let open = check.openElement, !closes(root, bytes) {
            check.note(.cutOff(element: open.name), open.line)
        } else {
            check.note(.xml(refusal), nil)
        }
    }

    /// Whether the last closing tag is that of the root. Then the file is whole, and the fault is elsewhere.
    private static func closes(_ root: String, _ bytes: [UInt8]) -> Bool {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return false }
        let tag = String(decoding: bytes[(slash + 1)...], as: UTF8.self).filter { !$0.isWhitespace }
        return tag == root + ">" || tag.hasSuffix(":" + root + ">")
    }

    private static func lineThatIsNotUTF8(_ bytes: [UInt8]) -> Int? {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }.map { $0 + 1 }
    }
}

private final class ManifestCheck: XMLEventHandler {
    private(set) var first: [ManifestProblem] = []
    private(set) var count = 0
    private let limit: Int

    private struct Open {
        let name: String
        let line: Int
        var text: [UInt8] = []
        var children: [String: Int] = [:]
    }

    private var path: [Open] = []
    private var typeName = ""
    private var hasVersion = false
    /// Of the root. If it is a wrong one, that is said once, and not of each element again.
    private var namespace: String?
    /// Whether the root is another element than `Package`. Then nothing of the rest means anything.
    private var isForeign = false

    var openRoot: String? { path.first?.name }
    /// The innermost element that is open.
    var openElement: (name: String, line: Int)? { path.last.map { ($0.name, $0.line) } }

    init(limit: Int) { self.limit = limit }

    func note(_ kind: ManifestProblem.Kind, _ line: Int?) {
        count += 1
        if first.count < limit { first.append(ManifestProblem(line: line, kind: kind)) }
    }

    /// "Metadata API Developer Guide", Package.
    private static let ofPackage = [
        "types", "version", "fullName", "description", "apiAccessLevel", "namespacePrefix", "objectPermissions",
        "packageType", "postInstallClass", "setupWeblink", "uninstallClass",
    ]
    private static let ofTypes = ["members", "name"]

    /// What may stand inside of the innermost open element; `nil` if anything may.
    private var expected: [String]? {
        switch path.map(\.name) {
        case ["Package"]: Self.ofPackage
        case ["Package", "types"]: Self.ofTypes
        case ["Package", "types", "members"], ["Package", "types", "name"], ["Package", "version"]: []
        default: nil
        }
    }

    func begin(_ element: XMLElementStart) throws -> XMLTextBound {
        if path.isEmpty { beginRoot(element) } else { beginChild(element) }
        if let parent = path.indices.last { path[parent].children[element.localName, default: 0] += 1 }
        path.append(Open(name: element.localName, line: element.line))
        if path.map(\.name) == ["Package", "types"] { typeName = "" }
        if expected != nil, !isForeign {
            for name in element.plainAttributes {
                note(.unknownAttribute(String(name.prefix(100)), of: element.localName), element.line)
            }
        }
        return .bounded
    }

    private func beginRoot(_ element: XMLElementStart) {
        namespace = element.namespace
        isForeign = element.localName != "Package"
        if isForeign {
            note(.root(element.localName), element.line)
        } else if namespace != XMLNamespace.metadata {
            note(.rootNamespace(namespace), element.line)
        }
    }

    private func beginChild(_ element: XMLElementStart) {
        guard !isForeign, let expected else { return }
        if !expected.contains(element.localName) {
            note(.unknownElement(element.localName, in: path.last?.name ?? "", expected: expected), element.line)
        } else if element.namespace != namespace {
            note(.elementNamespace(element.localName, found: element.namespace), element.line)
        }
    }

    func text(_ bytes: UnsafeRawBufferPointer) {
        if let last = path.indices.last { path[last].text.append(contentsOf: bytes) }
    }

    func end() throws {
        let names = path.map(\.name)
        let element = path.removeLast()
        let text = String(decoding: element.text, as: UTF8.self).filter { !$0.isWhitespace }
        switch names {
        case ["Package"], ["Package", "types"]:
            if !text.isEmpty { note(.misplacedText(in: element.name), element.line) }
            if names.count == 2 { endTypes(element) }
        case ["Package", "types", "members"]:
            if text.isEmpty { note(.empty(element.name), element.line) }
        case ["Package", "types", "name"]: endName(text, element.line)
        case ["Package", "version"]: endVersion(text, element.line)
        default: break
        }
    }

    private func endTypes(_ element: Open) {
        switch element.children["name"] ?? 0 {
        case 0: note(.typeWithoutName, element.line)
        case 1: break
        default: note(.repeated("name", in: "types"), element.line)
        }
        if (element.children["members"] ?? 0) == 0 {
            note(.typeWithoutMembers(typeName.isEmpty ? "no type" : typeName), element.line)
        }
    }

    private func endName(_ text: String, _ line: Int) {
        typeName = text
        guard !text.isEmpty else { return note(.empty("name"), line) }
        if !PackageManifest.isTypeName(text) { note(.typeName(String(text.prefix(128))), line) }
    }

    private func endVersion(_ text: String, _ line: Int) {
        if hasVersion { note(.repeated("version", in: "Package"), line) }
        hasVersion = true
        guard let version = APIVersion(text), version >= PackageManifest.oldestVersion else {
            return note(.version(String(text.prefix(20))), line)
        }
    }

    func finish() {
        if !hasVersion, !isForeign { note(.versionMissing, nil) }
    }
}
