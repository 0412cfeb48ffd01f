/// The HTTP request body of one call, SOAP 1.1.
///
/// The session id is an argument of ``body(sessionID:)`` and is kept nowhere, so no value of this module can print it.
public struct SOAPEnvelope: Equatable, Sendable {
    /// The request header `Content-Type`.
    public static let contentType = "text/xml; charset=UTF-8"
    /// The value of the request header `SOAPAction`, quotes included. The org wants the header and ignores its value.
    public static let soapAction = "\"\""

    public let call: SOAPCall
    /// The name that the org's logs show as the client.
    public let client: String

    public init(_ call: SOAPCall, client: String = "aprity") {
        self.call = call
        self.client = client
    }

    /// The path of the endpoint on the instance, with the bare version: `/services/Soap/m/66.0`.
    public static func path(_ version: APIVersion) -> String { "/services/Soap/m/\(version)" }

    /// - Parameter sessionID: The access token; it goes into `SessionHeader`, not into an HTTP header.
    /// - Throws: ``SessionIDMalformed`` when it is empty or has anything but visible ASCII characters.
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

/// The access token could not be put into an envelope. Carries nothing of it.
public struct SessionIDMalformed: Error, Equatable, Sendable, CustomStringConvertible {
    public init() {}
    public var description: String { "The access token is empty or has characters that no access token has." }
}
