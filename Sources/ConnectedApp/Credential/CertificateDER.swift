internal import SwiftASN1
internal import X509

/// Reads certificates, including those with a signature algorithm or serial number that the X.509 library rejects.
///
/// An org compares the key and does not verify the authority's signature, so such certificates can be used.
enum CertificateDER {
    /// The certificate as the X.509 library reads it, or a changed copy; see ``parse(_:)``.
    struct Parsed {
        let certificate: Certificate
        /// The name of the algorithm with which the authority signed.
        let signatureAlgorithm: String
    }

    /// Reads a certificate. The signature is not verified. If the library rejects the certificate because of its signature
    /// algorithm or serial number, this reads a copy in which they are replaced.
    ///
    /// - Throws: The error of the X.509 library.
    static func parse(_ der: [UInt8]) throws -> Parsed {
        do {
            let certificate = try Certificate(derEncoded: der)
            let name = "\(certificate.signatureAlgorithm)".replacing("SignatureAlgorithm.", with: "")
            return Parsed(certificate: certificate, signatureAlgorithm: name)
        } catch {
            guard let (usual, algorithm) = withUsualSignature(der) else { throw error }
            return Parsed(certificate: try Certificate(derEncoded: usual), signatureAlgorithm: algorithm)
        }
    }

    /// Returns the algorithm of the certificate's key.
    ///
    /// - Returns: `nil` if the bytes are not a certificate.
    static func keyAlgorithm(_ der: [UInt8]) -> ASN1ObjectIdentifier? {
        guard let node = try? DER.parse(der) else { return nil }
        let versionTag = ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific)
        // Serial number, signature algorithm, issuer, validity, subject, key.
        let fields = DERFields(DERFields(node).nodes.first).nodes.drop { $0.identifier == versionTag }.dropFirst(5)
        return DERFields(DERFields(fields.first).nodes.first).identifier
    }

    private static let sha256WithRSA: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 1, 11]
    private static let names: [ASN1ObjectIdentifier: String] = [
        [1, 2, 840, 113_549, 1, 1, 10]: "RSASSA-PSS", [1, 2, 840, 113_549, 1, 1, 14]: "sha224WithRSAEncryption",
        [1, 2, 840, 113_549, 1, 1, 4]: "md5WithRSAEncryption", [1, 2, 840, 113_549, 1, 1, 5]: "sha1WithRSAEncryption",
        [1, 2, 840, 113_549, 1, 1, 11]: "sha256WithRSAEncryption",
        [1, 2, 840, 113_549, 1, 1, 12]: "sha384WithRSAEncryption",
        [1, 2, 840, 113_549, 1, 1, 13]: "sha512WithRSAEncryption",
    ]

    /// Returns a copy of the certificate that the X.509 library accepts: with the signature algorithm SHA-256 with RSA and a
    /// positive serial number. Its signature is not valid, so use it only to read the other fields.
    ///
    /// - Returns: The copy, and the name of the original algorithm; `nil` if the bytes are not a certificate.
    private static func withUsualSignature(_ der: [UInt8]) -> (der: [UInt8], algorithm: String)? {
        guard let node = try? DER.parse(der) else { return nil }
        let parts = DERFields(node).nodes
        guard parts.count == 3, let algorithm = DERFields(parts[1]).identifier else { return nil }
        var fields = DERFields(parts[0]).nodes[...]
        let versionTag = ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific)
        let version = fields.first?.identifier == versionTag ? fields.popFirst() : nil
        guard let serial = fields.popFirst(), serial.identifier == .integer, fields.popFirst() != nil,
            case .primitive(let serialBytes) = serial.content
        else { return nil }
        let usual = try? sequence { whole in
            try whole.appendConstructedNode(identifier: .sequence) { body in
                if let version { body.serializeRawBytes(version.encodedBytes) }
                body.appendPrimitiveNode(identifier: .integer) { bytes in
                    if serialBytes.first.map({ $0 >= 0x80 }) ?? true { bytes.append(0) }
                    bytes += serialBytes
                }
                try appendSHA256WithRSA(to: &body)
                for field in fields { body.serializeRawBytes(field.encodedBytes) }
            }
            try appendSHA256WithRSA(to: &whole)
            whole.serializeRawBytes(parts[2].encodedBytes)
        }
        return usual.map { ($0, names[algorithm] ?? "\(algorithm)") }
    }

    private static func appendSHA256WithRSA(to serializer: inout DER.Serializer) throws {
        try serializer.appendConstructedNode(identifier: .sequence) { algorithm in
            try algorithm.serialize(sha256WithRSA)
            try algorithm.serialize(ASN1Null())
        }
    }

    private static func sequence(_ body: (inout DER.Serializer) throws -> Void) throws -> [UInt8] {
        var serializer = DER.Serializer()
        try serializer.appendConstructedNode(identifier: .sequence, body)
        return serializer.serializedBytes
    }
}
