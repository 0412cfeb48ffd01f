import Foundation
import Testing

@testable import OrgSimulator

/// Assertions that attackers send. None of them gets a token, and the org still answers after each.
@Suite("Hostile assertions")
struct HostileAssertionTests {
    private struct Forgeries: Decodable {
        let certificatePEM: String
        let genuine: String
        let forged: [String: String]
    }

    /// Whether the org still accepts a valid assertion.
    private func answersOn(_ org: TestOrg) async throws -> Bool {
        let right = try TokenCase()
        return await org.signIn(right, assertion: try await right.assertion()).status == 200
    }

    @Test("Forgeries of an RSASSA-PKCS1-v1_5 signature with a public exponent of 3 are refused")
    func forgedSignatures() async throws {
        var token = try TokenCase()
        let output = try await TestPython.output(script: "forged_signatures.py", [token.header, token.claims])
        let forgeries = try JSONDecoder().decode(Forgeries.self, from: Data(output.utf8))
        token.state.orgs[0].apps[0].certificatePEM = forgeries.certificatePEM
        let org = try TestOrg(token.state)
        #expect(await org.signIn(token, assertion: forgeries.genuine).status == 200)
        #expect(forgeries.forged.count >= 24)
        for (family, assertion) in forgeries.forged {
            let answer = await org.signIn(token, assertion: assertion)
            #expect(answer.status == 400, "\(family)")
            #expect(answer.refusal == "invalid_client / invalid client credentials", "\(family)")
        }
    }

    @Test(
        "An algorithm other than RS256 is refused, whatever the signature",
        arguments: ["none", "None", "NONE", "", "HS256", "RS384", "RS512", "PS256", "ES256", "rs256", "RS256 "])
    func algorithms(_ algorithm: String) async throws {
        var token = try TokenCase()
        token.header = "{\"alg\":\"\(algorithm)\"}"
        let org = try TestOrg(token.state)
        let signed = try await token.assertion()
        let unsigned = signed.split(separator: ".").prefix(2).joined(separator: ".") + "."
        for assertion in [signed, unsigned] {
            #expect(await org.signIn(token, assertion: assertion).status == 400)
        }
        #expect(try await answersOn(org))
    }

    @Test("An HMAC keyed with the public key or the certificate is not accepted as a signature")
    func confusedKey() async throws {
        let token = try TokenCase()
        let script = """
            import base64, hashlib, hmac, sys
            from cryptography import x509
            from cryptography.hazmat.primitives import serialization as s
            pem = open(sys.argv[1], "rb").read()
            key = x509.load_pem_x509_certificate(pem).public_key()
            forms = [pem, pem.strip()] + [key.public_bytes(e, s.PublicFormat.SubjectPublicKeyInfo)
                                          for e in (s.Encoding.PEM, s.Encoding.DER)]
            b = lambda d: base64.urlsafe_b64encode(d).rstrip(b"=")
            for alg in (b"HS256", b"RS256"):
                text = b(b'{"alg":"' + alg + b'"}') + b"." + b(sys.argv[2].encode())
                for form in forms:
                    print((text + b"." + b(hmac.new(form, text, hashlib.sha256).digest())).decode())
            """
        let lines = try await TestPython.output(["-c", script, TestFiles.fixture("first.crt"), token.claims])
            .split(separator: "\n")
        #expect(lines.count == 8)
        let org = try TestOrg(token.state)
        for line in lines {
            let answer = await org.signIn(token, assertion: String(line))
            #expect(answer.refusal == "invalid_client / invalid client credentials")
        }
        #expect(try await answersOn(org))
    }

    @Test(
        "A key in the header is not used",
        arguments: ["jwk", "jku", "x5c", "x5u", "kid", "x5t"])
    func broughtKey(_ name: String) async throws {
        let body = try TestFiles.text("second.crt").split(separator: "\n").dropFirst().dropLast().joined()
        let value = name == "x5c" ? "[\"\(body)\"]" : "\"\(body)\""
        var token = try TokenCase()
        token.header = "{\"alg\":\"RS256\",\"\(name)\":\(value)}"
        let org = try TestOrg(token.state)
        token.key = "second"
        #expect(
            await org.signIn(token, assertion: try await token.assertion()).refusal
                == "invalid_client / invalid client credentials")
        token.key = "first"
        #expect(await org.signIn(token, assertion: try await token.assertion()).status == 200)
    }

    /// Headers and claims that are signed by the right key, but refused as invalid assertions.
    static let malformed: [(name: String, header: String, claims: @Sendable (TokenCase) -> String)] = [
        ("critical extension", #"{"alg":"RS256","crit":["exp"]}"#, \.claims),
        ("critical extension, empty", #"{"alg":"RS256","crit":[]}"#, \.claims),
        ("algorithm twice", #"{"alg":"none","alg":"RS256"}"#, \.claims),
        (
            "user twice", #"{"alg":"RS256"}"#,
            { $0.claims.replacing("{", with: #"{"sub":"admin@harbour-bikes.example","#) }
        ),
        (
            "user twice, one escaped", #"{"alg":"RS256"}"#,
            { $0.claims.replacing("{", with: #"{"s\u0075b":"admin@harbour-bikes.example","#) }
        ),
        ("exp twice", #"{"alg":"RS256"}"#, { $0.claims.replacing("}", with: #","exp":1}"#) }),
        ("NaN", #"{"alg":"RS256"}"#, { $0.claims.replacing("1790000150", with: "NaN") }),
        ("Infinity", #"{"alg":"RS256"}"#, { $0.claims.replacing("1790000150", with: "Infinity") }),
        ("beyond every number", #"{"alg":"RS256"}"#, { $0.claims.replacing("1790000150", with: "1e400") }),
        ("a huge number", #"{"alg":"RS256"}"#, { $0.claims.replacing("1790000150", with: "1e300") }),
        ("a huge integer", #"{"alg":"RS256"}"#, { $0.claims.replacing("1790000150", with: "99999999999999999999") }),
        (
            "a huge number as text", #"{"alg":"RS256"}"#,
            { $0.claims.replacing("1790000150", with: "\"99999999999999999999\"") }
        ),
        ("NaN as text", #"{"alg":"RS256"}"#, { $0.claims.replacing("1790000150", with: #""nan""#) }),
        ("infinity as text", #"{"alg":"RS256"}"#, { $0.claims.replacing("1790000150", with: #""inf""#) }),
        ("hexadecimal as text", #"{"alg":"RS256"}"#, { $0.claims.replacing("1790000150", with: #""0x7fffffffff""#) }),
        ("exp as object", #"{"alg":"RS256"}"#, { $0.claims.replacing("1790000150", with: #"{"a":1}"#) }),
        ("exp as null", #"{"alg":"RS256"}"#, { $0.claims.replacing("1790000150", with: "null") }),
        ("lone surrogate", #"{"alg":"RS256"}"#, { $0.claims.replacing("}", with: #","x":"\ud800"}"#) }),
        ("trailing comma in the header", #"{"alg":"RS256",}"#, \.claims),
        ("trailing comma in the claims", #"{"alg":"RS256"}"#, { $0.claims.replacing("}", with: ",}") }),
        ("trailing comma in a list", #"{"alg":"RS256"}"#, { $0.claims.replacing("}", with: #","x":[1,]}"#) }),
        ("comment", #"{"alg":"RS256"}"#, { $0.claims.replacing("}", with: "/* */}") }),
        ("text behind", #"{"alg":"RS256"}"#, { $0.claims + "{}" }),
        (
            "nested deeply", #"{"alg":"RS256"}"#,
            { $0.claims.replacing("}", with: ",\"x\":" + String(repeating: "[", count: 100_000) + "}") }
        ),
        (
            "nested deeply and closed", #"{"alg":"RS256"}"#,
            {
                let depth = 10_000
                let nest = String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
                return String($0.claims.dropLast()) + ",\"x\":\(nest)}"
            }
        ),
    ]

    @Test("Ambiguous claims are refused, even with a valid signature")
    func ambiguous() async throws {
        let token = try TokenCase()
        let org = try TestOrg(token.state)
        for row in Self.malformed {
            let assertion = try await OpenSSLSigner.assertion(
                header: row.header, claims: row.claims(token), key: "first")
            #expect(
                await org.signIn(token, assertion: assertion).refusal == "invalid_grant / invalid assertion",
                "\(row.name)")
        }
        #expect(try await answersOn(org))
    }

    @Test(
        "A header or claims in UTF-16 are refused, even with a valid signature",
        arguments: [String.Encoding.utf16, .utf16BigEndian, .utf16LittleEndian], [true, false])
    func wideText(_ encoding: String.Encoding, _ isHeader: Bool) async throws {
        let token = try TokenCase()
        let org = try TestOrg(token.state)
        let wide = Array(try #require((isHeader ? token.header : token.claims).data(using: encoding)))
        let assertion = try await OpenSSLSigner.assertion(
            headerBytes: isHeader ? wide : Array(token.header.utf8),
            claimBytes: isHeader ? Array(token.claims.utf8) : wide, key: "first")
        #expect(await org.signIn(token, assertion: assertion).refusal == "invalid_grant / invalid assertion")
        #expect(try await answersOn(org))
    }

    @Test("An assertion in an encoding other than base64url without padding is refused")
    func encodings() async throws {
        let token = try TokenCase()
        let org = try TestOrg(token.state)
        let good = try await token.assertion()
        let parts = good.split(separator: ".").map(String.init)
        let padded = parts.map { $0 + String(repeating: "=", count: (4 - $0.utf8.count % 4) % 4) }
        let last = String(parts[2].dropLast()) + "\(Character(UnicodeScalar(parts[2].utf8.last! ^ 1)))"
        for text in [
            padded.joined(separator: "."), " " + good, good + "\n", good + ".", "." + good,
            good.replacing(".", with: ".."),
            parts[0] + "." + parts[1], parts[0] + "." + parts[1] + ".\(last)",
            good.replacing("-", with: "+").replacing("_", with: "/") + "+", String(repeating: ".", count: 100_000),
            String(repeating: "A", count: 1 << 20), "\u{0}" + good, good + "\u{FEFF}", "ａ" + good,
        ] {
            #expect(await org.signIn(token, assertion: text).status == 400)
        }
        #expect(try await answersOn(org))
    }

    @Test("Bytes that are not UTF-8 and invalid forms are refused like a form without fields")
    func forms() async throws {
        let token = try TokenCase()
        let org = try TestOrg(token.state)
        for body in [
            [0xFF, 0xFE, 0x00], Array("grant_type=%ff%fe&assertion=%".utf8), Array(repeating: 0x26, count: 60_000), [],
        ] {
            var request = OrgRequest(
                method: "POST", target: "/services/oauth2/token", host: token.host, body: body,
                sourceAddress: "192.0.2.7")
            request.contentType = "application/x-www-form-urlencoded"
            let answer = await org.simulation.answer(request).answer
            #expect(answer.refusal == "unsupported_grant_type / grant type not supported")
        }
        #expect(try await answersOn(org))
    }
}
