/// Why a `package.xml` or one of its members is rejected.
public enum ManifestError: Error, Equatable, Sendable {
    case xml(XMLError)
    /// The root, with this local name, is not `Package` in the metadata namespace.
    case root(String)
    /// A `types` element has no name.
    case typeWithoutName
    /// A `types` element has more than one name.
    case typeNamedTwice
    /// The text cannot be the name of a metadata type. In a parsed file, it is shortened to 128 characters.
    case typeName(String)
    /// `type` is `nil` if the type's name comes after the member.
    case emptyMember(type: String?)
    /// A member has a character that XML does not allow.
    case memberCharacters(type: String)
    case versionMissing
    case versionRepeated
    /// The text, shortened to 20 characters, is not a version such as `66.0`.
    case version(String)
    case tooManyMembers(limit: Int)
}

extension ManifestError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .xml(let refusal): "The manifest cannot be read. \(refusal)"
        case .root("Package"):
            "The root element Package of the manifest must be in the namespace \(XMLNamespace.metadata)."
        case .root(let name):
            "The root of the manifest is \(name); it must be Package in the namespace \(XMLNamespace.metadata)."
        case .typeWithoutName: "The manifest has a types element without a name."
        case .typeNamedTwice: "The manifest has a types element with more than one name."
        case .typeName(let name): "\"\(name)\" is not the name of a metadata type."
        case .emptyMember(let type?): "The manifest has an empty member under \(type)."
        case .emptyMember(nil): "The manifest has an empty member."
        case .memberCharacters(let type): "A member of \(type) has a character that XML does not allow."
        case .versionMissing: "The manifest has no version."
        case .versionRepeated: "The manifest has more than one version."
        case .version(let text): "The manifest has the invalid version \"\(text)\"; expected a version such as 66.0."
        case .tooManyMembers(let limit): "The manifest names more than \(limit) members."
        }
    }
}

extension String {
    /// Returns the text for a message. If it has more than `limit` characters, it is cut off there, and an ellipsis is
    /// added.
    func shortened(to limit: Int) -> String { count > limit ? String(prefix(limit)) + "…" : self }
}
