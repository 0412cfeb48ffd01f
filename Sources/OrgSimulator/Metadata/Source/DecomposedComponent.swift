/// Merges the files of one component into one XML file: the parent's file and a file for each child, or several files that
/// each define some of the children.
extension ComponentAssembly {
    static let metadataNamespace = "http://soap.sforce.com/2006/04/metadata"

    /// Merges the files of a directory. Without the parent's own file, the result has only the children.
    ///
    /// - Returns: `nil` if no part can be read; the reasons are noted.
    mutating func decomposed(_ claims: [SourceClaim]) -> MetadataComponent? {
        var parts: [MergedXML.Part] = []
        for claim in claims where claim.isDefinition { parts += definitionParts(claim) }
        for claim in claims {
            guard case .child(let child) = claim.role else { continue }
            if let part = part(child, in: claim.file) { parts.append(part) }
        }
        return merged(parts, claims)
    }

    /// Merges several files of one component.
    ///
    /// - Returns: `nil` if no file can be read; the reasons are noted.
    mutating func merged(_ definitions: [SourceClaim]) -> MetadataComponent? {
        var parts: [MergedXML.Part] = []
        for definition in definitions { parts += definitionParts(definition) }
        return merged(parts, definitions)
    }

    private mutating func merged(_ parts: [MergedXML.Part], _ claims: [SourceClaim]) -> MetadataComponent? {
        guard !parts.isEmpty else { return nil }
        let type = claims[0].type
        var merged = MergedXML(type: type)
        for part in parts { merged.add(part) }
        for loss in merged.losses { note(loss.file, loss.reason) }
        let root = merged.tree
        let file = ServedFile(
            path: "\(type.directory)/\(claims[0].fullName).\(type.suffix ?? "")", bytes: root.document())
        let component = MetadataComponent(type: type, fullName: claims[0].fullName, files: [file])
        return withParts(component, root, claims[0].file)
    }

    /// Returns the attributes and elements of the parent's own file; empty if it cannot be read.
    private mutating func definitionParts(_ claim: SourceClaim) -> [MergedXML.Part] {
        guard let tree = tree(claim.file, root: claim.type.xmlName) else { return [] }
        return [MergedXML.Part(elements: tree.children, attributes: tree.attributes, file: claim.file.shownPath)]
    }

    /// Returns the element for one child of a decomposed component, from the child's own file. A child without a name
    /// gets that of its file. `nil` if the file cannot be read.
    private mutating func part(_ child: MetadataType.Child, in file: SourceFile) -> MergedXML.Part? {
        guard var tree = tree(file, root: child.xmlName) else { return nil }
        tree.name = child.element
        tree.attributes["xmlns"] = nil
        if tree.value(child.key) == nil {
            let name = SourceClassifier.withoutExtension(
                SourceClassifier.withoutCompanionSuffix(file.name) ?? file.name)
            tree.children.removeAll { $0.localName == child.key }
            tree.children.insert(XMLTree(child.key, text: name), at: 0)
        }
        return MergedXML.Part(elements: [tree], attributes: [:], file: file.shownPath)
    }

    private mutating func tree(_ file: SourceFile, root: String) -> XMLTree? {
        do throws(SourceProblem) {
            let tree = try Self.parse(file)
            guard tree.localName == root else {
                throw SourceProblem(
                    file: file.shownPath,
                    reason: "is not served: the root element is <\(tree.name)>, not <\(root)>")
            }
            return tree
        } catch {
            note(error.file, error.reason)
            return nil
        }
    }

    /// Returns the component with its `tree`, and with `parts`: the children that a manifest can name. Returns a component
    /// whose type has no children unchanged.
    ///
    /// - Parameter file: The file that notes refer to.
    mutating func withParts(_ component: MetadataComponent, _ tree: XMLTree, _ file: SourceFile) -> MetadataComponent {
        var component = component
        let children = Dictionary(component.type.children.map { ($0.element, $0) }) { first, _ in first }
        guard !children.isEmpty else { return component }
        component.tree = tree
        var seen: Set<String> = []
        for element in tree.children {
            guard let child = children[element.localName], child.isAddressable else { continue }
            guard let name = element.value(child.key) else {
                note(
                    file.shownPath,
                    "a <\(element.name)> element has no <\(child.key)>, so it cannot be retrieved by name")
                continue
            }
            guard seen.insert("\(child.xmlName) \(name)").inserted else {
                note(file.shownPath, "the \(child.xmlName) '\(name)' of \(component.fullName) is defined twice")
                continue
            }
            let fullName = child.isNamedAlone ? name : "\(component.fullName).\(name)"
            component.parts.append(.init(type: child.xmlName, fullName: fullName, element: element))
        }
        return component
    }
}

/// The XML of one component, merged from several files. If two files define something differently, the first takes
/// precedence.
struct MergedXML {
    /// The content of one of the files.
    struct Part {
        var elements: [XMLTree]
        var attributes: [String: String]
        /// For messages.
        var file: String
    }

    /// The origin of an element.
    private struct Origin {
        var index: Int
        var part: Int
        var file: String
    }

    private let type: MetadataType
    /// By the element name of a child: the name of its key, the element inside it that contains the child's name.
    private let keys: [String: String]
    private var attributes = ["xmlns": ComponentAssembly.metadataNamespace]
    private var elements: [XMLTree] = []
    private var origins: [String: Origin] = [:]
    private var partCount = 0
    /// The elements of later files that are not in the merged file.
    private(set) var losses: [SourceProblem] = []

    init(type: MetadataType) {
        self.type = type
        keys = Dictionary(type.children.map { ($0.element, $0.key) }) { first, _ in first }
    }

    /// Adds the content of the next file.
    mutating func add(_ part: Part) {
        attributes.merge(part.attributes) { first, _ in first }
        for element in part.elements { add(element, part) }
        partCount += 1
    }

    /// Adds an element. An element of a later file is compared with an earlier one of the same identity.
    private mutating func add(_ element: XMLTree, _ part: Part) {
        guard let identity = identity(of: element) else {
            if partCount == 0 || !elements.contains(element) { elements.append(element) }
            return
        }
        if let origin = origins[identity], origin.part < partCount {
            guard elements[origin.index] != element else { return }
            let name = name(of: element).map { " \($0)" } ?? ""
            losses.append(
                SourceProblem(
                    file: part.file,
                    reason: "<\(element.name)>\(name) is not served: \(origin.file) defines it differently"))
            return
        }
        if origins[identity] == nil {
            origins[identity] = Origin(index: elements.count, part: partCount, file: part.file)
        }
        elements.append(element)
    }

    /// Returns what identifies an element: its element name and the name that it contains, or only its element name if it has
    /// no child elements; `nil` for any other element.
    private func identity(of element: XMLTree) -> String? {
        if let name = name(of: element) { return "\(element.name) \(name)" }
        return element.children.isEmpty ? element.name : nil
    }

    private func name(of element: XMLTree) -> String? {
        if let key = keys[element.name] { return element.value(key) }
        return element.value("fullName") ?? element.value("name")
    }

    /// The merged tree. Elements are sorted by element name, and children of one element name by their own name.
    var tree: XMLTree {
        let order = elements.enumerated().map { index, element in
            (element: element, name: keys[element.name].flatMap { element.value($0) } ?? "", index: index)
        }
        let sorted = order.sorted {
            ($0.element.name, $0.name, $0.index) < ($1.element.name, $1.name, $1.index)
        }
        return XMLTree(type.xmlName, sorted.map(\.element), attributes: attributes)
    }
}
