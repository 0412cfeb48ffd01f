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
    static func create(
        subject: String, publicKey: RSAPublicKey, signer: some AssertionSigner
    ) async throws -> CertificateRequest {
        let name = try SubjectName.read(subject)
        do {
            let key = Certificate.PublicKey(try _RSA.Signing.PublicKey(derRepresentation: publicKey.der))
            let request = try await CertificateSigningRequest(
                version: .v1, subject: name,
                asyncPrivateKey: Certificate.PrivateKey(
                    SignerPrivateKey(publicKey: key, der: publicKey.der, signer: signer)),
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

/// Reads names in the string form of RFC 4514. The last part of the text comes first in the certificate.
///
/// Parts of several attributes (`CN=a+OU=b`) and values in BER (`#04…`) are rejected.
enum SubjectName {
    /// - Throws: ``ConnectedAppError`` with `.usage`, whose subject is the part that is not valid.
    static func read(_ text: String) throws(ConnectedAppError) -> DistinguishedName {
        var parts: [RelativeDistinguishedName] = []
        for part in split(text) {
            guard let attribute = attribute(part) else {
                throw ConnectedAppError(
                    .usage, subject: trimmed(part),
                    detail:
                        "This part of the subject is not valid. Write a subject like CN=acme,O=Example\\, Inc.,C=DE, with a backslash before each of \" + , ; < > in a value; a country (C) has two letters. The types are \(types.keys.sorted().joined(separator: ", "))."
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

    private static func attribute(_ part: String) -> RelativeDistinguishedName.Attribute? {
        let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard pair.count == 2, let type = types[trimmed(pair[0]).uppercased()], let value = value(pair[1]),
            !value.isEmpty
        else { return nil }
        guard type == .RDNAttributeType.countryName else { return .init(type: type, utf8String: value) }
        guard value.utf8.count == 2 else { return nil }
        return try? .init(type: type, printableString: value)
    }

    /// Splits at each comma that no backslash escapes.
    private static func split(_ text: String) -> [String] {
        var parts = [""]
        var isEscaped = false
        for character in text {
            if character == ",", !isEscaped {
                parts.append("")
                continue
            }
            isEscaped = character == "\\" && !isEscaped
            parts[parts.count - 1].append(character)
        }
        return parts
    }

    /// Returns the value without escapes and without the spaces around it, or nil if it breaks the syntax of RFC 4514,
    /// section 3.
    private static func value(_ text: String) -> String? {
        var rest = Array(trimmed(text).utf8)[...]
        guard rest.first != UInt8(ascii: "#") else { return nil }
        var (bytes, end) = ([UInt8](), 0)
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\\"):
                guard let escaped = escaped(&rest) else { return nil }
                bytes.append(escaped)
                end = bytes.count
            case UInt8(ascii: " "): bytes.append(byte)
            case _ where byte == 0 || special.contains(byte): return nil
            default:
                bytes.append(byte)
                end = bytes.count
            }
        }
        return String(validating: bytes.prefix(end), as: UTF8.self)
    }

    /// What RFC 4514 allows in a value only after a backslash.
    private static let special = Array("\"+,;<>".utf8)

    /// Takes what follows a backslash: a special character, or the two hex digits of a byte.
    private static func escaped(_ rest: inout ArraySlice<UInt8>) -> UInt8? {
        guard let first = rest.popFirst() else { return nil }
        if special.contains(first) || " #=\\".utf8.contains(first) { return first }
        guard let second = rest.popFirst() else { return nil }
        let digits = String(decoding: [first, second], as: UTF8.self)
        return digits.allSatisfy(\.isHexDigit) ? UInt8(digits, radix: 16) : nil
    }

    private static func trimmed(_ text: String) -> String {
        var rest = Substring(text)
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " ", !rest.dropLast().hasSuffix("\\") { rest.removeLast() }
        return String(rest)
    }
}
