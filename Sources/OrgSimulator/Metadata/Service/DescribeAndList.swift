/// Generates the answers to describeMetadata.
struct DescribeMetadataAnswer {
    var registry: MetadataRegistry
    var isSandbox: Bool
    /// Further types, without components.
    var emptyTypes: [String] = []

    /// - Parameter version: Types introduced later are left out.
    func result(in version: Double) -> XMLTree {
        var elements = registry.types.filter { $0.exists(in: version) }.map(Self.element)
        elements += emptyTypes.map { Self.element(MetadataType(xmlName: $0, directory: $0)) }
        elements.append(XMLTree("organizationNamespace", text: ""))
        elements.append(XMLTree("partialSaveAllowed", text: isSandbox ? "true" : "false"))
        elements.append(XMLTree("testRequired", text: isSandbox ? "false" : "true"))
        return XMLTree("result", elements)
    }

    private static func element(_ type: MetadataType) -> XMLTree {
        var elements = type.children.filter(\.isAddressable).map { XMLTree("childXmlNames", text: $0.xmlName) }
        elements.append(XMLTree("directoryName", text: type.directory))
        elements.append(XMLTree("inFolder", text: type.inFolder ? "true" : "false"))
        elements.append(XMLTree("metaFile", text: type.metaFile ? "true" : "false"))
        if let suffix = type.suffix { elements.append(XMLTree("suffix", text: suffix)) }
        elements.append(XMLTree("xmlName", text: type.xmlName))
        return XMLTree("metadataObjects", elements)
    }
}

/// Generates the answers to listMetadata.
struct ListMetadataAnswer {
    /// The folder type of Lightning email templates. describeMetadata does not name it, and its list is empty.
    private static let undescribedFolderTypes: Set<String> = ["EmailTemplateFolder"]

    var registry: MetadataRegistry
    var repository: MetadataRepository
    var origin: FileProperties.Origin
    var conditions = ListingConditions()

    /// - Parameters:
    ///   - request: The `listMetadata` element.
    ///   - version: The API version; a type that was introduced later is refused.
    /// - Returns: One `result` for each component, in the order of the queries. The conditions can change that.
    /// - Throws: ``SOAPFault`` for more than three queries, or an unknown type.
    func results(_ request: XMLTree, version: Double) throws(SOAPFault) -> [XMLTree] {
        let queries = request.children("queries")
        // The limit is documented; the text of a real org is not known.
        guard queries.count <= 3 else {
            throw .org("LIMIT_EXCEEDED", "listMetadata accepts at most 3 queries, not \(queries.count)")
        }
        var rows: [XMLTree] = []
        for query in queries {
            let properties = try properties(
                type: query.value("type") ?? "", folder: query.value("folder"), version: version)
            rows += properties.flatMap { row in
                ListedRow(properties: row, oddities: conditions.oddities(of: row.type, row.fullName)).results
            }
        }
        return rows
    }

    private func properties(
        type name: String, folder: String?, version: Double
    ) throws(SOAPFault) -> [FileProperties] {
        if let type = registry.type(named: name) {
            try checkExists(type, name, in: version)
            return type.isListed ? components(of: type, in: folder) : []
        }
        if let type = registry.type(withFolders: name) {
            return folders(of: type, named: name)
        }
        if let (parent, child) = registry.parent(ofChild: name) {
            try checkExists(parent, name, in: version)
            guard child.isListed else { return [] }
            return repository.parts(ofType: name).map {
                FileProperties(of: $0.part, in: $0.component, origin: origin)
            }
        }
        guard Self.undescribedFolderTypes.contains(name) || conditions.emptyTypes.contains(name) else {
            throw .org("INVALID_TYPE", "Unknown type:\(name)")
        }
        return []
    }

    /// - Throws: ``SOAPFault`` if the type was introduced after this API version.
    private func checkExists(_ type: MetadataType, _ name: String, in version: Double) throws(SOAPFault) {
        guard type.exists(in: version) else { throw .org("INVALID_TYPE", "Cannot use: \(name) in this version") }
    }

    /// Returns the components of a type. If the components are in folders, only those directly in `folder` are
    /// returned; none if `folder` is `nil`.
    private func components(of type: MetadataType, in folder: String?) -> [FileProperties] {
        repository.components(ofType: type.xmlName).filter { component in
            guard !component.isFolder else { return false }
            return !type.inFolder || folder == Self.folder(of: component.fullName)
        }.map { FileProperties(of: $0, fileName: $0.mainFile, type: type.xmlName, origin: origin) }
    }

    private static func folder(of fullName: String) -> String? {
        fullName.lastIndex(of: "/").map { String(fullName[..<$0]) }
    }

    /// Returns the folders that have a description. Those without one, such as `unfiled$public`, are not listed; their
    /// content is.
    private func folders(of type: MetadataType, named folderType: String) -> [FileProperties] {
        repository.components(ofType: type.xmlName).filter(\.isFolder).map {
            FileProperties(of: $0, fileName: $0.mainFile, type: folderType, origin: origin)
        }
    }
}
