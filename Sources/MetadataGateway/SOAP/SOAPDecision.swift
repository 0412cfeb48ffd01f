internal import JWTBearer
package import MetadataAPI

/// A call of the SOAP Metadata API that a client may make, and what becomes of its answer. ``SOAPCall`` has no case that writes.
package struct GatewaySOAPCall: Equatable, Sendable {
    package let call: SOAPCall
    package let filter: AnswerFilter

    init(_ call: SOAPCall, _ filter: AnswerFilter = .unchanged) { (self.call, self.filter) = (call, filter) }
}

/// Decides on the content of an envelope.
struct SOAPDecision {
    /// The version in the request's path.
    let version: APIVersion
    let access: ReadAccess

    func call(_ element: RequestElement) throws(Refusal) -> GatewaySOAPCall {
        guard element.namespace == XMLNamespace.metadata else {
            throw Refusal(.readOnly, "The call is none of the Metadata API.")
        }
        let arguments = Arguments(element)
        switch element.name {
        case "describeMetadata":
            try arguments.allow(["asOfVersion"])
            return GatewaySOAPCall(.describeMetadata(asOf: try arguments.version("asOfVersion") ?? version))
        case "listMetadata": return GatewaySOAPCall(try list(arguments))
        case "readMetadata": return GatewaySOAPCall(try read(arguments), .blanksSecrets)
        case "retrieve": return try retrieve(arguments)
        case "checkRetrieveStatus":
            try arguments.allow(["asyncProcessId", "includeZip"])
            // Without the argument, an org sends the archive.
            let includeZip = try arguments.flag("includeZip") ?? true
            let job = try job(try arguments.one("asyncProcessId").text)
            let blanks = includeZip && job.mayHaveSecrets
            return GatewaySOAPCall(
                .checkRetrieveStatus(job.id, includeZip: includeZip),
                blanks ? .blanksArchive(job.ticket) : .replaces([job.ticket]))
        case "checkStatus":
            try arguments.allow(["asyncProcessId"])
            let texts = try arguments.texts("asyncProcessId")
            guard !texts.isEmpty, Set(texts).count == texts.count, texts.count <= 100 else {
                throw Refusal(.notAllowed, "checkStatus names one to 100 different jobs.")
            }
            var jobs: [Job] = []
            for text in texts { jobs.append(try job(text)) }
            return GatewaySOAPCall(.checkStatus(jobs.map(\.id)), .replaces(jobs.map(\.ticket)))
        case "describeValueType":
            try arguments.allow(["type"])
            return GatewaySOAPCall(.describeValueType(try valueType(try arguments.one("type").text)))
        case let name:
            throw Refusal(.readOnly, "The gateway only reads, and does not make the call \(Refusal.shown(name)).")
        }
    }

    private func list(_ arguments: Arguments) throws(Refusal) -> SOAPCall {
        try arguments.allow(["queries", "asOfVersion"])
        var queries: [ListQuery] = []
        for query in arguments.all("queries") {
            let parts = Arguments(query)
            try parts.allow(["type", "folder"])
            let type = try parts.one("type").text
            try access.types.check(type)
            queries.append(ListQuery(type: type, folder: try parts.optional("folder")?.text))
        }
        guard let batch = ListBatch(queries) else {
            throw Refusal(.notAllowed, "A list has one to three types.")
        }
        return .listMetadata(batch, asOf: try arguments.version("asOfVersion") ?? version)
    }

    private func read(_ arguments: Arguments) throws(Refusal) -> SOAPCall {
        try arguments.allow(["type", "fullNames"])
        let type = try arguments.one("type").text
        try access.types.check(type)
        guard let query = ReadQuery(type: type, fullNames: try arguments.texts("fullNames")) else {
            throw Refusal(.notAllowed, "readMetadata reads one to ten components.")
        }
        return .readMetadata(query)
    }

    /// `packageNames`, `specificFiles` and `rootTypesWithDependencies` are refused: they name components without their types.
    private func retrieve(_ arguments: Arguments) throws(Refusal) -> GatewaySOAPCall {
        // Clients use different names for the only argument.
        guard arguments.element.children.count == 1 else { throw Refusal(.notAllowed, "retrieve has one argument.") }
        let request = Arguments(arguments.element.children[0])
        try request.allow(["apiVersion", "singlePackage", "unpackaged"])
        let package = Arguments(try request.one("unpackaged"))
        try package.allow(["types", "version"])
        let inPackage = try package.version("version")
        let inRequest = try request.version("apiVersion")
        var manifest = PackageManifest(version: inPackage ?? inRequest ?? version)
        for entry in package.all("types") {
            let parts = Arguments(entry)
            try parts.allow(["name", "members"])
            let type = try parts.one("name").text
            try access.types.check(type)
            for member in try parts.texts("members") {
                do { try manifest.insert(member, of: type) } catch {
                    throw Refusal(
                        .notAllowed, "A member of \(type) is empty or has characters that XML does not allow.")
                }
            }
        }
        guard manifest.memberCount > 0 else { throw Refusal(.notAllowed, "The package names nothing.") }
        let mayHaveSecrets = manifest.types.contains(where: ReadableTypes.withConsumerSecrets.contains)
        return GatewaySOAPCall(
            .retrieve(manifest, singlePackage: try request.flag("singlePackage") ?? false),
            .bindsJob(mayHaveSecrets ? .retrieveWithSecrets : .retrieve))
    }

    private func valueType(_ text: String) throws(Refusal) -> String {
        let prefix = "{\(XMLNamespace.metadata)}"
        guard text.hasPrefix(prefix) else {
            throw Refusal(.notAllowed, "describeValueType names a type of the Metadata API.")
        }
        try access.types.check(String(text.dropFirst(prefix.count)))
        return text
    }

    /// A job that this client has started.
    private struct Job {
        let id: RetrieveID
        let ticket: IssuedTicket
        let mayHaveSecrets: Bool
    }

    private func job(_ text: String) throws(Refusal) -> Job {
        guard let opened = Ticket(access.handle).opened(text), let id = RetrieveID(opened.id), opened.subject != .page
        else {
            throw Refusal(.notAllowed, "This job was not started by this client.")
        }
        return Job(
            id: id, ticket: IssuedTicket(id: opened.id, text: text),
            mayHaveSecrets: opened.subject == .retrieveWithSecrets)
    }
}
