/// Generates the answers of readMetadata: the XML of components, one record for each name.
struct MetadataReading {
    var registry: MetadataRegistry
    var repository: MetadataRepository
    var disclosure: AppDisclosure
    /// Components that are returned if the repository has none of the same type and name.
    var byName: [MetadataComponent] = []

    /// Returns one record for each name, in the order of the names. The record of a missing component has `xsi:nil`.
    ///
    /// - Parameter request: The `readMetadata` element.
    /// - Throws: ``SOAPFault`` for too many names, an unknown type, or a type whose components are not one XML file.
    func result(_ request: XMLTree) throws(SOAPFault) -> XMLTree {
        let type = request.value("type") ?? ""
        let names = request.children("fullNames").map(\.trimmedText)
        let limit = ["CustomApplication", "CustomMetadata"].contains(type) ? 200 : 10
        guard names.count <= limit else {
            throw .org(
                "EXCEEDED_ID_LIMIT",
                "record limit reached. cannot submit more than \(limit) records in this operation")
        }
        var records: [XMLTree] = []
        for name in names { records.append(try record(type, name)) }
        return XMLTree("result", records)
    }

    private func record(_ type: String, _ name: String) throws(SOAPFault) -> XMLTree {
        if registry.parent(ofChild: type) != nil {
            guard let found = repository.part(ofType: type, named: name) else { return Self.absent }
            return Self.record(type, name, found.part.element)
        }
        let isFolder = registry.type(withFolders: type) != nil
        guard let known = registry.type(named: type) ?? registry.type(withFolders: type) else {
            throw .org("INVALID_TYPE", "Unknown type:\(type)")
        }
        guard isFolder || known.layout == .plain || known.layout == .decomposed else {
            throw .notSupported("supports readMetadata only for types of one XML file, not \(type)")
        }
        let found =
            repository.components(ofType: known.xmlName, named: name).first { $0.isFolder == isFolder }
            ?? byName.first { $0.type.xmlName == known.xmlName && $0.fullName == name }
        guard let component = found, let file = component.files.first else { return Self.absent }
        let bytes = disclosure.served(file.bytes, type: known.xmlName)
        guard let tree = try? XMLTree.parse(bytes) else { return Self.absent }
        return Self.record(type, name, tree)
    }

    private static let absent = XMLTree("records", [], attributes: ["xsi:nil": "true"])

    private static func record(_ type: String, _ name: String, _ tree: XMLTree) -> XMLTree {
        var record = tree
        record.name = "records"
        record.attributes["xmlns"] = nil
        record.attributes["xsi:type"] = type
        record.children.removeAll { $0.localName == "fullName" }
        record.children.insert(XMLTree("fullName", text: name), at: 0)
        return record
    }
}
