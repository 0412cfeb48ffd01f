/// A call of the SOAP Metadata API that reads. The writing calls of that API have no case here, on purpose:
/// the org's permission to read metadata is also its permission to deploy, so reading only is a property of this code.
///
/// Source: Metadata API Developer Guide, "File-Based Calls" and "Utility Calls".
public enum SOAPCall: Equatable, Sendable {
    case describeMetadata(asOf: APIVersion)
    case listMetadata(ListBatch, asOf: APIVersion)
    /// Starts a job that collects the named components; the reply is its id. Asks for a single package, so the
    /// archive has no root folder.
    case retrieve(PackageManifest)
    /// Asks how a job stands.
    ///
    /// With `includeZip` the reply of a finished job carries the archive, and the org then deletes it: such a call
    /// can be answered once only.
    case checkRetrieveStatus(RetrieveID, includeZip: Bool)
    /// The XML of a few components, at once.
    case readMetadata(ReadQuery)

    /// The local name of the call's element in the SOAP body.
    public var operation: String {
        switch self {
        case .describeMetadata: "describeMetadata"
        case .listMetadata: "listMetadata"
        case .retrieve: "retrieve"
        case .checkRetrieveStatus: "checkRetrieveStatus"
        case .readMetadata: "readMetadata"
        }
    }
}

extension SOAPCall {
    func write(to xml: inout XMLWriter) {
        xml.open(operation, attributes: [("xmlns", XMLNamespace.metadata)])
        switch self {
        case .describeMetadata(let version):
            xml.element("asOfVersion", version.description)
        case .listMetadata(let batch, let version):
            for query in batch.queries { query.write(to: &xml) }
            xml.element("asOfVersion", version.description)
        case .retrieve(let manifest):
            xml.open("retrieveRequest")
            xml.element("apiVersion", manifest.version.description)
            xml.element("singlePackage", "true")
            xml.open("unpackaged")
            manifest.writeContent(to: &xml)
            xml.close()
            xml.close()
        case .checkRetrieveStatus(let id, let includeZip):
            xml.element("asyncProcessId", id.description)
            xml.element("includeZip", includeZip ? "true" : "false")
        case .readMetadata(let query):
            xml.element("type", query.type)
            for name in query.fullNames { xml.element("fullNames", name) }
        }
        xml.close()
    }
}

extension ListQuery {
    fileprivate func write(to xml: inout XMLWriter) {
        xml.open("queries")
        if let folder { xml.element("folder", folder) }
        xml.element("type", type)
        xml.close()
    }
}
