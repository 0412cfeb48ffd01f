internal import JWTBearer
package import MetadataAPI

/// A call of the SOAP Metadata API that a client may make. ``SOAPCall`` has no case that writes.
package struct SOAPRequest: Equatable {
    /// The version in the path.
    package let version: APIVersion
    package let call: SOAPCall
    /// What the client sent in `SessionHeader`: the handle, if the request has no `Authorization`.
    package let sessionID: String?

    /// The largest body, in bytes.
    package static let longestBody = 1 << 20

    /// Decides on a request.
    ///
    /// - Parameters:
    ///   - path: As in the request line: `/services/Soap/m/66.0`, and optionally the org's id.
    ///   - body: Inflated, if it was compressed.
    ///   - types: What the handle may read.
    /// - Throws: ``Refusal``.
    package init(path: String, body: [UInt8], types: ReadableTypes) throws(Refusal) {
        version = try Self.version(path)
        guard body.count <= Self.longestBody else { throw Refusal(.notAllowed, "The call is larger than 1 MiB.") }
        let envelope = try RequestElement.parse(body)
        guard envelope.name == "Envelope", envelope.namespace == XMLNamespace.envelope else {
            throw Refusal(.readOnly, "The body is no SOAP 1.1 envelope.")
        }
        var parts = envelope.children[...]
        guard parts.allSatisfy({ $0.namespace == XMLNamespace.envelope }) else { throw Self.shape }
        sessionID = parts.first?.name == "Header" ? try Self.session(in: parts.removeFirst()) : nil
        guard parts.count == 1, let content = parts.first, content.name == "Body", content.children.count == 1 else {
            throw Self.shape
        }
        call = try Self.call(content.children[0], version, types)
    }

    private static let shape = Refusal(.readOnly, "An envelope has a header and a body with one call.")

    private static func version(_ path: String) throws(Refusal) -> APIVersion {
        let unknown = Refusal(.readOnly, "The gateway does not know this address, so it refuses it.")
        guard path.utf8.count <= 100 else { throw unknown }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 5 || parts.count == 6, parts[..<4] == ["", "services", "Soap", "m"],
            let version = APIVersion(String(parts[4]))
        else { throw unknown }
        if parts.count == 6, !parts[5].isEmpty {
            // The org is that of the handle, whatever the path says.
            guard OrganizationID(String(parts[5])) != nil else { throw unknown }
        }
        try KnownVersions.check(version)
        return version
    }

    /// Every other header is dropped.
    private static func session(in header: RequestElement) throws(Refusal) -> String? {
        let sessions = header.children.filter { $0.name == "SessionHeader" }
        guard sessions.count <= 1 else { throw Refusal(.readOnly, "A call has one session.") }
        guard let session = sessions.first else { return nil }
        let ids = session.children(named: "sessionId")
        guard ids.count == 1, session.children.count == 1 else { throw Refusal(.readOnly, "A call has one session.") }
        return ids[0].text
    }

    // MARK: Calls

    private static func call(
        _ element: RequestElement, _ version: APIVersion, _ types: ReadableTypes
    ) throws(Refusal) -> SOAPCall {
        guard element.namespace == XMLNamespace.metadata else {
            throw Refusal(.readOnly, "The call is none of the Metadata API.")
        }
        let arguments = Arguments(element)
        switch element.name {
        case "describeMetadata":
            try arguments.allow(["asOfVersion"])
            return .describeMetadata(asOf: try arguments.version("asOfVersion") ?? version)
        case "listMetadata": return try list(arguments, version, types)
        case "readMetadata": return try read(arguments, types)
        case "retrieve": return try retrieve(arguments, version, types)
        case "checkRetrieveStatus":
            try arguments.allow(["asyncProcessId", "includeZip"])
            // Without the argument, an org sends the archive.
            return .checkRetrieveStatus(
                try arguments.job("asyncProcessId"), includeZip: try arguments.flag("includeZip") ?? true)
        case "checkStatus":
            try arguments.allow(["asyncProcessId"])
            return .checkStatus(try arguments.jobs("asyncProcessId"))
        case "describeValueType":
            try arguments.allow(["type"])
            return .describeValueType(try valueType(try arguments.one("type").text, types))
        case let name:
            throw Refusal(.readOnly, "The gateway only reads, and does not make the call \(Refusal.shown(name)).")
        }
    }

    private static func list(
        _ arguments: Arguments, _ version: APIVersion, _ types: ReadableTypes
    ) throws(Refusal) -> SOAPCall {
        try arguments.allow(["queries", "asOfVersion"])
        var queries: [ListQuery] = []
        for query in arguments.all("queries") {
            let parts = Arguments(query)
            try parts.allow(["type", "folder"])
            let type = try parts.one("type").text
            try types.check(type)
            queries.append(ListQuery(type: type, folder: try parts.optional("folder")?.text))
        }
        guard let batch = ListBatch(queries) else {
            throw Refusal(.notAllowed, "A list has one to three types.")
        }
        return .listMetadata(batch, asOf: try arguments.version("asOfVersion") ?? version)
    }

    private static func read(_ arguments: Arguments, _ types: ReadableTypes) throws(Refusal) -> SOAPCall {
        try arguments.allow(["type", "fullNames"])
        let type = try arguments.one("type").text
        try types.check(type)
        guard let query = ReadQuery(type: type, fullNames: try arguments.texts("fullNames")) else {
            throw Refusal(.notAllowed, "readMetadata reads one to ten components.")
        }
        return .readMetadata(query)
    }

    /// `packageNames`, `specificFiles` and `rootTypesWithDependencies` are refused: they name components without their types.
    private static func retrieve(
        _ arguments: Arguments, _ version: APIVersion, _ types: ReadableTypes
    ) throws(Refusal) -> SOAPCall {
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
            try types.check(type)
            for member in try parts.texts("members") {
                do { try manifest.insert(member, of: type) } catch {
                    throw Refusal(
                        .notAllowed, "A member of \(type) is empty or has characters that XML does not allow.")
                }
            }
        }
        guard manifest.memberCount > 0 else { throw Refusal(.notAllowed, "The package names nothing.") }
        return .retrieve(manifest, singlePackage: try request.flag("singlePackage") ?? false)
    }

    private static func valueType(_ text: String, _ types: ReadableTypes) throws(Refusal) -> String {
        let prefix = "{\(XMLNamespace.metadata)}"
        guard text.hasPrefix(prefix) else {
            throw Refusal(.notAllowed, "describeValueType names a type of the Metadata API.")
        }
        try types.check(String(text.dropFirst(prefix.count)))
        return text
    }
}

/// The children of an element, by name. Namespaces of arguments are not checked, as an org does not.
private struct Arguments {
    let element: RequestElement

    init(_ element: RequestElement) { self.element = element }

    /// - Throws: ``Refusal`` if there is an argument with another name: nobody knows what it does.
    func allow(_ names: Set<String>) throws(Refusal) {
        for child in element.children where !names.contains(child.name) {
            throw Refusal(
                .notAllowed, "The gateway does not know \(Refusal.shown(child.name)) in \(Refusal.shown(element.name))."
            )
        }
    }

    func all(_ name: String) -> [RequestElement] { element.children(named: name) }

    func optional(_ name: String) throws(Refusal) -> RequestElement? {
        let found = all(name)
        guard found.count <= 1 else { throw Refusal(.notAllowed, "\(name) occurs twice.") }
        return found.first
    }

    func one(_ name: String) throws(Refusal) -> RequestElement {
        guard let found = try optional(name) else { throw Refusal(.notAllowed, "\(name) is missing.") }
        return found
    }

    /// The texts of elements without children.
    func texts(_ name: String) throws(Refusal) -> [String] {
        let found = all(name)
        guard found.allSatisfy({ $0.children.isEmpty }) else {
            throw Refusal(.notAllowed, "\(name) is a text.")
        }
        return found.map(\.text)
    }

    func version(_ name: String) throws(Refusal) -> APIVersion? {
        guard let text = try optional(name)?.text, !text.isEmpty else { return nil }
        // Clients write 66, 66.0 and, from a number, 66.00.
        guard let version = APIVersion(text.contains(".") ? text : text + ".0") else {
            throw Refusal(.notAllowed, "\(name) is no API version.")
        }
        try KnownVersions.check(version)
        return version
    }

    func flag(_ name: String) throws(Refusal) -> Bool? {
        switch try optional(name)?.text.lowercased() {
        case nil, "": return nil
        case "true", "1": return true
        case "false", "0": return false
        case _?: throw Refusal(.notAllowed, "\(name) is true or false.")
        }
    }

    func job(_ name: String) throws(Refusal) -> RetrieveID {
        guard let id = RetrieveID(try one(name).text) else { throw Refusal(.notAllowed, "\(name) is no id of a job.") }
        return id
    }

    func jobs(_ name: String) throws(Refusal) -> [RetrieveID] {
        let texts = try texts(name)
        let ids = texts.compactMap(RetrieveID.init)
        guard !ids.isEmpty, ids.count == texts.count else {
            throw Refusal(.notAllowed, "\(name) is no id of a job.")
        }
        return ids
    }
}
