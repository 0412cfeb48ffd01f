/// The content of a `package.xml`: the full names of the members of each metadata type, and the API version.
///
/// Source: Metadata API Developer Guide, "Sample package.xml Manifest Files".
public struct PackageManifest: Equatable, Sendable {
    /// The API version, which determines the format of the files.
    public var version: APIVersion
    private var membersByType: [String: Set<String>] = [:]

    package init(version: APIVersion) { self.version = version }

    /// The types with at least one member, sorted by bytes.
    public var types: [String] { membersByType.keys.sorted(by: precedesByBytes) }

    /// Returns the members of a type, sorted by bytes. The result is empty if the manifest does not contain the type.
    public func members(of type: String) -> [String] { (membersByType[type] ?? []).sorted(by: precedesByBytes) }

    /// The total number of members of all types. A wildcard counts as one.
    public var memberCount: Int { membersByType.values.reduce(0) { $0 + $1.count } }

    var isEmpty: Bool { membersByType.isEmpty }

    /// Whether the manifest names this member. A wildcard `*` does not count as all members.
    public func contains(_ member: String, of type: String) -> Bool { membersByType[type]?.contains(member) ?? false }

    /// Adds a member if the manifest does not contain it yet.
    ///
    /// - Throws: ``ManifestError`` if the type name is invalid (see ``isTypeName(_:)``), or the member is empty or has
    ///   a character that XML does not allow.
    package mutating func insert(_ member: String, of type: String) throws(ManifestError) {
        guard PackageManifest.isTypeName(type) else { throw .typeName(type) }
        guard !member.isEmpty else { throw .emptyMember(type: type) }
        guard member.unicodeScalars.allSatisfy(XMLWriter.isCharacter) else { throw .memberCharacters(type: type) }
        membersByType[type, default: []].insert(member)
    }

    /// A requested component or type that the org did not deliver.
    public enum Undelivered: Equatable, Sendable {
        case member(String, type: String)
        case type(String)
    }

    /// Removes what was not delivered. The manifest in an archive names all requested members, including those that the
    /// org did not find.
    mutating func remove(_ undelivered: Undelivered) {
        switch undelivered {
        case .member(let member, let type):
            membersByType[type]?.remove(member)
            if membersByType[type]?.isEmpty == true { membersByType[type] = nil }
        case .type(let type): membersByType[type] = nil
        }
    }

    /// Returns the manifest without these components.
    package func without(_ components: Set<ComponentID>) -> PackageManifest {
        guard !components.isEmpty else { return self }
        var rest = self
        for (type, members) in membersByType {
            let left = members.filter { !components.contains(ComponentID(type, $0)) }
            rest.membersByType[type] = left.isEmpty ? nil : left
        }
        return rest
    }

    /// Adds all members of `other`. The version is unchanged.
    mutating func merge(_ other: PackageManifest) {
        membersByType.merge(other.membersByType) { $0.union($1) }
    }

    /// Whether a text can be a type name: ASCII letters, digits and underscores, beginning with a letter, at most 128
    /// bytes.
    package static func isTypeName(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, first.isASCII, first.properties.isAlphabetic,
            text.utf8.count <= 128
        else { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_")
        }
    }
}

extension PackageManifest {
    /// Returns the manifest as a `package.xml` file: types and members sorted, members before the name, indented by
    /// four spaces per level, with a final newline. Equal manifests have equal bytes.
    func serialized() -> [UInt8] {
        var xml = XMLWriter(indentation: 4)
        xml.open("Package", attributes: [("xmlns", XMLNamespace.metadata)])
        writeContent(to: &xml)
        xml.close()
        return Array(xml.text.utf8)
    }

    /// Writes the child elements of `Package`. In a retrieve call, `unpackaged` has the same children.
    func writeContent(to xml: inout XMLWriter) {
        for type in types {
            xml.open("types")
            for member in members(of: type) { xml.element("members", member) }
            xml.element("name", type)
            xml.close()
        }
        xml.element("version", version.description)
    }
}
