/// The SOAP 1.1 request of one call.
///
/// The session id is an argument of ``body(sessionID:)`` and is never stored, so no value of this module can print it.
public struct SOAPEnvelope: Equatable, Sendable {
    /// The request header `Content-Type`.
    public static let contentType = "text/xml; charset=UTF-8"
    /// The value of the request header `SOAPAction`, including quotes. The org requires the header but ignores its
    /// value.
    public static let soapAction = "\"\""

    let call: SOAPCall
    /// The name under which the client appears in the org's logs.
    let client: String

    public init(_ call: SOAPCall, client: String = "aprity") {
        self.call = call
        self.client = client
    }

    /// Returns the path of the endpoint, such as `/services/Soap/m/66.0`.
    public static func path(_ version: APIVersion) -> String { "/services/Soap/m/\(version)" }

    /// Returns the HTTP request body in UTF-8.
    ///
    /// - Parameter sessionID: The access token. It is sent in `SessionHeader`, not in an HTTP header.
    /// - Throws: ``SessionIDMalformed`` if the token is empty or has characters other than visible ASCII.
    public func body(sessionID: String) throws(SessionIDMalformed) -> [UInt8] {
        guard !sessionID.isEmpty, sessionID.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw SessionIDMalformed()
        }
        var xml = XMLWriter()
        xml.open("soapenv:Envelope", attributes: [("xmlns:soapenv", XMLNamespace.envelope)])
        xml.open("soapenv:Header")
        xml.open("CallOptions", attributes: [("xmlns", XMLNamespace.metadata)])
        xml.element("client", client)
        xml.close()
        xml.open("SessionHeader", attributes: [("xmlns", XMLNamespace.metadata)])
        xml.element("sessionId", sessionID)
        xml.close()
        xml.close()
        xml.open("soapenv:Body")
        call.write(to: &xml)
        xml.close()
        xml.close()
        return Array(xml.text.utf8)
    }
}

/// The access token cannot be used in an envelope. The error does not contain the token.
public struct SessionIDMalformed: Error, Equatable, Sendable, CustomStringConvertible {
    init() {}
    public var description: String { "The access token is empty or has invalid characters." }
}
