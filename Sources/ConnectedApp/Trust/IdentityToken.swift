internal import Crypto
internal import Foundation
internal import JWTBearer
internal import JWTKit

/// A token of an OpenID Connect issuer (JWT, RFC 7519) that says which program it was issued to.
struct IdentityToken: Sendable {
    /// In bytes.
    private static let longest = 16 << 10
    /// The difference of two clocks that is tolerated.
    private static let leeway = 60.0
    /// A token that is valid for longer is refused, because it is remembered until it expires.
    private static let longestLife = 86_400.0

    let issuer: String
    let audiences: [String]
    let subject: String
    /// The further claims that are texts, numbers or truth values, as texts.
    let claims: [String: String]
    let issuedAt: Date
    let notBefore: Date?
    let expiresAt: Date
    /// SHA-256 of what the issuer signed, in hex.
    let sha256: String
    /// The id of the key in the header; `nil` if there is none.
    let keyID: String?

    private let text: String
    private let algorithm: JWK.Algorithm

    /// Reads a token, and does not verify it.
    ///
    /// - Throws: ``ExchangeRefusal``: `.malformedToken` or `.algorithm`.
    init(_ text: String) throws(ExchangeRefusal) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.longest, parts.count == 3, let header = Self.members(parts[0]),
            let claims = Self.members(parts[1]), Base64URL.decode(parts[2]) != nil,
            let issuer = claims["iss"] as? String, let subject = claims["sub"] as? String, !subject.isEmpty,
            let issuedAt = Self.date(claims["iat"]), let expiresAt = Self.date(claims["exp"])
        else { throw .malformedToken }
        // A header that must be understood and is not (RFC 7515, section 4.1.11).
        guard header["crit"] == nil else { throw .malformedToken }
        guard let name = header["alg"] as? String, Self.algorithms.contains(name),
            let algorithm = JWK.Algorithm(rawValue: name)
        else { throw .algorithm }
        self.text = text
        self.algorithm = algorithm
        keyID = header["kid"] as? String
        self.issuer = issuer
        self.subject = subject
        audiences = (claims["aud"] as? [String]) ?? (claims["aud"] as? String).map { [$0] } ?? []
        self.claims = claims.compactMapValues(Self.claimText)
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        if let value = claims["nbf"] {
            guard let date = Self.date(value) else { throw .malformedToken }
            notBefore = date
        } else {
            notBefore = nil
        }
        sha256 = SHA256.hash(data: Data("\(parts[0]).\(parts[1])".utf8)).hex
    }

    /// Signatures with public keys. One with a shared key would make a public key a password.
    private static let algorithms: Set = [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
    ]

    private static func members(_ part: Substring) -> [String: Any]? {
        guard let bytes = Base64URL.decode(part) else { return nil }
        // What is no JSON is no token.
        return (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any]
    }

    /// - Parameter value: A number of seconds since 1970.
    private static func date(_ value: Any?) -> Date? {
        guard let number = value as? NSNumber, !Self.isTruthValue(number), (0...1e11).contains(number.doubleValue)
        else {
            return nil
        }
        return Date(timeIntervalSince1970: number.doubleValue)
    }

    private static func claimText(_ value: Any) -> String? {
        if let text = value as? String { return text }
        guard let number = value as? NSNumber else { return nil }
        if isTruthValue(number) { return number.boolValue ? "true" : "false" }
        return number.stringValue
    }

    private static func isTruthValue(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }

    // MARK: Verification

    /// What jwt-kit decodes from a verified token. The claims are read above.
    private struct NoClaims: JWTPayload {
        func verify(using algorithm: some JWTAlgorithm) {}
    }

    /// Verifies the signature.
    ///
    /// - Parameter keys: The issuer's keys that may have signed it.
    /// - Throws: ``ExchangeRefusal/signature``.
    func verify(with keys: [JWK]) async throws(ExchangeRefusal) {
        for key in keys {
            guard let key = usable(key) else { continue }
            do {
                let collection = JWTKeyCollection()
                try await collection.add(jwk: key)
                _ = try await collection.verify(text, as: NoClaims.self)
                return
            } catch {
                // The next key may fit.
                continue
            }
        }
        throw .signature
    }

    /// Returns the key for the token's algorithm alone; `nil` if it is not for that algorithm, or is weak.
    private func usable(_ key: JWK) -> JWK? {
        guard key.algorithm == nil || key.algorithm == algorithm else { return nil }
        let isRSA = algorithm.rawValue.hasPrefix("RS") || algorithm.rawValue.hasPrefix("PS")
        guard key.keyType == (isRSA ? .rsa : .ecdsa) else { return nil }
        if isRSA {
            // From 2048 to 8192 bits, in Base64.
            guard (342...1_366).contains(key.modulus?.utf8.count ?? 0), (key.exponent?.utf8.count ?? 0) <= 8 else {
                return nil
            }
        }
        var own = key
        own.algorithm = algorithm
        own.privateExponent = nil
        // The collection needs a name.
        own.keyIdentifier = JWKIdentifier(string: keyID ?? "only")
        return own
    }

    /// Checks the times.
    ///
    /// - Throws: ``ExchangeRefusal``: `.expired`, `.notYetValid` or `.validTooLong`.
    func check(at now: Date) throws(ExchangeRefusal) {
        guard expiresAt.addingTimeInterval(Self.leeway) > now else { throw .expired }
        guard max(issuedAt, notBefore ?? issuedAt) <= now.addingTimeInterval(Self.leeway) else { throw .notYetValid }
        guard expiresAt <= now.addingTimeInterval(Self.longestLife) else { throw .validTooLong }
    }

    /// When it can certainly no longer be exchanged.
    var uselessAt: Date { expiresAt.addingTimeInterval(Self.leeway) }
}
