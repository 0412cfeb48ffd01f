import Crypto
import CryptoExtras
import Foundation
import SwiftASN1
import X509

/// The fields of a certificate (RFC 5280 §4.1) that an org reads: subject, end of validity and key.
struct CertificateFields {
    /// The distinguished name as text.
    let subject: String
    let notValidAfter: Date
    let publicKey: _RSA.Signing.PublicKey

    /// - Throws: ``UploadedCertificate/Problem`` for bytes that are not a certificate with an RSA key of at least 2048
    ///   bits.
    init(_ der: [UInt8]) throws(UploadedCertificate.Problem) {
        guard let whole = try? DER.parse(der), whole.identifier == .sequence else { throw .unreadable }
        let parts = whole.members
        if let other = Self.otherFile(parts) { throw other }
        guard parts.count == 3, var fields = parts.first?.members[...] else { throw .unreadable }
        // A v1 certificate has no version field.
        if fields.first?.identifier == ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific) {
            fields.removeFirst()
        }
        // Serial number, signature algorithm, issuer, validity, subject, key.
        guard fields.count >= 6 else { throw .unreadable }
        let ordered = Array(fields)
        guard let subject = try? DistinguishedName(derEncoded: ordered[4]),
            let end = ordered[3].members.last.flatMap(Self.date)
        else { throw .unreadable }
        self.subject = subject.description
        notValidAfter = end
        publicKey = try Self.key(ordered[5])
    }

    /// Recognizes other files with keys by the structure of their DER, for a better message.
    private static func otherFile(_ parts: [ASN1Node]) -> UploadedCertificate.Problem? {
        let kinds = parts.map(\.identifier)
        let isRequest =
            kinds == [.sequence, .sequence, .bitString]
            && parts[0].members.map(\.identifier).starts(with: [.integer, .sequence, .sequence])
            && parts[0].members.count <= 4
        if isRequest { return .request }
        if kinds.starts(with: [.integer, .sequence, .octetString]) || kinds == Array(repeating: .integer, count: 9) {
            return .privateKey
        }
        return kinds.starts(with: [.integer, .sequence]) && kinds.count <= 3 ? .keyStore : nil
    }

    private static let rsaPSS: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 1, 10]
    private static let rsa: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 1, 1]

    private static func key(_ info: ASN1Node) throws(UploadedCertificate.Problem) -> _RSA.Signing.PublicKey {
        let algorithm = info.members.first?.members.first.flatMap { try? ASN1ObjectIdentifier(derEncoded: $0) }
        if algorithm == rsaPSS { throw .pssKey }
        guard algorithm == rsa else { throw .notRSA }
        do {
            return try _RSA.Signing.PublicKey(derRepresentation: [UInt8](info.encodedBytes))
        } catch CryptoKitError.incorrectParameterSize {
            throw .keyTooShort
        } catch {
            throw .unreadable
        }
    }

    private static func date(_ node: ASN1Node) -> Date? {
        if let time = try? UTCTime(derEncoded: node) {
            return date(time.year, time.month, time.day, time.hours, time.minutes, time.seconds)
        }
        guard let time = try? GeneralizedTime(derEncoded: node) else { return nil }
        return date(time.year, time.month, time.day, time.hours, time.minutes, time.seconds)
    }

    private static func date(_ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int, _ second: Int) -> Date?
    {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.date(
            from: DateComponents(year: year, month: month, day: day, hour: hour, minute: minute, second: second))
    }
}

extension ASN1Node {
    fileprivate var members: [ASN1Node] {
        guard case .constructed(let nodes) = content else { return [] }
        return Array(nodes)
    }
}
