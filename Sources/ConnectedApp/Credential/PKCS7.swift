internal import SwiftASN1

/// Certificates in a SignedData structure without a signature (RFC 2315 §9): `.p7b` and `.p7c` files.
enum PKCS7 {
    static let signedData: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 7, 2]

    /// Returns the certificates of a PKCS#7 file, in the file's order and encoding; at least one.
    ///
    /// - Parameter bytes: A ContentInfo structure in DER or BER.
    /// - Throws: ``ConnectedAppError`` with `.certificateMalformed` if the file contains none.
    static func certificates(_ bytes: [UInt8]) throws(ConnectedAppError) -> [[UInt8]] {
        // ContentInfo > [0] > SignedData: version, digest algorithms, content, [0] certificates.
        let content = DERFields((try? BER.parse(bytes)).flatMap { DERFields($0).nodes.dropFirst().first })
        let signedData = DERFields(content.nodes.first)
        let tag = ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific)
        let certificates = DERFields(signedData.nodes.dropFirst(3).first { $0.identifier == tag }).nodes
            .filter { $0.identifier == .sequence }
        guard !certificates.isEmpty else {
            throw ConnectedAppError(.certificateMalformed, detail: "The PKCS#7 file contains no certificate.")
        }
        return certificates.map { Array($0.encodedBytes) }
    }
}
