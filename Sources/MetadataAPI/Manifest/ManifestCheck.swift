/// Something in a `package.xml` that somebody wrote that cannot be meant so.
public struct ManifestProblem: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        case xml(XMLRefusal)
        case root(String)
        case unknownElement(String, in: String, expected: [String])
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
        case .root(let name):
            "The root is \(name); it must be Package in the namespace \(XMLNamespace.metadata)."
        case .unknownElement(let name, let parent, let expected):
            "Unknown element \(name) in \(parent); expected \(expected.joined(separator: ", "))."
        case .misplacedText(let parent): "Text in \(parent) outside of its elements."
        case .empty(let name): "The element \(name) is empty."
        case .typeWithoutMembers(let type):
            "types for \(type) has no members; for all of them write <members>*</members>."
        case .typeWithoutName: "types has no name; expected <name> with the name of a metadata type."
        case .repeated(let name, let parent): "A second element \(name) in \(parent); expected one."
        case .typeName(let name): "\"\(name)\" is not the name of a metadata type; expected letters and digits."
        case .versionMissing: "The element version is missing; expected such as <version>66.0</version>."
        case .version(let text):
            "The version \"\(text)\" is none that an org serves; expected \(PackageManifest.oldestVersion) or later, such as 66.0."
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
        let reader = XMLPushReader(handler: check)
        do {
            try bytes.withUnsafeBytes { try reader.feed($0) }
            try reader.finish()
            check.finish()
        } catch let refusal as XMLRefusal {
            check.note(.xml(refusal), nil)
        } catch {
            check.note(.xml(.malformed(line: 0, code: 0)), nil)
        }
        return (check.first, check.count)
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
        let isOurs = element.namespace == XMLNamespace.metadata
        if path.isEmpty, !isOurs || element.localName != "Package" {
            note(.root(element.localName), element.line)
        } else if let expected, !isOurs || !expected.contains(element.localName) {
            note(
                .unknownElement(element.localName, in: path.last?.name ?? "", expected: expected), element.line)
        }
        if let parent = path.indices.last { path[parent].children[element.localName, default: 0] += 1 }
        path.append(Open(name: element.localName, line: element.line))
        if path.map(\.name) == ["Package", "types"] { typeName = "" }
        return .bounded
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
        if !hasVersion { note(.versionMissing, nil) }
    }
}
