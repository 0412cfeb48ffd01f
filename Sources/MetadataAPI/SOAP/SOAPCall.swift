/// A read-only call of the SOAP Metadata API. Calls that write have no case here. The permission to read metadata also
/// permits deployment, so the org does not prevent writing; this type does.
///
/// Source: Metadata API Developer Guide, "File-Based Calls" and "Utility Calls".
public enum SOAPCall: Equatable, Sendable {
    case describeMetadata(asOf: APIVersion)
    case listMetadata(ListBatch, asOf: APIVersion)
    /// Starts a job that collects the named components. The reply is the job's id. If the call requests a single package, the
    /// archive has no root folder.
    case retrieve(PackageManifest, singlePackage: Bool = true)
    /// Gets the status of a job.
    ///
    /// With `includeZip`, the reply for a finished job contains the archive, and the org then deletes it. Such a call
    /// can succeed only once.
    case checkRetrieveStatus(RetrieveID, includeZip: Bool)
    /// Returns the XML of a few components directly.
    case readMetadata(ReadQuery)
    /// Gets the status of jobs by a call of earlier API versions, which clients still make.
    case checkStatus([RetrieveID])
    /// Describes the elements of a type, named as `{namespace}Name`.
    case describeValueType(String)

    /// The local name of the call's element in the SOAP body.
    public var operation: String {
        switch self {
        case .describeMetadata: "describeMetadata"
        case .listMetadata: "listMetadata"
        case .retrieve: "retrieve"
        case .checkRetrieveStatus: "checkRetrieveStatus"
        case .readMetadata: "readMetadata"
        case .checkStatus: "checkStatus"
        case .describeValueType: "describeValueType"
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
        case .retrieve(let manifest, let singlePackage):
            xml.open("retrieveRequest")
            xml.element("apiVersion", manifest.version.description)
            xml.element("singlePackage", singlePackage ? "true" : "false")
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
        case .checkStatus(let ids):
            for id in ids { xml.element("asyncProcessId", id.description) }
        case .describeValueType(let type): xml.element("type", type)
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
