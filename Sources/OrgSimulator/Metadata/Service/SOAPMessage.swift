/// A request envelope, read as tolerantly as the org does: prefixes, the order of elements and the namespaces of
/// arguments do not matter.
struct SOAPMessage: Sendable {
    static let envelopeNamespace = "http://schemas.xmlsoap.org/soap/envelope/"
    static let metadataNamespace = "http://soap.sforce.com/2006/04/metadata"

    /// The children of `Body`; a proper request has one.
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

/// A refusal in the org's words.
struct SOAPFault: Error, Sendable {
    /// With its prefix: `sf:INVALID_TYPE`, `soapenv:Client`.
    var code: String
    var text: String

    /// The usual form: the text repeats the code.
    static func org(_ code: String, _ text: String) -> SOAPFault {
        SOAPFault(code: "sf:\(code)", text: "\(code): \(text)")
    }

    static func client(_ text: String) -> SOAPFault {
        SOAPFault(code: "soapenv:Client", text: text)
    }

    /// For questions that this simulator does not answer. The text says so; no real org sends it.
    static func notSimulated(_ text: String) -> SOAPFault {
        .org("FUNCTIONALITY_NOT_ENABLED", "the org simulator \(text)")
    }
}

/// Reply envelopes with the namespaces where the org declares them.
enum SOAPEnvelope {
    private static let xsi = "http://www.w3.org/2001/XMLSchema-instance"

    /// - Parameter usesXSI: The reply has `xsi:nil` or `xsi:type` in it.
    static func reply(_ operation: String, _ results: [XMLTree], usesXSI: Bool = false) -> [UInt8] {
        var attributes = ["xmlns": SOAPMessage.metadataNamespace]
        if usesXSI { attributes["xmlns:xsi"] = xsi }
        return envelope(attributes, XMLTree("\(operation)Response", results))
    }

    static func fault(_ fault: SOAPFault) -> [UInt8] {
        envelope(
            ["xmlns:sf": SOAPMessage.metadataNamespace],
            XMLTree(
                "soapenv:Fault",
                [XMLTree("faultcode", text: fault.code), XMLTree("faultstring", text: fault.text)]))
    }

    private static func envelope(_ attributes: [String: String], _ content: XMLTree) -> [UInt8] {
        var attributes = attributes
        attributes["xmlns:soapenv"] = SOAPMessage.envelopeNamespace
        let tree = XMLTree("soapenv:Envelope", [XMLTree("soapenv:Body", [content])], attributes: attributes)
        return Array(XMLTree.declaration.utf8) + tree.compact()
    }
}
