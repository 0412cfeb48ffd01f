import ConnectedAppTesting
import Foundation
import Testing

@testable import JWTBearer

@Suite("Assertion")
struct AssertionTests {
    private static let now = Date(timeIntervalSince1970: 1_795_435_200)

    private static func assertion(
        subject: String = "integration@acme.example", now: Date = now, lifetime: Int = Assertion.defaultLifetime
    ) throws -> Assertion {
        try Assertion(
            issuer: "3MVG9.consumer_key", subject: subject, audience: "https://acme.my.salesforce.com", now: now,
            lifetime: lifetime, identifier: "0123456789abcdef")
    }

    /// Decodes one part of the signing input.
    private static func part(_ index: Int, of assertion: Assertion) throws -> String {
        let parts = String(decoding: assertion.signingInput, as: UTF8.self).split(separator: ".")
        #expect(parts.count == 2)
        return String(decoding: try #require(Base64URL.decode(parts[index])), as: UTF8.self)
    }

    @Test("The header has RS256 and the type, and nothing else")
    func header() throws {
        #expect(try Self.part(0, of: Self.assertion()) == #"{"alg":"RS256","typ":"JWT"}"#)
    }

    @Test("The claims have exactly these bytes: whole seconds, one audience as a string, no escaped slash")
    func claims() throws {
        let expected =
            #"{"iss":"3MVG9.consumer_key","sub":"integration@acme.example","aud":"https://acme.my.salesforce.com","#
            + #""exp":1795435350,"iat":1795435200,"jti":"0123456789abcdef"}"#
        #expect(try Self.part(1, of: Self.assertion()) == expected)
    }

    @Test("exp is 150 seconds after now, which is rounded down to a whole second", arguments: [0, 0.001, 0.5, 0.999])
    func expiry(_ fraction: Double) throws {
        let assertion = try Self.assertion(now: Self.now.addingTimeInterval(fraction))
        #expect(assertion.issuedAt == 1_795_435_200)
        #expect(assertion.expiresAt == 1_795_435_350)
    }

    @Test("A lifetime from 1 to 180 seconds is used unchanged", arguments: [1, 2, 150, 179, 180])
    func lifetimeInRange(_ seconds: Int) throws {
        #expect(try Self.assertion(lifetime: seconds).expiresAt == 1_795_435_200 + seconds)
    }

    @Test(
        "A lifetime outside 1 to 180 seconds is rejected, and the error contains it",
        arguments: [.min, -1, 0, 181, 300, Int.max])
    func lifetimeOutOfRange(_ seconds: Int) {
        #expect(throws: AssertionError.lifetimeOutOfRange(seconds: seconds)) { try Self.assertion(lifetime: seconds) }
    }

    @Test(
        "A username is escaped as JSON requires, and no further",
        arguments: [
            ("o'brien+api@acme.example", "o'brien+api@acme.example"),
            ("a&b<c>@acme.example", "a&b<c>@acme.example"),
            ("slash/back\\slash@acme.example", #"slash/back\\slash@acme.example"#),
            ("quote\"@acme.example", #"quote\"@acme.example"#),
            ("tab\tnull\u{0}unit\u{1f}@acme.example", #"tab\u0009null\u0000unit\u001f@acme.example"#),
            ("\r\n@acme.example", #"\u000d\u000a@acme.example"#),
            ("jürgen@käse.example", "jürgen@käse.example"),
            ("🦊\u{2028}\u{7f}@acme.example", "🦊\u{2028}\u{7f}@acme.example"),
            ("e\u{301}@acme.example", "e\u{301}@acme.example"),
        ])
    func escaping(_ username: String, _ written: String) throws {
        let claims = try Self.part(1, of: Self.assertion(subject: username))
        let value = #""sub":""# + written + #"","aud""#
        // Compares bytes, because different encodings of one character are different usernames.
        #expect(Data(claims.utf8).range(of: Data(value.utf8)) != nil)
        let read = try #require(try JSONSerialization.jsonObject(with: Data(claims.utf8)) as? [String: Any])
        #expect(Array(try #require(read["sub"] as? String).utf8) == Array(username.utf8))
    }

    @Test("The key of RFC 7515 A.2 produces the signature of RFC 7515 A.2")
    func rfcSignature() async throws {
        let example = try RFC7515ExampleA2.load()
        let input = Base64URL.encode(example.header.utf8) + "." + Base64URL.encode(example.claims.utf8)
        #expect(input == example.signingInput)
        let signature = try await TestSigner(pem: example.keyPEM).signature(over: Array(input.utf8))
        #expect(Base64URL.encode(signature) == example.signature)
    }

    @Test("A signed assertion is its signing input, a dot, and the signer's bytes")
    func compact() async throws {
        struct Fixed: AssertionSigner {
            func signature(over message: [UInt8]) async throws -> [UInt8] { [3, 236, 255, 224, 193] }
        }
        let assertion = try Self.assertion()
        let signed = try await assertion.signed(by: Fixed())
        #expect(signed.compact == String(decoding: assertion.signingInput, as: UTF8.self) + ".A-z_4ME")
    }

    @Test("The signer's error is rethrown")
    func signerFails() async throws {
        struct Broken: AssertionSigner {
            struct Reason: Error {}
            func signature(over message: [UInt8]) async throws -> [UInt8] { throw Reason() }
        }
        let assertion = try Self.assertion()
        await #expect(throws: Broken.Reason.self) { try await assertion.signed(by: Broken()) }
    }

    @Test("openssl verifies a signed assertion, and rejects its signature for longer claims")
    func openssl() async throws {
        let folder = try TemporaryFolder()
        let key = try folder.file("key.pem", TestKeys.first)
        let publicKey = try folder.file(
            "public.pem", try await OutsideTool.openssl.output(["pkey", "-in", key, "-pubout"]))
        let signed = try await Self.assertion().signed(by: TestSigner(pem: TestKeys.first))
        let parts = signed.compact.split(separator: ".")
        try #require(parts.count == 3)
        let signature = try folder.file("signature", try #require(Base64URL.decode(parts[2])))
        func verify(_ input: String) async throws -> OutsideTool.Outcome {
            try await OutsideTool.openssl.run(
                ["dgst", "-sha256", "-verify", publicKey, "-signature", signature], input: Array(input.utf8))
        }
        let good = try await verify("\(parts[0]).\(parts[1])")
        #expect(good.status == 0)
        #expect(good.text == "Verified OK\n")
        #expect(try await verify("\(parts[0]).\(parts[1])A").status != 0)
    }

    @Test("A token request has the two parameters in form encoding, and no client secret")
    func request() {
        let body = TokenRequest(assertion: SignedAssertion(compact: "aaa.bb-b.c_c")).body
        #expect(
            String(decoding: body, as: UTF8.self)
                == "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=aaa.bb-b.c_c")
        #expect(TokenRequest.grantType == "urn:ietf:params:oauth:grant-type:jwt-bearer")
        #expect(TokenRequest.path == "/services/oauth2/token")
        #expect(TokenRequest.contentType == "application/x-www-form-urlencoded")
    }
}
