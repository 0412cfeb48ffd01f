/// Generates the answers of readMetadata: the XML of components, one record for each name.
struct MetadataReading {
    var registry: MetadataRegistry
    var repository: MetadataRepository
    var disclosure: AppDisclosure
    /// Components that are returned if the repository has none of the same type and name.
    var byName: [MetadataComponent] = []
    /// The components that the caller may not read.
    var refusals: [RetrieveRefusal] = []
    /// The rotten components among the requested ones.
    var rotten: [RottenComponent] = []
    var permissions: Set<String> = []
    /// Determines the part of an ErrorId that differs from call to call.
    var seed: UInt64 = 0

    /// Returns one record for each name, in the order of the names. The record of a missing component has `xsi:nil`.
    ///
    /// - Parameter request: The `readMetadata` element.
    /// - Throws: ``SOAPFault`` for too many names, an unknown type, a type whose components are not one XML file, and
    ///   for components that are refused or rotten.
    func result(_ request: XMLTree) throws(SOAPFault) -> XMLTree {
        let type = request.value("type") ?? ""
        let names = request.children("fullNames").map(\.trimmedText)
        let limit = ["CustomApplication", "CustomMetadata"].contains(type) ? 200 : 10
        guard names.count <= limit else {
            throw .org(
                "EXCEEDED_ID_LIMIT",
                "record limit reached. cannot submit more than \(limit) records in this operation")
        }
        if refusals.contains(where: { refusal in names.contains { refusal.applies(to: type, $0, permissions) } }) {
            throw .insufficientAccess(to: type)
        }
        if let component = rotten.first(where: { $0.answer == .unknownException }) {
            throw .org(ErrorID.code, component.errorID(seed: seed).text)
        }
        var records: [XMLTree] = []
        for name in names { records.append(try record(type, name)) }
        return XMLTree("result", records)
    }

    private func record(_ type: String, _ name: String) throws(SOAPFault) -> XMLTree {
        if rotten.contains(where: { $0.type == type && $0.fullName == name }) { return .absent("records") }
        if registry.parent(ofChild: type) != nil {
            guard let found = repository.part(ofType: type, named: name) else { return .absent("records") }
            return Self.record(type, name, found.part.element)
        }
        let isFolder = registry.type(withFolders: type) != nil
        guard let known = registry.type(named: type) ?? registry.type(withFolders: type) else {
            throw .org("INVALID_TYPE", "Unknown type:\(type)")
        }
        // Reported for ApexClass, ApexTrigger and ApexTestSuite; not confirmed for other types with content files.
        guard isFolder || known.layout == .plain || known.layout == .decomposed, type != "ApexTestSuite" else {
            throw .typeNotAvailable
        }
        let found =
            repository.components(ofType: known.xmlName, named: name).first { $0.isFolder == isFolder }
            ?? byName.first { $0.type.xmlName == known.xmlName && $0.fullName == name }
        guard let component = found, let file = component.files.first else { return .absent("records") }
        let bytes = disclosure.served(file.bytes, type: known.xmlName)
        guard let tree = try? XMLTree.parse(bytes) else { return .absent("records") }
        return Self.record(type, name, tree)
    }

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
