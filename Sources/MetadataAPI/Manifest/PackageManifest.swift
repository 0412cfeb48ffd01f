/// What a `package.xml` says: for each metadata type the full names of its members, and the API version that decides
/// the format of the files.
///
/// Source: Metadata API Developer Guide, "Sample package.xml Manifest Files".
public struct PackageManifest: Equatable, Sendable {
    public var version: APIVersion
    private var membersByType: [String: Set<String>] = [:]

    public init(version: APIVersion) { self.version = version }

    /// Type names that have at least one member, sorted by their bytes.
    public var types: [String] { membersByType.keys.sorted(by: precedesByBytes) }

    /// The members of a type, sorted by their bytes; empty when the manifest does not name the type.
    public func members(of type: String) -> [String] { (membersByType[type] ?? []).sorted(by: precedesByBytes) }

    /// How many members all types have together. A wildcard counts as one.
    public var memberCount: Int { membersByType.values.reduce(0) { $0 + $1.count } }

    public var isEmpty: Bool { membersByType.isEmpty }

    public func contains(_ member: String, of type: String) -> Bool { membersByType[type]?.contains(member) ?? false }

    /// Adds a member; one that is already there stays once.
    ///
    /// - Throws: ``ManifestError`` when the type name is not letters, digits and underscores, or the member is empty
    ///   or has a character that XML cannot carry.
    public mutating func insert(_ member: String, of type: String) throws(ManifestError) {
        guard PackageManifest.isTypeName(type) else { throw .typeName(type) }
        guard !member.isEmpty else { throw .emptyMember(type: type) }
        guard member.unicodeScalars.allSatisfy(XMLWriter.isCharacter) else { throw .memberCharacters(type: type) }
        membersByType[type, default: []].insert(member)
    }

    /// What a retrieve named and the org did not deliver.
    public enum Undelivered: Equatable, Sendable {
        case member(String, type: String)
        case type(String)
    }

    /// Takes out what did not come. The manifest in an archive names every member that was asked for, also those that the org
    /// did not find.
    public mutating func remove(_ undelivered: Undelivered) {
        switch undelivered {
        case .member(let member, let type):
            membersByType[type]?.remove(member)
            if membersByType[type]?.isEmpty == true { membersByType[type] = nil }
        case .type(let type): membersByType[type] = nil
        }
    }

    /// Adds everything that `other` names. The version stays.
    public mutating func merge(_ other: PackageManifest) {
        membersByType.merge(other.membersByType) { $0.union($1) }
    }

    /// ASCII letters, digits and underscores, starting with a letter, at most 128 bytes.
    public static func isTypeName(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, first.isASCII, first.properties.isAlphabetic,
            text.utf8.count <= 128
        else { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_")
        }
    }
}

extension PackageManifest {
    /// The file `package.xml`: types and members sorted, members before the name, four spaces a level, a newline at
    /// the end. Equal manifests give equal bytes.
    public func serialized() -> [UInt8] {
        var xml = XMLWriter(indentation: 4)
        xml.open("Package", attributes: [("xmlns", XMLNamespace.metadata)])
        writeContent(to: &xml)
        xml.close()
        return Array(xml.text.utf8)
    }

    /// The children of `Package`, which are also those of `unpackaged` in a retrieve call.
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
