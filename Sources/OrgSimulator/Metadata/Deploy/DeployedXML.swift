/// A deployed file or a structure in it. As in an org, unknown elements and duplicates of single elements are errors.
///
/// All functions that throw report the ``DeployProblem`` of the deployment. If an element may be repeated, functions
/// that return one value use the first.
struct DeployedXML: Sendable {
    /// The metadata type, such as `ConnectedApp`; for a structure, with the path of its element:
    /// `ConnectedApp.oauthConfig`.
    let type: String
    private let tree: XMLTree

    /// - Parameter type: The expected root element.
    init(_ bytes: [UInt8], type: String) throws(DeployProblem) {
        let tree: XMLTree
        do {
            tree = try XMLTree.parse(bytes)
        } catch {
            throw .synthetic("Error parsing file: \(error.description)")
        }
        guard tree.localName == type, tree.namespace == SOAPMessage.metadataNamespace else {
            throw .synthetic("Error parsing file: the root element is not \(type) of the metadata namespace")
        }
        try self.init(tree, type: type)
    }

    /// Checks the names of the direct children. The elements of a structure are checked when the structure is read. An
    /// element that may be repeated must not be interrupted by another element.
    private init(_ tree: XMLTree, type: String) throws(DeployProblem) {
        self.type = type
        self.tree = tree
        let known = MetadataElements.of(type)
        var seen: Set<String> = []
        var previous = ""
        for child in tree.children {
            let name = child.localName
            guard known.contains(name) else {
                throw .synthetic(
                    "Error parsing file: Element {\(child.namespace ?? "")}\(name) invalid at this location in type "
                        + type)
            }
            let mayFollow = name == previous && MetadataElements.repeated.contains(name)
            guard seen.insert(name).inserted || mayFollow else {
                // A real org adds line and column.
                throw .synthetic(
                    "Error parsing file: Element \(name) is duplicated at this location in type \(type)")
            }
            previous = name
        }
    }

    /// Returns the trimmed text of an element, or `nil` if it is missing or empty.
    func text(_ name: String) -> String? { tree.value(name) }

    func required(_ name: String) throws(DeployProblem) -> String {
        guard let text = text(name) else { throw .synthetic("Required field is missing: \(name)") }
        return text
    }

    /// Returns the texts of all elements with this name, without empty ones; `nil` if there is no such element.
    func texts(_ name: String) -> [String]? {
        let elements = tree.children(name)
        return elements.isEmpty ? nil : elements.map(\.trimmedText).filter { !$0.isEmpty }
    }

    /// Returns the items of a comma-separated list.
    func list(_ name: String) -> [String] {
        (text(name) ?? "").split(separator: ",").map(\.trimmed).filter { !$0.isEmpty }
    }

    /// Returns the boolean of an element, or `standard` if it is missing or empty.
    func flag(_ name: String, or standard: Bool) throws(DeployProblem) -> Bool {
        switch text(name) {
        case nil: return standard
        case "true", "1": return true
        case "false", "0": return false
        case .some(let text): throw .synthetic("Error parsing file: '\(text)' is not a valid value for \(name)")
        }
    }

    /// Returns the integer of an element, or `nil` if it is missing or empty.
    func number(_ name: String) throws(DeployProblem) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text) else {
            throw .synthetic("Error parsing file: '\(text)' is not a valid value for \(name)")
        }
        return number
    }

    /// Returns what `value` returns for the text of an element, or `standard` if the element is missing or empty.
    ///
    /// - Parameters:
    ///   - enumeration: The name of the enumeration, for the refusal of other values. The text of the refusal is
    ///     confirmed for one enumeration.
    ///   - value: Returns `nil` for a text that is not a value of the enumeration.
    func choice<Value>(
        _ name: String, of enumeration: String, _ value: (String) -> Value?, or standard: Value
    ) throws(DeployProblem) -> Value {
        guard let text = text(name) else { return standard }
        guard let value = value(text) else {
            let refusal = "'\(text)' is not a valid value for the enum '\(enumeration)'"
            throw enumeration == "PermittedUsersPolicyType" ? .confirmed(refusal) : .synthetic(refusal)
        }
        return value
    }

    /// Returns the structure in the first element with this name, or `nil` if there is none.
    func part(_ name: String) throws(DeployProblem) -> DeployedXML? { try parts(name).first }

    /// Returns the structures in all elements with this name.
    func parts(_ name: String) throws(DeployProblem) -> [DeployedXML] {
        var parts: [DeployedXML] = []
        for child in tree.children(name) { parts.append(try DeployedXML(child, type: "\(type).\(name)")) }
        return parts
    }
}
