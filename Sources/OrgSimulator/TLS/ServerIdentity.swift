import Crypto
import Foundation
import SwiftASN1
import X509

/// A new server certificate and its key, with the certificate authority created for it, as PEM. Keys are on P-256.
///
/// The authority's key is discarded after it has signed the certificate, so a client that trusts the authority trusts
/// only this one certificate.
struct ServerIdentity: Sendable {
    /// The authority's own certificate.
    let authority: String
    let certificate: String
    /// The private key of ``certificate``.
    let key: String

    /// The validity of both certificates in days. Some clients reject a longer one.
    private static let days = 825.0

    /// - Parameters:
    ///   - names: Host names, which may have `*` as their first label, and IP addresses.
    ///   - now: Both certificates are valid from five minutes before this time.
    init(names: [String], now: Date) throws {
        let authorityKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let serverKey = P256.Signing.PrivateKey()
        let serial = Certificate.SerialNumber()
        let issuer = try DistinguishedName {
            CommonName("aprity org simulator \(serial.bytes.suffix(4).map { String(format: "%02x", $0) }.joined())")
        }
        let start = Date(timeIntervalSince1970: now.timeIntervalSince1970.rounded(.down) - 300)
        let end = start + Self.days * 86_400
        let root = try Certificate(
            version: .v3, serialNumber: serial, publicKey: authorityKey.publicKey, notValidBefore: start,
            notValidAfter: end, issuer: issuer, subject: issuer, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true))
                SubjectKeyIdentifier(hash: authorityKey.publicKey)
            },
            issuerPrivateKey: authorityKey)
        let publicKey = Certificate.PublicKey(serverKey.publicKey)
        let leaf = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: publicKey, notValidBefore: start, notValidAfter: end,
            issuer: issuer, subject: try DistinguishedName { CommonName("aprity org simulator") },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(names.map(GeneralName.init(host:)))
                SubjectKeyIdentifier(hash: publicKey)
                AuthorityKeyIdentifier(
                    keyIdentifier: SubjectKeyIdentifier(hash: authorityKey.publicKey).keyIdentifier)
            },
            issuerPrivateKey: authorityKey)
        authority = try root.serializeAsPEM().pemString + "\n"
        certificate = try leaf.serializeAsPEM().pemString + "\n"
        key = serverKey.pemRepresentation + "\n"
    }
}

extension GeneralName {
    fileprivate init(host: String) {
        if let address = IPRange.bytes(of: host) {
            self = .ipAddress(ASN1OctetString(contentBytes: address[...]))
        } else {
            self = .dnsName(host)
        }
    }
}

extension ServerIdentity {
    /// Returns why the existing files cannot be used at `now` for `names`, or `nil` if they can.
    ///
    /// The result completes the sentence *The folder holds certificates that …*.
    static func problem(authority: String, certificate: String, key: String, names: [String], now: Date) -> String? {
        guard let root = try? Certificate(pemEncoded: authority), let leaf = try? Certificate(pemEncoded: certificate),
            let key = try? P256.Signing.PrivateKey(pemRepresentation: key)
        else { return "cannot be read" }
        guard root.publicKey.isValidSignature(leaf.signature, for: leaf),
            leaf.publicKey == Certificate.PublicKey(key.publicKey)
        else { return "do not belong together" }
        guard leaf.notValidBefore <= now, now < leaf.notValidAfter, now < root.notValidAfter else {
            return "have expired or are not valid yet"
        }
        let certified = Array((try? leaf.extensions.subjectAlternativeNames) ?? SubjectAlternativeNames())
        let missing = names.first { name in !certified.contains { $0.covers(name) } }
        return missing.map { "do not name \($0)" }
    }
}

extension GeneralName {
    /// Whether a certificate with this name is valid for `host`; `*` matches one label.
    fileprivate func covers(_ host: String) -> Bool {
        if self == GeneralName(host: host) { return true }
        guard case .dnsName(let pattern) = self, pattern.hasPrefix("*."), let dot = host.firstIndex(of: ".") else {
            return false
        }
        return pattern.dropFirst() == host[dot...]
    }
}
