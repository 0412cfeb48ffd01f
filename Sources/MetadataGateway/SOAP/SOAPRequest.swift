internal import JWTBearer
package import MetadataAPI

/// A request to the SOAP Metadata API: an envelope with one call, which is decided on when it is known whose it is.
package struct SOAPRequest {
    /// The version in the path.
    package let version: APIVersion
    /// What the client sent in `SessionHeader`: the handle, if the request has no `Authorization`.
    package let sessionID: String?
    private let content: RequestElement

    /// The largest body, in bytes.
    package static let longestBody = 1 << 20

    /// Parses a request.
    ///
    /// - Parameters:
    ///   - path: As in the request line: `/services/Soap/m/66.0`, and optionally one or two more names.
    ///   - body: Inflated, if it was compressed.
    /// - Throws: ``Refusal``.
    package init(path: String, body: [UInt8]) throws(Refusal) {
        version = try Self.version(path)
        guard body.count <= Self.longestBody else { throw Refusal(.notAllowed, "The call is larger than 1 MiB.") }
        let envelope = try RequestElement.parse(body)
        guard envelope.name == "Envelope", envelope.namespace == XMLNamespace.envelope else {
            throw Refusal(.readOnly, "The body is no SOAP 1.1 envelope.")
        }
        var parts = envelope.children[...]
        guard parts.allSatisfy({ $0.namespace == XMLNamespace.envelope }) else { throw Self.shape }
        sessionID = parts.first?.name == "Header" ? try Self.session(in: parts.removeFirst()) : nil
        guard parts.count == 1, let body = parts.first, body.name == "Body", body.children.count == 1 else {
            throw Self.shape
        }
        content = body.children[0]
    }

    /// Decides on the call.
    ///
    /// - Throws: ``Refusal``.
    package func call(as access: ReadAccess) throws(Refusal) -> GatewaySOAPCall {
        try SOAPDecision(version: version, access: access).call(content)
    }

    private static let shape = Refusal(.readOnly, "An envelope has a header and a body with one call.")

    private static func version(_ path: String) throws(Refusal) -> APIVersion {
        let unknown = Refusal(.readOnly, "The gateway does not know this address, so it refuses it.")
        guard path.utf8.count <= 160 else { throw unknown }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard (5...7).contains(parts.count), parts[..<4] == ["", "services", "Soap", "m"],
            let version = APIVersion(String(parts[4]))
        else { throw unknown }
        // Clients add the org's id, a call's name and a job's id. simple-salesforce adds `deployRequest` to every call. What is called
        // follows from the envelope, here as in an org, and none of this is forwarded.
        guard parts[5...].allSatisfy({ $0.utf8.allSatisfy(\.isPlain) }) else { throw unknown }
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
}

extension UInt8 {
    /// Whether it is an ASCII letter or digit, or `_`, which tickets have.
    fileprivate var isPlain: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"):
            true
        case _: false
        }
    }
}
