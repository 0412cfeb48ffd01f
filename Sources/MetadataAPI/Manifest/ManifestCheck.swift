/// A mistake in a hand-written `package.xml`.
public struct ManifestProblem: Equatable, Sendable {
    /// The kinds of mistakes. An unlabelled `String` is the name or text as written, or the element that has the
    /// mistake. Long texts are shortened, and white space around them is removed.
    public enum Kind: Equatable, Sendable {
        case xml(XMLError)
        case emptyFile
        /// The file ends inside this element.
        case cutOff(element: String)
        case notUTF8
        /// The root is this element instead of `Package`.
        case root(String)
        /// The root is `Package` with a wrong namespace, or with none (`nil`).
        case rootNamespace(String?)
        case unknownElement(String, in: String, expected: [String])
        /// The element has a valid name but a wrong namespace, or none (`nil`).
        case elementNamespace(String, found: String?)
        case unknownAttribute(String, of: String)
        case misplacedText(in: String)
        case empty(String)
        /// The type's name; empty if it has none.
        case typeWithoutMembers(String)
        case typeWithoutName
        case repeated(String, in: String)
        /// The text cannot be the name of a metadata type.
        case typeName(String)
        case versionMissing
        /// The version is malformed or too old.
        case version(String)
    }

    /// The line number, from 1; `nil` if the problem has no position.
    let line: Int?
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
                ? "The element \(name) is not allowed in \(parent), which contains only text."
                : "Unknown element \(name) in \(parent); expected \(expected.joined(separator: ", "))."
        case .elementNamespace(let name, let found):
            "The element \(name) is in \(Self.namespace(found)); it must be in the namespace of Package."
        case .unknownAttribute(let name, let element): "Unknown attribute \(name) of \(element); remove it."
        case .misplacedText(let parent): "There is text in \(parent) outside its elements."
        case .empty(let name): "The element \(name) is empty."
        case .typeWithoutMembers(""):
            "This element types has no members; to select all, write <members>*</members>."
        case .typeWithoutMembers(let type):
            "The element types for \(type) has no members; to select all, write <members>*</members>."
        case .typeWithoutName: "The element types has no name; expected <name> with the name of a metadata type."
        case .repeated(let name, let parent): "There is a second element \(name) in \(parent); only one is allowed."
        case .typeName(let name):
            "\"\(name)\" is not the name of a metadata type; expected a letter, then letters, digits and underscores."
        case .versionMissing: "The element version is missing; add it, such as <version>66.0</version>."
        case .version(let text):
            Self.corrected(text).map { "The version \"\(text)\" must be written \($0)." }
                ?? "No org supports the version \"\(text)\"; expected \(PackageManifest.oldestVersion) or later, such "
                + "as 66.0."
        }
    }

    private static func namespace(_ found: String?) -> String {
        found.map { "the namespace \($0.prefix(100))" } ?? "no namespace"
    }

    /// Returns the version that a malformed text such as `62` or `v62.0` probably means, or `nil`.
    private static func corrected(_ text: String) -> APIVersion? {
        let number = text.trimmingPrefix("v").prefix { $0 != "." }
        return Int(number).flatMap(APIVersion.init(number:)).flatMap {
            $0 >= PackageManifest.oldestVersion && $0.description != text ? $0 : nil
        }
    }
}

extension PackageManifest {
    /// The oldest supported version. Versions up to 30.0 are retired ("Metadata API Developer Guide", Metadata API
    /// release notes and end of life).
    static var oldestVersion: APIVersion { APIVersion(number: 31)! }

    /// Returns the mistakes in a hand-written `package.xml`, in the order in which the parser finds them. Do not use it
    /// for files from an org, which can contain elements that are not known here.
    ///
    /// - Parameter limit: The largest number of problems that are returned.
    /// - Returns: The first problems, and the total number of problems. If the file is not well-formed, problems after
    ///   the first syntax error are not found.
    public static func problems(in bytes: [UInt8], limit: Int = 10) -> (first: [ManifestProblem], count: Int) {
        let check = ManifestCheck(limit: limit)
        guard !isBlank(bytes) else {
            check.report(.emptyFile, nil)
            return (check.first, check.count)
        }
        let reader = XMLPushReader(handler: check)
        var isRead = false
        do {
            try bytes.withUnsafeBytes { try reader.feed($0) }
            isRead = true
            try reader.finish()
            check.finish()
        } catch let refusal as XMLError {
            report(refusal, of: bytes, isAtEnd: isRead, reader, check)
        } catch {
            check.report(.xml(.malformed(line: 0, code: 0)), nil)
        }
        return (check.first, check.count)
    }

    /// Returns the encoding of a `package.xml` that is not in UTF-8 or declares another encoding, for a suggested
    /// `iconv` command.
    ///
    /// - Returns: `nil` for UTF-8. A name that the file declares is returned as written, without characters that are
    ///   not visible ASCII and cut off after 40. If the encoding cannot be determined, the result is `WINDOWS-1252`.
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
        do { _ = try bytes.withUnsafeBytes { try prolog.process($0, isLast: true) } } catch {
            if case .encoding(let name)? = error as? XMLError { return name }
        }
        return String(validating: bytes, as: UTF8.self) == nil ? "WINDOWS-1252" : nil
    }

    private static func isBlank(_ bytes: [UInt8]) -> Bool {
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        return text.allSatisfy { $0 == 0x20 || $0 == 0x9 || $0 == 0xA || $0 == 0xD }
    }

    private static func report(
        _ refusal: XMLError, of bytes: [UInt8], isAtEnd: Bool, _ reader: XMLPushReader, _ check: ManifestCheck
    ) {
        guard case .malformed = refusal else { return check.report(.xml(refusal), reader.lineOfRefusal) }
        if let line = lineThatIsNotUTF8(bytes) {
            check.report(.notUTF8, line)
        } else if isAtEnd, let root = check.openRoot, let open = check.openElement, !closes(root, bytes) {
            check.report(.cutOff(element: open.name), open.line)
        } else {
            check.report(.xml(refusal), nil)
        }
    }

    /// Whether the file ends with the closing tag of the root. In this case the file is not cut off.
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

/// Collects the mistakes while the parser reads the file. Call `finish()` at the end of a well-formed file.
private final class ManifestCheck: XMLEventHandler {
    private(set) var first: [ManifestProblem] = []
    private(set) var count = 0
    private let limit: Int

    private struct Open {
        let name: String
        let line: Int
        var text: [UInt8] = []
        /// The number of child elements by name.
        var children: [String: Int] = [:]
    }

    /// The open elements, outermost first.
    private var path: [Open] = []
    /// The name in the current `types` element; empty before it is read.
    private var typeName = ""
    private var hasVersion = false
    /// The namespace of the root. If it is wrong, the problem is reported only once, not for each element.
    private var namespace: String?
    /// Whether the root is not `Package`. In this case its content is not checked.
    private var hasWrongRoot = false

    var openRoot: String? { path.first?.name }
    /// The innermost open element, with the line of its start tag.
    var openElement: (name: String, line: Int)? { path.last.map { ($0.name, $0.line) } }

    init(limit: Int) { self.limit = limit }

    func report(_ kind: ManifestProblem.Kind, _ line: Int?) {
        count += 1
        if first.count < limit { first.append(ManifestProblem(line: line, kind: kind)) }
    }

    /// The children of `Package` ("Metadata API Developer Guide", Package).
    private static let childrenOfPackage = [
        "types", "version", "fullName", "description", "apiAccessLevel", "namespacePrefix", "objectPermissions",
        "packageType", "postInstallClass", "setupWeblink", "uninstallClass",
    ]
    private static let childrenOfTypes = ["members", "name"]

    /// The elements that are allowed in the innermost open element; `nil` if all are allowed.
    private var expected: [String]? {
        switch path.map(\.name) {
        case ["Package"]: Self.childrenOfPackage
        case ["Package", "types"]: Self.childrenOfTypes
        case ["Package", "types", "members"], ["Package", "types", "name"], ["Package", "version"]: []
        default: nil
        }
    }

    func begin(_ element: XMLElementStart) throws -> XMLTextBound {
        if path.isEmpty { beginRoot(element) } else { beginChild(element) }
        if let parent = path.indices.last { path[parent].children[element.localName, default: 0] += 1 }
        path.append(Open(name: element.localName, line: element.line))
        if path.map(\.name) == ["Package", "types"] { typeName = "" }
        if expected != nil, !hasWrongRoot {
            for name in element.plainAttributes {
                report(.unknownAttribute(String(name.prefix(100)), of: element.localName), element.line)
            }
        }
        return .bounded
    }

    private func beginRoot(_ element: XMLElementStart) {
        namespace = element.namespace
        hasWrongRoot = element.localName != "Package"
        if hasWrongRoot {
            report(.root(element.localName), element.line)
        } else if namespace != XMLNamespace.metadata {
            report(.rootNamespace(namespace), element.line)
        }
    }

    private func beginChild(_ element: XMLElementStart) {
        guard !hasWrongRoot, let expected else { return }
        if !expected.contains(element.localName) {
            report(.unknownElement(element.localName, in: path.last?.name ?? "", expected: expected), element.line)
        } else if element.namespace != namespace {
            report(.elementNamespace(element.localName, found: element.namespace), element.line)
        }
    }

    func text(_ bytes: UnsafeRawBufferPointer) {
        if let last = path.indices.last { path[last].text.append(contentsOf: bytes) }
    }

    func end() throws {
        let names = path.map(\.name)
        let element = path.removeLast()
        let text = String(trimmingWhiteSpaceOf: element.text)
        switch names {
        case ["Package"], ["Package", "types"]:
            if !text.isEmpty { report(.misplacedText(in: element.name), element.line) }
            if names.count == 2 { endTypes(element) }
        case ["Package", "types", "members"]:
            if text.isEmpty { report(.empty(element.name), element.line) }
        case ["Package", "types", "name"]: endName(text, element.line)
        case ["Package", "version"]: endVersion(text, element.line)
        default: break
        }
    }

    private func endTypes(_ element: Open) {
        switch element.children["name"] ?? 0 {
        case 0: report(.typeWithoutName, element.line)
        case 1: break
        default: report(.repeated("name", in: "types"), element.line)
        }
        if (element.children["members"] ?? 0) == 0 {
            report(.typeWithoutMembers(typeName), element.line)
        }
    }

    private func endName(_ text: String, _ line: Int) {
        typeName = text
        guard !text.isEmpty else { return report(.empty("name"), line) }
        if !PackageManifest.isTypeName(text) { report(.typeName(text.shortened(to: 128)), line) }
    }

    private func endVersion(_ text: String, _ line: Int) {
        if hasVersion { report(.repeated("version", in: "Package"), line) }
        hasVersion = true
        guard let version = APIVersion(text), version >= PackageManifest.oldestVersion else {
            return report(.version(text.shortened(to: 20)), line)
        }
    }

    func finish() {
        if !hasVersion, !hasWrongRoot { report(.versionMissing, nil) }
    }
}
