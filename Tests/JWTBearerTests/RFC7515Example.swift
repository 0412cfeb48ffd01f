import Crypto
import CryptoExtras
import Foundation
import JWTBearer
import Testing

/// A signer for the tests, so that they do not depend on aprity's key handling.
struct TestSigner: AssertionSigner {
    let key: _RSA.Signing.PrivateKey

    init(pem: String) throws { key = try _RSA.Signing.PrivateKey(pemRepresentation: pem) }

    func signature(over message: [UInt8]) async throws -> [UInt8] {
        [UInt8](try key.signature(for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5).rawRepresentation)
    }
}

/// The example of RFC 7515 appendix A.2.
struct RFC7515ExampleA2: Decodable {
    let keyPEM: String
    let header: String
    let claims: String
    let signingInput: String
    let signature: String

    static func load() throws -> RFC7515ExampleA2 {
        let file = try #require(
            Bundle.module.url(forResource: "rfc7515-a2", withExtension: "json", subdirectory: "Vectors"))
        return try JSONDecoder().decode(RFC7515ExampleA2.self, from: Data(contentsOf: file))
    }
}
