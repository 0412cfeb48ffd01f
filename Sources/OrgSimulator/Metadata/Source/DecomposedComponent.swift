/// Merging of the source form: one file for each child becomes one XML file for the parent.
extension ComponentAssembly {
    static let metadataNamespace = "http://soap.sforce.com/2006/04/metadata"

    /// Elements are sorted by name and, inside one name, children by their own name. A directory without the parent's
    /// own file gives a parent that holds only the children.
    func decomposed(_ claims: [SourceClaim]) throws(SourceProblem) -> MetadataComponent {
        let type = claims[0].type
        var root = XMLTree(type.xmlName, attributes: ["xmlns": Self.metadataNamespace])
        let definitions = claims.filter(\.isDefinition)
        if let second = definitions.dropFirst().first {
            throw SourceProblem(
                file: second.file.shownPath,
                reason: "this file and \(definitions[0].file.shownPath) claim the same component")
        }
        if let definition = definitions.first {
            let tree = try Self.parse(definition.file, root: type.xmlName)
            root.children = tree.children
            root.attributes.merge(tree.attributes) { _, own in own }
        }
        for claim in claims {
            guard case .child(let child) = claim.role else { continue }
            root.children.append(try Self.element(child, in: claim.file))
        }
        root.children = Self.sorted(root.children, type)
        let file = ServedFile(
            path: "\(type.directory)/\(claims[0].fullName).\(type.suffix ?? "")", bytes: root.document())
        let component = MetadataComponent(type: type, fullName: claims[0].fullName, files: [file])
        return try Self.named(component, root, (definitions.first ?? claims[0]).file)
    }

    private static func element(
        _ child: MetadataType.Child, in file: SourceFile
    ) throws(SourceProblem) -> XMLTree {
        var tree = try parse(file, root: child.xmlName)
        tree.name = child.element
        tree.attributes["xmlns"] = nil
        if tree.value(child.key) == nil {
            let name = SourceClassifier.withoutExtension(
                SourceClassifier.withoutCompanionSuffix(file.name) ?? file.name)
            tree.children.removeAll { $0.localName == child.key }
            tree.children.insert(XMLTree(child.key, text: name), at: 0)
        }
        return tree
    }

    private static func parse(_ file: SourceFile, root: String) throws(SourceProblem) -> XMLTree {
        let tree = try parse(file)
        guard tree.localName == root else {
            throw SourceProblem(file: file.shownPath, reason: "the root element is <\(tree.name)>, not <\(root)>")
        }
        return tree
    }

    private static func sorted(_ elements: [XMLTree], _ type: MetadataType) -> [XMLTree] {
        let keys = Dictionary(type.children.map { ($0.element, $0.key) }) { first, _ in first }
        let order = elements.enumerated().map { index, element in
            (element: element, name: keys[element.name].flatMap { element.value($0) } ?? "", index: index)
        }
        return order.sorted { ($0.element.name, $0.name, $0.index) < ($1.element.name, $1.name, $1.index) }
            .map(\.element)
    }

    /// Adds the children that a manifest can name.
    static func named(
        _ component: MetadataComponent, _ tree: XMLTree, _ file: SourceFile
    ) throws(SourceProblem) -> MetadataComponent {
        var component = component
        let children = Dictionary(component.type.children.map { ($0.element, $0) }) { first, _ in first }
        guard !children.isEmpty else { return component }
        component.tree = tree
        var seen: Set<String> = []
        for element in tree.children {
            guard let child = children[element.localName] else { continue }
            guard let name = element.value(child.key) else {
                throw SourceProblem(
                    file: file.shownPath, reason: "a <\(element.name)> element has no <\(child.key)>")
            }
            guard seen.insert("\(child.xmlName) \(name)").inserted else {
                throw SourceProblem(
                    file: file.shownPath,
                    reason: "the \(child.xmlName) '\(name)' of \(component.fullName) is defined twice")
            }
            guard child.isAddressable else { continue }
            let fullName = child.isNamedAlone ? name : "\(component.fullName).\(name)"
            component.parts.append(.init(type: child.xmlName, fullName: fullName, element: element))
        }
        return component
    }
}
