/// Why a reply is not a valid reply to the call, although it is well-formed XML.
package enum ReplyError: Error, Equatable, Sendable {
    /// The root is not a SOAP 1.1 envelope. The reply may be a page of a proxy.
    case notAnEnvelope(root: String)
    case emptyBody
    /// The body has this element instead of the expected response element.
    case unexpectedResponse(String, expected: String)
    /// A required element is missing or empty.
    case missing(String)
    /// An element that must occur only once is repeated.
    case repeated(String)
    /// The element's value is not of the expected type.
    case unreadable(element: String)
    case tooManyRecords(limit: Int)
    case base64(Base64Error)
}

extension ReplyError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notAnEnvelope(let root): "The reply is not a SOAP envelope; its root is \(root)."
        case .emptyBody: "The reply's SOAP body is empty."
        case .unexpectedResponse(let name, let expected): "The reply is \(name); expected \(expected)."
        case .missing(let element): "The reply has no \(element)."
        case .repeated(let element): "The reply has \(element) more than once."
        case .unreadable(let element): "The reply has an invalid value in \(element)."
        case .tooManyRecords(let limit): "The reply has more than \(limit) records."
        case .base64(let refusal): "The reply's archive cannot be decoded. \(refusal)"
        }
    }
}
