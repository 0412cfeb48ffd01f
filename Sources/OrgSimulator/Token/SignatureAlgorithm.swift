import Crypto
import CryptoExtras

/// The JWS algorithms (RFC 7518 §3.1) that an org can be configured to accept. Salesforce documents only the first. The
/// raw values are those of `alg` and of the state document.
enum SignatureAlgorithm: String, Codable, CaseIterable, Sendable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"

    /// Whether the signature of `text` is valid for the key.
    func isValid(_ signature: _RSA.Signing.RSASignature, over text: [UInt8], _ key: _RSA.Signing.PublicKey) -> Bool {
        switch self {
        case .rs256: key.isValidSignature(signature, for: SHA256.hash(data: text), padding: .insecurePKCS1v1_5)
        case .rs384: key.isValidSignature(signature, for: SHA384.hash(data: text), padding: .insecurePKCS1v1_5)
        case .rs512: key.isValidSignature(signature, for: SHA512.hash(data: text), padding: .insecurePKCS1v1_5)
        case .ps256: key.isValidSignature(signature, for: SHA256.hash(data: text), padding: .PSS)
        }
    }
}
