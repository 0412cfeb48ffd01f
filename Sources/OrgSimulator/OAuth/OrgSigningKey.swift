import Crypto
import CryptoExtras
import Foundation

/// The key that signs the orgs' JWT-format access tokens. It is generated in each process and never stored, so no token
/// outlives the process.
struct OrgSigningKey: Sendable {
    /// The `kid`: a short decimal number, as in real orgs.
    static let identifier = "256"

    private let key: _RSA.Signing.PrivateKey

    /// Generates the key, which takes about a tenth of a second.
    init() throws { key = try _RSA.Signing.PrivateKey(keySize: .bits2048) }

    /// The public half as a JWK (RFC 7517).
    var published: JSONValue {
        get throws {
            let numbers = try key.publicKey.getKeyPrimitives()
            return [
                "kty": "RSA", "n": .string(Base64URL.encode(numbers.modulus)),
                "e": .string(Base64URL.encode(numbers.publicExponent)),
                "alg": "RS256", "use": "sig", "kid": .string(Self.identifier),
            ]
        }
    }

    /// Seven more JWKs. Each modulus is a 4096-bit number without a private key, because generating eight keys would
    /// take seconds. A client that does not select the key by its `kid` fails to verify a token.
    static let others: [JSONValue] = ["220", "248", "216", "254", "228", "244", "212"].map { identifier in
        var random = SeededRandom(seed: UInt64(identifier) ?? 0)
        var modulus = (0..<512).map { _ in UInt8(random.next(below: 256)) }
        modulus[0] |= 0x80
        modulus[511] |= 1
        return [
            "kty": "RSA", "n": .string(Base64URL.encode(modulus)), "e": "AQAB", "alg": "RS256", "use": "sig",
            "kid": .string(identifier),
        ]
    }

    /// Returns a compact JWS, signed with RS256.
    func signed(header: JSONValue, claims: JSONValue) throws -> String {
        let text = "\(Base64URL.encode(header.text.utf8)).\(Base64URL.encode(claims.text.utf8))"
        let digest = SHA256.hash(data: Array(text.utf8))
        let signature = try key.signature(for: digest, padding: .insecurePKCS1v1_5)
        return "\(text).\(Base64URL.encode(signature.rawRepresentation))"
    }
}

extension Base64URL {
    /// Returns the text without padding.
    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

extension OrgSimulation {
    /// `GET /id/keys`: the key that verifies JWT-format tokens, and seven others, as orgs publish them (coreos/go-oidc,
    /// a recording of 2016).
    func idKeys() -> OrgAnswer {
        guard let key = try? signingKey().published else { return .notFoundPage }
        var keys = OrgSigningKey.others
        keys.insert(key, at: 3)
        var answer = OrgAnswer(status: 200, operation: "keys", reason: "Publishes the orgs' verification keys.")
            .json(["keys": .array(keys)])
        answer.headers = [("Access-Control-Allow-Origin", "*"), ("Cache-Control", "no-cache, no-store")]
        return answer
    }

    /// Returns an access token in JWT format. The claims are those that Salesforce's page *JWT-Based Access Tokens* and
    /// its Mobile SDK name; the values of `tnk` and `ver` are the simulator's own.
    ///
    /// - Parameter instance: The org's instance URL, which is the issuer and the audience.
    func accessTokenJWT(_ session: Sessions.Session, of user: User, instance: String) throws -> String {
        let seconds = { (time: Date) in JSONValue.integer(Int64(time.timeIntervalSince1970)) }
        return try signingKey().signed(
            header: [
                "alg": "RS256", "typ": "JWT", "kid": .string(OrgSigningKey.identifier), "tty": "sfdc-core-token",
                "tnk": .string("core/simulated/\(session.orgID)"), "ver": "1.0",
            ],
            claims: [
                "iss": .string(instance), "sub": .string("uid:\(user.id)"), "aud": [.string(instance)],
                "scp": .string(session.scopes.joined(separator: " ")), "client_id": .string(session.consumerKey),
                "iat": seconds(session.issuedAt), "nbf": seconds(session.issuedAt), "exp": seconds(session.expiry),
                "jti": .string(random.characters(24)),
            ])
    }
}
