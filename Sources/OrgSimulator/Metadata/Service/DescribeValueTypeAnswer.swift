/// Generates the answers to describeValueType ("describeValueType()", Metadata API Developer Guide).
///
/// The simulator knows the fields of a type only from the org's own components: a description has the elements that
/// occur in them. A real org also describes those that do not occur.
struct DescribeValueTypeAnswer {
    /// The greatest depth of fields within fields.
    private static let depthLimit = 5

    var registry: MetadataRegistry
    var repository: MetadataRepository

    /// - Parameter request: The `describeValueType` element. Its `type` is a name in braces and a local name:
    ///   `{http://soap.sforce.com/2006/04/metadata}ApexClass`.
    /// - Throws: ``SOAPFault`` if there is no such type. Its text is that of listMetadata; not confirmed on a real org.
    func result(_ request: XMLTree) throws(SOAPFault) -> XMLTree {
        let argument = request.value("type") ?? ""
        let prefix = "{\(SOAPMessage.metadataNamespace)}"
        let name = argument.hasPrefix(prefix) ? String(argument.dropFirst(prefix.count)) : argument
        guard let type = ValueType(name, registry, repository) else {
            throw .org("INVALID_TYPE", "Unknown type:\(name)")
        }
        var elements = ["apiCreatable", "apiDeletable", "apiReadable", "apiUpdatable"].map {
            XMLTree($0, flag: type.isReadable)
        }
        if let parent = type.parent { elements.append(parentField(parent)) }
        elements.append(field("fullName", [], isName: true, depth: 0))
        elements += fields(of: type.examples, depth: 0)
        return XMLTree("result", elements)
    }

    private func parentField(_ parent: String) -> XMLTree {
        var description = field("fullName", [], isName: true, depth: 0)
        description.name = "parentField"
        description.children.insert(XMLTree("foreignKeyDomain", text: parent), at: 0)
        return description
    }

    /// Returns the fields that occur in any of the examples, sorted by name.
    private func fields(of examples: [XMLTree], depth: Int) -> [XMLTree] {
        let occurring = Dictionary(grouping: examples.flatMap(\.children), by: \.localName)
        return occurring.sorted { $0.key < $1.key }.filter { $0.key != "fullName" }.map { name, elements in
            field(name, elements, isName: false, depth: depth)
        }
    }

    private func field(_ name: String, _ examples: [XMLTree], isName: Bool, depth: Int) -> XMLTree {
        let inner = depth < Self.depthLimit ? fields(of: examples, depth: depth + 1) : []
        var elements = inner.map { field in
            var field = field
            field.name = "fields"
            return field
        }
        elements += [
            XMLTree("isForeignKey", flag: false), XMLTree("isNameField", flag: isName),
            XMLTree("minOccurs", text: isName ? "1" : "0"), XMLTree("name", text: name),
            XMLTree("soapType", text: inner.isEmpty ? Self.simpleType(of: examples) : name),
            XMLTree("valueRequired", flag: isName),
        ]
        return XMLTree("valueTypeFields", elements)
    }

    private static func simpleType(of examples: [XMLTree]) -> String {
        let texts = Set(examples.map(\.trimmedText))
        if texts.isEmpty { return "string" }
        if texts.isSubset(of: ["true", "false"]) { return "boolean" }
        return texts.allSatisfy { Double($0) != nil } ? "double" : "string"
    }
}

/// A type whose values can be described, with all its values in the org.
private struct ValueType {
    /// Whether readMetadata returns values of the type.
    let isReadable: Bool
    /// The type of the component that contains the value, for a child type.
    var parent: String?
    let examples: [XMLTree]

    init?(_ name: String, _ registry: MetadataRegistry, _ repository: MetadataRepository) {
        if let (parent, _) = registry.parent(ofChild: name) {
            self.parent = parent.xmlName
            isReadable = true
            examples = repository.parts(ofType: name).map(\.part.element)
            return
        }
        guard let type = registry.type(named: name) else { return nil }
        isReadable = type.layout == .plain || type.layout == .decomposed
        examples = repository.components(ofType: name).filter { !$0.isFolder }.compactMap { component in
            let file = component.files.first(where: \.isCompanion) ?? component.files.first
            return file.flatMap { try? XMLTree.parse($0.bytes) }
        }
    }
}
