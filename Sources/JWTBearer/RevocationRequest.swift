/// The body of one POST to the revocation endpoint (RFC 7009 §2.1): the token, form-encoded.
public struct RevocationRequest: Sendable {
    /// Below the host that the token is for.
    public static let path = "/services/oauth2/revoke"
    public static let contentType = TokenRequest.contentType

    private let token: String

    /// - Parameter token: An access token, as it was granted.
    public init(token: String) { self.token = token }

    /// ASCII.
    public var body: [UInt8] { Array("token=".utf8) + token.utf8.flatMap(Self.escaped) }

    /// RFC 3986 §2.1; everything but the unreserved characters.
    private static func escaped(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            return [byte]
        default:
            let digits = Array("0123456789ABCDEF".utf8)
            return [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
}

extension RevocationRequest: CustomStringConvertible, CustomReflectable {
    public var description: String { "RevocationRequest(hidden)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
