/// A request envelope. It is parsed as tolerantly as by an org: prefixes, the order of elements and the namespaces of
/// arguments do not matter.
struct SOAPMessage: Sendable {
    static let envelopeNamespace = "http://schemas.xmlsoap.org/soap/envelope/"
    static let metadataNamespace = "http://soap.sforce.com/2006/04/metadata"

    /// The children of `Body`; a valid request has one.
    var operations: [XMLTree]
    var sessionID: String?

    init(_ body: [UInt8]) throws(XMLRefusal) {
        let envelope = try XMLTree.parse(body)
        guard envelope.localName == "Envelope", envelope.namespace == Self.envelopeNamespace else {
            throw XMLRefusal(description: "the root element is not a SOAP 1.1 Envelope")
        }
        let bodies = envelope.children("Body")
        guard bodies.count == 1 else { throw XMLRefusal(description: "the envelope needs one Body") }
        operations = bodies[0].children
        sessionID = envelope.child("Header")?.child("SessionHeader")?.value("sessionId")
    }
}

/// A SOAP fault with the texts of an org.
struct SOAPFault: Error, Sendable {
    /// The code with its prefix: `sf:INVALID_TYPE`, `soapenv:Client`.
    var code: String
    var text: String

    /// A fault in the usual form, whose text repeats the code.
    static func org(_ code: String, _ text: String) -> SOAPFault {
        SOAPFault(code: "sf:\(code)", text: "\(code): \(text)")
    }

    static func client(_ text: String) -> SOAPFault {
        SOAPFault(code: "soapenv:Client", text: text)
    }

    /// A fault for calls that this simulator does not support. The text says so; no real org sends it.
    static func notSupported(_ text: String) -> SOAPFault {
        .org("FUNCTIONALITY_NOT_ENABLED", "the org simulator \(text)")
    }
}

/// Writes reply envelopes in the form of recordings of real orgs: one line, the prefix `soapenv`, and the namespaces on
/// the envelope in a fixed order.
enum SOAPEnvelope {
    private static let xsi = "http://www.w3.org/2001/XMLSchema-instance"

    /// - Parameter usesXSI: Whether the reply contains `xsi:nil` or `xsi:type`.
    static func reply(_ operation: String, _ results: [XMLTree], usesXSI: Bool = false) -> [UInt8] {
        let namespaces = [("xmlns", SOAPMessage.metadataNamespace)] + (usesXSI ? [("xmlns:xsi", xsi)] : [])
        let name = "\(operation)Response"
        guard !results.isEmpty else { return envelope(namespaces, Array("<\(name)/>".utf8)) }
        return envelope(namespaces, XMLTree(name, results).compact())
    }

    /// Orgs declare `xsi` in the faults of the Metadata API without using it.
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
