/// A reply was well-formed XML but not the reply to the call.
public enum ReplyError: Error, Equatable, Sendable {
    /// The root is not a SOAP 1.1 envelope; a proxy's page, perhaps.
    case notAnEnvelope(root: String)
    case emptyBody
    case unexpectedResponse(String, expected: String)
    case missing(String)
    /// An element that comes once came twice.
    case repeated(String)
    /// A value is not of its type.
    case unreadable(element: String)
    case tooManyRecords(limit: Int)
    case base64(Base64Refusal)
}

extension ReplyError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notAnEnvelope(let root): "The reply is not a SOAP envelope; its root is \(root)."
        case .emptyBody: "The reply's SOAP body is empty."
        case .unexpectedResponse(let name, let expected): "The reply is \(name) where \(expected) was expected."
        case .missing(let element): "The reply has no \(element)."
        case .repeated(let element): "The reply has \(element) more than once."
        case .unreadable(let element): "The reply's \(element) is not of its type."
        case .tooManyRecords(let limit): "The reply has more than \(limit) records."
        case .base64(let refusal): "The reply's archive cannot be decoded. \(refusal)"
        }
    }
}
