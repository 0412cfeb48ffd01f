import HTTPTypes
import JWTBearer
import Testing

@Suite("Secrecy")
struct SecrecyTests {
    private static let secret = "hiddenhidden"

    private static func holders() -> [any Sendable] {
        let token = AccessToken(
            secret: secret, scope: "api", instanceURL: "https://a", identityURL: nil, tokenType: "Bearer")
        let assertion = SignedAssertion(compact: secret)
        var head = HTTPRequest(method: .post, scheme: "https", authority: "acme.my.salesforce.com", path: "/x")
        head.headerFields[.authorization] = "Bearer " + secret
        return [
            token, TokenReply.granted(token), Optional(token) as (any Sendable)?, assertion,
            TokenRequest(assertion: assertion), OutgoingRequest(head, body: Array(secret.utf8)),
        ].compactMap { $0 }
    }

    @Test("No description, reflection or dump shows a token or an assertion", arguments: 0..<6)
    func hidden(_ index: Int) throws {
        let value = Self.holders()[index]
        var dumped = ""
        dump(value, to: &dumped)
        let bytes = "\(Array(Self.secret.utf8).prefix(6))".dropFirst().dropLast()
        for text in [String(describing: value), String(reflecting: value), "\(value)", dumped] {
            #expect(!text.contains("hidden" + "hidden"), "shown by \(type(of: value)): \(text)")
            #expect(!text.contains(bytes), "shown by \(type(of: value)): \(text)")
        }
    }

    @Test("The description of a request shows its address")
    func requestDescription() {
        let head = HTTPRequest(method: .post, scheme: "https", authority: "acme.my.salesforce.com", path: "/x")
        #expect("\(OutgoingRequest(head))" == "OutgoingRequest(POST https://acme.my.salesforce.com/x)")
    }
}
