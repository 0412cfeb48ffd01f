/// A request envelope. As in an org, it does not matter which prefixes it uses, in which order its elements are, and in
/// which namespace arguments are.
struct SOAPMessage: Sendable {
    static let envelopeNamespace = "http://schemas.xmlsoap.org/soap/envelope/"
    static let metadataNamespace = "http://soap.sforce.com/2006/04/metadata"

    /// The children of `Body`; a valid request has one.
    var operations: [XMLTree]
    /// The text of `SessionHeader/sessionId`; `nil` if it is missing or empty.
    var sessionID: String?

    /// - Throws: ``XMLTreeError`` if the body is not XML or not an envelope with one `Body`.
    init(_ body: [UInt8]) throws(XMLTreeError) {
        let envelope = try XMLTree.parse(body)
        guard envelope.localName == "Envelope", envelope.namespace == Self.envelopeNamespace else {
            throw XMLTreeError(description: "the root element is not a SOAP 1.1 Envelope")
        }
        let bodies = envelope.children("Body")
        guard bodies.count == 1 else { throw XMLTreeError(description: "the envelope needs one Body") }
        operations = bodies[0].children
        sessionID = envelope.child("Header")?.child("SessionHeader")?.value("sessionId")
    }
}

/// A SOAP fault: the org refuses a call.
struct SOAPFault: Error, Sendable {
    /// The value of `faultcode` with its prefix: `sf:INVALID_TYPE`, `soapenv:Client`.
    var code: String
    /// The value of `faultstring`.
    var text: String

    /// A fault in the usual form, whose text repeats the code.
    static func org(_ code: String, _ text: String) -> SOAPFault {
        SOAPFault(code: "sf:\(code)", text: "\(code): \(text)")
    }

    /// A fault for a request that is not a valid call.
    static func client(_ text: String) -> SOAPFault {
        SOAPFault(code: "soapenv:Client", text: text)
    }

    /// A fault for calls that this simulator does not support. No real org sends it.
    ///
    /// - Parameter text: Continues the sentence *the org simulator …*.
    static func notSupported(_ text: String) -> SOAPFault {
        .org("FUNCTIONALITY_NOT_ENABLED", "the org simulator \(text)")
    }
}

/// Writes reply envelopes in the form of recordings of real orgs: one line, the prefix `soapenv`, and the namespaces on
/// the envelope in a fixed order.
enum SOAPEnvelope {
    private static let xsi = "http://www.w3.org/2001/XMLSchema-instance"

    /// - Parameters:
    ///   - operation: The name of the call; the response element has it with `Response` appended.
    ///   - results: The children of the response element.
    ///   - usesXSI: Whether the reply contains `xsi:nil` or `xsi:type`.
    static func reply(_ operation: String, _ results: [XMLTree], usesXSI: Bool = false) -> [UInt8] {
        let namespaces = [("xmlns", SOAPMessage.metadataNamespace)] + (usesXSI ? [("xmlns:xsi", xsi)] : [])
        let name = "\(operation)Response"
        guard !results.isEmpty else { return envelope(namespaces, Array("<\(name)/>".utf8)) }
        return envelope(namespaces, XMLTree(name, results).compact())
    }

    /// Returns the reply with a fault. Orgs declare `xsi` in the faults of the Metadata API without using it.
    static func fault(_ fault: SOAPFault) -> [UInt8] {
        let isOfMetadataAPI = fault.code.hasPrefix("sf:")
        let namespaces = isOfMetadataAPI ? [("xmlns:sf", SOAPMessage.metadataNamespace), ("xmlns:xsi", xsi)] : []
        let parts = [XMLTree("faultcode", text: fault.code), XMLTree("faultstring", text: fault.text)]
        return envelope(namespaces, XMLTree("soapenv:Fault", parts).compact())
    }

    private static func envelope(_ namespaces: [(String, String)], _ content: [UInt8]) -> [UInt8] {
        let all = [("xmlns:soapenv", SOAPMessage.envelopeNamespace)] + namespaces
        let attributes = all.map { " \($0.0)=\"\($0.1)\"" }.joined()
        let start = #"<?xml version="1.0" encoding="UTF-8"?>"# + "<soapenv:Envelope\(attributes)><soapenv:Body>"
        return Array(start.utf8) + content + Array("</soapenv:Body></soapenv:Envelope>".utf8)
    }
}
