internal import CryptoExtras
internal import JWTBearer
internal import SwiftASN1
internal import X509

/// A certificate signing request (PKCS#10, RFC 2986).
package struct CertificateRequest: Sendable {
    let der: [UInt8]
    /// The subject in the notation of RFC 4514.
    package let subject: String
    /// SHA-256 over the public key (SubjectPublicKeyInfo), lower-case hex.
    package let publicKeySHA256: String

    /// The request as PEM with lines of 64 characters.
    package var pem: String { PEMBlock(label: "CERTIFICATE REQUEST", bytes: der).text }

    /// Creates a request.
    ///
    /// - Parameters:
    ///   - subject: A name in the notation of RFC 4514.
    ///   - signer: Signs with the private key of `publicKey`.
    /// - Throws: ``ConnectedAppError`` with `.usage` if the subject is not valid, or the errors of the signer.
    static func made(
        subject: String, publicKey: RSAPublicKey, signer: some AssertionSigner
    ) async throws -> CertificateRequest {
        let name = try SubjectName.read(subject)
        do {
            let key = Certificate.PublicKey(try _RSA.Signing.PublicKey(derRepresentation: publicKey.der))
            let request = try await CertificateSigningRequest(
                version: .v1, subject: name,
                asyncPrivateKey: Certificate.PrivateKey(
                    HeldElsewhere(publicKey: key, der: publicKey.der, signer: signer)),
                attributes: .init(), signatureAlgorithm: .sha256WithRSAEncryption)
            var serializer = DER.Serializer()
            try serializer.serialize(request)
            return CertificateRequest(
                der: serializer.serializedBytes, subject: "\(name)", publicKeySHA256: publicKey.fingerprint)
        } catch let error as ConnectedAppError {
            throw error
        } catch {
            throw ConnectedAppError(.internalError, evidence: ["x509": "\(error)"])
        }
    }
}

/// Reads names in the notation of RFC 4514, such as `CN=acme,O=Example,C=DE`. The certificate contains the parts in reverse
/// order.
enum SubjectName {
    /// - Throws: ``ConnectedAppError`` with `.usage`, whose subject is the part that is not valid.
    static func read(_ text: String) throws(ConnectedAppError) -> DistinguishedName {
        var parts: [RelativeDistinguishedName] = []
        for part in split(text, at: ",") {
            let pair = split(part, at: "=", limit: 2)
            let value = pair.count == 2 ? unescaped(trimmed(pair[1])) : ""
            guard pair.count == 2, !value.isEmpty, let type = types[trimmed(pair[0]).uppercased()],
                let attribute = try? attribute(type, value)
            else {
                throw ConnectedAppError(
                    .usage, subject: trimmed(part),
                    detail:
                        "This part of the subject is not valid. Write a subject like CN=acme,O=Example,C=DE; a country (C) has two letters. The types are \(types.keys.sorted().joined(separator: ", "))."
                )
            }
            parts.append(RelativeDistinguishedName(attribute))
        }
        return DistinguishedName(parts.reversed())
    }

    private static let types: [String: ASN1ObjectIdentifier] = [
        "CN": .RDNAttributeType.commonName, "O": .RDNAttributeType.organizationName,
        "OU": .RDNAttributeType.organizationalUnitName, "C": .RDNAttributeType.countryName,
        "ST": .RDNAttributeType.stateOrProvinceName, "L": .RDNAttributeType.localityName,
    ]

    private static func attribute(_ type: ASN1ObjectIdentifier, _ value: String) throws
        -> RelativeDistinguishedName.Attribute
    {
        guard type == .RDNAttributeType.countryName else { return .init(type: type, utf8String: value) }
        guard value.utf8.count == 2 else { throw ConnectedAppError(.usage) }
        return try .init(type: type, printableString: value)
    }

    /// Splits the text at each separator that no backslash escapes, into at most `limit` parts.
    private static func split(_ text: String, at separator: Character, limit: Int = .max) -> [String] {
        var parts = [""]
        var isEscaped = false
        for character in text {
            if character == separator, !isEscaped, parts.count < limit {
                parts.append("")
                continue
            }
            isEscaped = character == "\\" && !isEscaped
            parts[parts.count - 1].append(character)
        }
        return parts
    }

    private static func unescaped(_ text: String) -> String {
        var (result, isEscaped) = ("", false)
        for character in text {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                result.append(character)
                isEscaped = false
            }
        }
        return result
    }

    private static func trimmed(_ text: String) -> String {
        var rest = Substring(text)
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}
