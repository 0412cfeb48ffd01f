import Foundation
import Testing

@testable import JWTBearer

@Suite("Token reply")
struct TokenReplyTests {
    /// The body in Salesforce's documentation.
    private static let documented = """
        {"access_token":"00Dxx0000001gPL!AR8AQJXg5oj8jXSgxJfA0lBog.39AsX.LVpxezPwuX5VAIrrbbHMuol7GQxnMeYMN7cj8EoWr78nt1u44zU31IbYNNJguseu",
         "scope":"web openid api id",
         "instance_url":"https://yourInstance.salesforce.com",
         "id":"https://yourInstance.salesforce.com/id/00Dxx0000001gPLEAY/005xx000001SwiUAAS",
         "token_type":"Bearer"}
        """

    private static func reply(_ body: String, status: Int = 200, contentType: String? = "application/json")
        -> TokenReply
    {
        TokenReply(status: status, contentType: contentType, body: Array(body.utf8))
    }

    private static func granted(_ body: String) throws -> AccessToken {
        guard case .granted(let token) = reply(body) else { throw NotGranted() }
        return token
    }
    private struct NotGranted: Error {}

    @Test(
        "A deeply nested reply is rejected quickly", .timeLimit(.minutes(1)),
        arguments: [600, 100_000])
    func deep(_ depth: Int) {
        let nest = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        guard case .unintelligible = Self.reply("{\"error\":\(nest)}", status: 400) else {
            Issue.record("understood")
            return
        }
    }

    @Test("The documented answer is a token with its scopes, addresses and org")
    func documented() throws {
        let token = try Self.granted(Self.documented)
        #expect(token.secret.hasPrefix("00Dxx0000001gPL!AR8A"))
        #expect(token.secret.utf8.count == 112)
        #expect(token.scope == "web openid api id")
        #expect(token.scopes == ["web", "openid", "api", "id"])
        #expect(token.instanceURL == "https://yourInstance.salesforce.com")
        #expect(
            token.identityURL
                == "https://yourInstance.salesforce.com/id/00Dxx0000001gPLEAY/005xx000001SwiUAAS")
        #expect(token.tokenType == "Bearer")
        #expect(token.organizationIDs.map(\.description) == ["00Dxx0000001gPLEAY"])
    }

    @Test("Unknown members of any type are ignored")
    func unknownMembers() throws {
        let more = """
            {"issued_at":"1","signature":"x","token_format":"jwt","api_instance_url":null,"sfdc_community_id":[1,{"a":2}],
            """
        #expect(try Self.granted(more + Self.documented.dropFirst()) == Self.granted(Self.documented))
    }

    @Test("A token and an instance_url are sufficient")
    func fewMembers() throws {
        let token = try Self.granted(#"{"access_token":"t","instance_url":"https://a"}"#)
        #expect(token.scope == nil)
        #expect(token.scopes.isEmpty)
        #expect(token.identityURL == nil)
        #expect(token.tokenType == nil)
        #expect(token.organizationIDs.isEmpty)
    }

    @Test(
        "A 200 that is not a grant is unintelligible, and nothing of it is quoted",
        arguments: [
            #"{"access_token":"00Dxx0000001gPL!hidden"}"#,
            #"{"access_token":"00Dxx0000001gPL!hidden","instance_url":null}"#,
            #"{"access_token":"00Dxx0000001gPL!hidden","instance_url":7}"#,
            #"{"access_token":42,"instance_url":"https://a"}"#,
            #"{"access_token":"","instance_url":"https://a"}"#,
            #"{"error":"invalid_grant","error_description":"invalid assertion"}"#,
            #"[{"access_token":"t","instance_url":"https://a"}]"#,
            "<title>access_token 00Dxx0000001gPL!hidden</title>", "", "null", "\"t\"", "{\"access_token\":\"t\"",
        ])
    func notGranted(_ body: String) {
        #expect(
            Self.reply(body) == .unintelligible(status: 200, contentType: "application/json", beginning: ""))
    }

    @Test("A page instead of a grant is quoted, because it cannot contain a token")
    func page() {
        let page = "<html><body>Please log in</body></html>"
        #expect(
            Self.reply(page) == .unintelligible(status: 200, contentType: "application/json", beginning: page))
    }

    @Test("A grant with a status other than 200 is rejected, and its token is not quoted", arguments: [201, 203, 206])
    func otherSuccess(_ status: Int) {
        #expect(
            Self.reply(Self.documented, status: status)
                == .unintelligible(status: status, contentType: "application/json", beginning: ""))
    }

    @Test("A refusal is kept verbatim", arguments: [400, 401, 403, 429, 500, 503])
    func refusal(_ status: Int) {
        #expect(
            Self.reply(
                #"{"error":"Invalid_Grant","error_description":"User hasn't approved… <b>.","x":1}"#, status: status)
                == .refused(
                    TokenRefusal(
                        status: status, error: "Invalid_Grant", description: "User hasn't approved… <b>.")))
    }

    @Test("A refusal needs no description")
    func bareRefusal() {
        #expect(
            Self.reply(#"{"error":"invalid_client"}"#, status: 400)
                == .refused(TokenRefusal(status: 400, error: "invalid_client", description: nil)))
    }

    @Test(
        "A reply that is not OAuth is unintelligible, and its beginning is quoted",
        arguments: [
            (503, nil, "", ""), (503, "text/html", "<html>down</html>", "<html>down</html>"),
            (302, nil, "moved", "moved"), (400, "application/json", "{", "{"),
            (400, "application/json", #"{"error":7}"#, #"{"error":7}"#),
            (404, "text/plain", "URL No Longer Exists", "URL No Longer Exists"),
        ] as [(Int, String?, String, String)])
    func unintelligible(_ status: Int, _ contentType: String?, _ body: String, _ beginning: String) {
        #expect(
            Self.reply(body, status: status, contentType: contentType)
                == .unintelligible(status: status, contentType: contentType, beginning: beginning))
    }

    @Test("At most 8,192 bytes are kept, even of multi-byte characters", arguments: ["x", "é", "🦊"])
    func longBeginning(_ character: String) {
        guard
            case .unintelligible(_, _, let beginning) = Self.reply(
                String(repeating: character, count: 9000), status: 500)
        else {
            Issue.record("not unintelligible")
            return
        }
        #expect(beginning.utf8.count == 8192)
        #expect(beginning.allSatisfy { String($0) == character })
    }

    @Test("Invalid UTF-8 is tolerated")
    func notUTF8() {
        let reply = TokenReply(status: 500, contentType: nil, body: [0xFF, 0xFE, 0x00, 0xC3])
        guard case .unintelligible = reply else {
            Issue.record("not unintelligible: \(reply)")
            return
        }
    }

    @Test("A token may have every character that needs no escaping in a header and in XML")
    func goodAlphabet() throws {
        let alphabet = String(
            decoding: (UInt8(0x21)...0x7E).filter { !"<>&\"'\\".utf8.contains($0) }, as: UTF8.self)
        #expect(try Self.granted(#"{"access_token":"\#(alphabet)","instance_url":"https://a"}"#).secret == alphabet)
        let longest = String(repeating: "a", count: 8192)
        #expect(try Self.granted(#"{"access_token":"\#(longest)","instance_url":"https://a"}"#).secret == longest)
    }

    @Test(
        "A reply whose token has a character that needs escaping in a header or in XML is not a grant",
        arguments: [
            "a b", "a\\r\\nX-Evil: 1", "a\\n", "\\u0000", "a<b", "a>b", "a&b", "a'b", "a\\\"b", "é", "a\\u007f",
            String(repeating: "a", count: 8193),
        ])
    func badAlphabet(_ token: String) {
        #expect(
            Self.reply(#"{"access_token":"\#(token)","instance_url":"https://a"}"#)
                == .unintelligible(status: 200, contentType: "application/json", beginning: ""))
    }

    @Test(
        "The org ids come from the identity URL and an opaque token, and two ids are a contradiction",
        arguments: [
            ("t", "https://login.salesforce.com/id/00D2E000000ncKPUAY/0052E00000IMbxTQAT", ["00D2E000000ncKPUAY"]),
            ("t", "https://acme.my.salesforce.com/id/00D2E000000ncKP/0052E00000IMbxT", ["00D2E000000ncKPUAY"]),
            ("00D2E000000ncKP!AQ4A", nil, ["00D2E000000ncKPUAY"]),
            ("00D2E000000ncKP!AQ4A", "https://x/id/00D2E000000ncKPUAY/005", ["00D2E000000ncKPUAY"]),
            (
                "00D2E000000ncKP!AQ4A", "https://x/id/00D1N000002EPj7UAG/005",
                ["00D1N000002EPj7UAG", "00D2E000000ncKPUAY"]
            ),
            ("eyJ.a.b", "https://x/id/not-an-org/005", []), ("eyJ.a.b", "https://x/other/00D2E000000ncKPUAY", []),
            ("not-an-org!AQ4A", nil, []), ("!", "https://x/id/", []),
        ] as [(String, String?, [String])])
    func organizations(_ secret: String, _ identity: String?, _ expected: [String]) {
        let token = AccessToken(
            secret: secret, scope: nil, instanceURL: "https://a", identityURL: identity, tokenType: nil)
        #expect(token.organizationIDs.map(\.description).sorted() == expected)
    }
}
