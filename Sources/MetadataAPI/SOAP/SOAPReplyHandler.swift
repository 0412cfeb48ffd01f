/// Handles the content of the response element of a reply.
///
/// A path contains the local names below the response element, such as `result/metadataObjects/xmlName`. A name outside
/// the metadata namespace is prefixed with its namespace, so it matches no expected path.
protocol ReplyContent: AnyObject {
    /// The local name of the response element, such as `listMetadataResponse`.
    var responseName: String { get }
    /// Begins an element, and returns whether its text is collected for ``end(_:text:)`` or streamed.
    ///
    /// - Parameter isNil: Whether the element has `xsi:nil`.
    func begin(_ path: String, isNil: Bool) throws -> XMLTextBound
    /// Receives a piece of the text of an element for which ``begin(_:isNil:)`` returned `.streamed`.
    func stream(_ bytes: UnsafeRawBufferPointer) throws
    /// - Parameter text: The text of the element; `nil` if it was streamed, has `xsi:nil`, or has child elements.
    func end(_ path: String, text: String?) throws
}

/// Reads a SOAP 1.1 envelope. Passes on the content of its response element, or reads its fault.
final class SOAPReplyHandler: XMLEventHandler {
    private struct OpenElement {
        /// The path below the response or fault element; `""` for that element itself and for a header block; `Envelope`,
        /// `Header`, `Body` or `other` around it.
        let path: String
        let isNil: Bool
        let bound: XMLTextBound
        var hasChildren = false
    }

    private enum Body {
        case none
        case response
        case fault
    }

    private let content: any ReplyContent
    private var body = Body.none
    private var faultCode: String?
    private var faultString: String?
    private var open: [OpenElement] = []
    private var text: [UInt8] = []

    init(content: any ReplyContent) { self.content = content }

    /// Checks that the reply contained a response.
    ///
    /// - Throws: ``SOAPFault`` if the reply was a fault, ``ReplyError`` if its body was empty or the fault has
    ///   no code.
    func checkOutcome() throws {
        switch body {
        case .none: throw ReplyError.emptyBody
        case .response: return
        case .fault:
            guard let faultCode else { throw ReplyError.missing("faultcode") }
            throw SOAPFault(code: faultCode, string: faultString ?? "")
        }
    }

    func begin(_ element: XMLElementStart) throws -> XMLTextBound {
        text.removeAll(keepingCapacity: true)
        let path = try path(of: element)
        var bound = XMLTextBound.bounded
        if isInside(.response) { bound = try content.begin(path, isNil: element.isNil) }
        if let last = open.indices.last { open[last].hasChildren = true }
        open.append(OpenElement(path: path, isNil: element.isNil, bound: bound))
        return bound
    }

    func text(_ bytes: UnsafeRawBufferPointer) throws {
        switch open.last?.bound {
        case .streamed: try content.stream(bytes)
        case .bounded: text.append(contentsOf: bytes)
        case nil: break
        }
    }

    func end() throws {
        let element = open.removeLast()
        defer { text.removeAll(keepingCapacity: true) }
        if isInside(.response) {
            let isLeaf = !element.hasChildren && !element.isNil && element.bound == .bounded
            try content.end(element.path, text: isLeaf ? String(decoding: text, as: UTF8.self) : nil)
        } else if isInside(.fault), open.count == 3 {
            endFaultPart(element.path)
        }
    }

    /// Whether the innermost open element is the response or fault element, or below it.
    private func isInside(_ expected: Body) -> Bool { open.count >= 3 && body == expected && open[1].path == "Body" }

    private func endFaultPart(_ name: String) {
        let value = String(decoding: text, as: UTF8.self)
        switch name {
        case "faultcode":
            let local = value.split(separator: ":", omittingEmptySubsequences: false).last ?? ""
            faultCode = String(local.filter { !$0.isWhitespace })
        case "faultstring": faultString = value
        default: break
        }
    }

    /// Checks the structure of the envelope, and returns the path of an element in it.
    private func path(of element: XMLElementStart) throws -> String {
        switch open.count {
        case 0:
            guard element.namespace == XMLNamespace.envelope, element.localName == "Envelope" else {
                throw ReplyError.notAnEnvelope(root: element.localName)
            }
            return "Envelope"
        case 1: return element.namespace == XMLNamespace.envelope ? element.localName : "other"
        case 2:
            if open[1].path == "Body" { try beginBody(element) }
            return ""
        default:
            let name = localPath(element)
            guard let parent = open.last?.path, !parent.isEmpty else { return name }
            return parent + "/" + name
        }
    }

    /// Returns the name of an element for a path. Elements in a fault have no namespace (SOAP 1.1 §4.4); metadata
    /// elements have the metadata namespace.
    private func localPath(_ element: XMLElementStart) -> String {
        switch element.namespace {
        case nil, XMLNamespace.metadata: element.localName
        case let other?: "{\(other)}\(element.localName)"
        }
    }

    private func beginBody(_ element: XMLElementStart) throws {
        guard case .none = body else { throw ReplyError.repeated("response in its body") }
        switch (element.namespace, element.localName) {
        case (XMLNamespace.envelope, "Fault"): body = .fault
        case (XMLNamespace.metadata, content.responseName): body = .response
        default: throw ReplyError.unexpectedResponse(element.localName, expected: content.responseName)
        }
    }
}
