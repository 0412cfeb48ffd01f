import ConnectedAppTesting
import Foundation
import JWTBearer
import Testing

@testable import ConnectedApp

@Suite("Inspecting an assertion")
struct AssertionInspectionTests {
    private static let now = Date(timeIntervalSince1970: 1_795_435_200)
    private static let seconds = 1_795_435_200

    private static func key() throws -> RSAKey {
        try RSAKey(pem: TestKeys.first) { () throws(ConnectedAppError) in nil }
    }

    private static func signed(header: String = #"{"alg":"RS256"}"#, claims: String) async throws -> String {
        let input = Base64URL.encode(header.utf8) + "." + Base64URL.encode(claims.utf8)
        return input + "." + Base64URL.encode(try await key().signature(over: Array(input.utf8)))
    }

    private static func claims(_ changes: [String: String?] = [:]) -> String {
        var members: [String: String?] = [
            "iss": "\"3MVG9consumer.Key_01\"", "sub": "\"i@acme.example\"",
            "aud": "\"https://acme.my.salesforce.com\"", "exp": "\(seconds + 150)",
        ]
        for (name, value) in changes { members[name] = .some(value) }
        let pairs = members.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }
        return "{" + pairs.joined(separator: ",") + "}"
    }

    private static func view(_ text: String, certificate: [UInt8]? = nil) throws -> AssertionView {
        try AssertionView(
            inspecting: Array(text.utf8), certificateFile: certificate.map { CredentialFile($0) }, now: now)
    }

    @Test("Claims in UTF-16 are reported as not UTF-8")
    func encoding() throws {
        let claims = try #require(Self.claims().data(using: .utf16))
        let text = Base64URL.encode(#"{"alg":"RS256"}"#.utf8) + "." + Base64URL.encode(claims) + ".AA"
        #expect(try Self.view(text).findings.contains { $0.sentence.contains("UTF-8") })
    }

    @Test("aprity's own assertion is sound, and its signature fits its certificate and no other")
    func own() async throws {
        let key = try Self.key()
        let assertion = try Assertion(
            issuer: "3MVG9consumer.Key_01", subject: "i@acme.example", audience: "https://acme.my.salesforce.com",
            now: Self.now, identifier: "00")
        let text = try await assertion.signed(by: key).compact
        let certificates = try await [TestKeys.first, TestKeys.second].asyncMap { pem in
            let key = try RSAKey(pem: pem) { () throws(ConnectedAppError) in nil }
            return try await AppCertificate.selfSigned(
                publicKey: key.publicKey, signer: key, commonName: "x", now: Self.now, days: 1,
                randomBytes: SeededRandom(seed: 1).bytes)
        }
        #expect(try Self.view(text).findings.isEmpty)
        #expect(try Self.view(text, certificate: certificates[0].der).signatureFits == true)
        let other = try Self.view(text, certificate: certificates[1].der)
        #expect(other.signatureFits == false)
        #expect(!other.isSound)
        #expect(!String(decoding: try ViewJSON.encode(other), as: UTF8.self).contains(text.suffix(40)))
    }

    /// Changed claims, and the expected finding.
    static let rows: [(claims: [String: String?], part: String, isProblem: Bool)] = [
        (["iss": nil], "iss is missing", true), (["iss": "\"short\""], "iss cannot be", true),
        (["sub": nil], "sub is missing", true), (["sub": "\"005000000000001AAA\""], "sub is a user's id", true),
        (["sub": "\"integration\""], "sub is not a username", true),
        (["sub": "\"a&amp;b@acme.example\""], "sub is escaped", true),
        (["sub": nil, "prn": "\"i@acme.example\""], "prn is used instead", false),
        (["aud": nil], "aud is missing", true), (["aud": "[\"https://a.example\"]"], "aud is a list", true),
        (["aud": "\"https://login.salesforce.com/\""], "ends with a slash", false),
        (["aud": "\"https://login.salesforce.com/services/oauth2/token\""], "token endpoint", true),
        (["aud": "\"https://acme.lightning.force.com\""], "user interface", true),
        (["aud": "\"http://login.salesforce.com\""], "not an https URL", true),
        (["exp": nil], "exp is missing", true), (["exp": "\"\(seconds + 100)\""], "exp is a string", false),
        (["exp": "\(seconds + 100)000"], "milliseconds", true),
        (["exp": "\(seconds - 1)"], "passed 1 second ago", true),
        (["exp": "\(seconds - 10)"], "passed 10 seconds ago", true),
        (["exp": "\(seconds - 7200)"], "passed 7200 seconds ago", true),
        (["exp": "\(seconds + 3600)"], "3600 seconds ahead", false), (["exp": "true"], "exp", true),
        (["iat": "\(seconds + 600)"], "iat is in the future", false),
        (["exp": "1e300"], "exp is not a valid time", true), (["exp": "-1e300"], "exp is not a valid time", true),
        (["exp": "1e25"], "exp is not a valid time", true), (["exp": "\"nan\""], "exp is not a valid time", true),
        (["exp": "\"inf\""], "exp is not a valid time", true), (["exp": "-1e14"], "seconds ago", true),
        (["exp": "253402300799"], "milliseconds", true), (["iat": "1e300"], "iat is not a valid time", true),
        (["alg": "\"RS256\""], "among the claims", false),
    ]

    @Test("Each faulty claim is found, as a problem or as a notice", arguments: rows)
    func claimFaults(_ row: (claims: [String: String?], part: String, isProblem: Bool)) async throws {
        let view = try Self.view(try await Self.signed(claims: Self.claims(row.claims)))
        let finding = try #require(view.findings.first { $0.sentence.contains(row.part) }, "\(view.findings)")
        #expect((finding.severity == .problem) == row.isProblem)
        #expect(view.isSound == !row.isProblem)
        #expect(finding.remedy.hasSuffix("."))
    }

    static let forms: [(text: String, part: String)] = [
        ("", "has 1."), ("abc.def", "has 2."), ("-----BEGIN PRIVATE KEY-----", "a private key"),
        ("-----BEGIN CERTIFICATE-----", "a certificate"), ("00D000000000001!AQ.x.y.z", "an access token"),
        ("e30.e30.", "no signature"), ("e30=.e30.abcd", "base64url"), ("!!!.e30.abcd", "JSON object"),
    ]

    @Test("Input that is not an assertion is recognized", arguments: forms)
    func notAnAssertion(_ row: (text: String, part: String)) throws {
        let view = try Self.view(row.text)
        #expect(!view.isSound, "\(view.findings)")
        #expect(view.findings.contains { $0.sentence.contains(row.part) }, "\(view.findings)")
    }

    @Test("An assertion in a form body, in quotes or with line breaks is read")
    func unwrapped() async throws {
        let text = try await Self.signed(claims: Self.claims())
        #expect(try Self.view("grant_type=urn%3Aietf&assertion=\(text)&x=y").isSound)
        #expect(try Self.view(text + "\n").isSound)
        let quoted = try Self.view("\"\(text)\"")
        try #require(quoted.findings.count == 1)
        #expect(quoted.findings[0].sentence.contains("quotes"))
        let broken = try Self.view(String(text.prefix(50)) + "\n" + text.dropFirst(50))
        try #require(broken.findings.count == 1)
        #expect(broken.findings[0].sentence.contains("white space"))
    }

    @Test(
        "An audience with http is right only for this machine, however it is named",
        arguments: [
            ("http://127.0.0.1:7412", true), ("http://127.0.0.2:7412", true), ("http://localhost:7412", true),
            ("http://[::1]:7412", true), ("http://acme.my.salesforce.com", false),
        ])
    func loopbackAudience(_ audience: String, _ isRight: Bool) async throws {
        let text = try await Self.signed(claims: Self.claims(["aud": "\"\(audience)\""]))
        let found = try Self.view(text).findings.contains { $0.sentence == "aud is not an https URL." }
        #expect(found == !isRight)
    }

    @Test("Any input produces a view, and input that is too large is rejected")
    func anything() throws {
        let random = SeededRandom(seed: 11)
        let letters = Array("eyJhbGciOiJSUzI1NiJ9.{}\":,=+/-_ \n\u{0}\u{202E}é".unicodeScalars)
        for _ in 0..<2000 {
            let bytes = random.bytes(200).prefix(Int(random.bytes(1)[0]))
            let text = String(String.UnicodeScalarView(bytes.map { letters[Int($0) % letters.count] }))
            _ = try Self.view(text)
        }
        #expect(throws: ConnectedAppError.self) { try Self.view(String(repeating: "a", count: 70_000)) }
    }
}

extension Array {
    fileprivate func asyncMap<T>(_ transform: (Element) async throws -> T) async throws -> [T] {
        var result: [T] = []
        for element in self { result.append(try await transform(element)) }
        return result
    }
}
