import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

@Suite("Certificate")
struct CertificateTests {
    private static let now = TestTime().now

    private static func key(_ pem: String = TestKeys.first) throws -> RSAKey {
        try RSAKey(pem: pem) { () throws(ConnectedAppError) in nil }
    }

    private static func selfSigned(
        _ pem: String = TestKeys.first, commonName: String = "aprity prod 01234567", now: Date = now, days: Int = 365,
        randomBytes: (Int) -> [UInt8] = { count in (0..<count).map { _ in UInt8.random(in: 0...255) } }
    ) async throws -> AppCertificate {
        let key = try key(pem)
        return try await AppCertificate.selfSigned(
            publicKey: key.publicKey, signer: key, commonName: commonName, now: now, days: days,
            randomBytes: randomBytes)
    }

    /// The keys by size. The keys themselves are not arguments, because arguments are printed.
    private static let keys = [2048: TestKeys.first, 3072: TestKeys.bits3072, 4096: TestKeys.bits4096]

    @Test(
        "openssl verifies a self-signed certificate of each size strictly, and it is below Salesforce's limit",
        arguments: [2048, 3072, 4096])
    func judged(_ bits: Int) async throws {
        let certificate = try await Self.selfSigned(try #require(Self.keys[bits]))
        #expect(certificate.keyBits == bits)
        #expect(certificate.pem.utf8.count < AppCertificate.largestUpload)
        #expect(CertificateView(certificate, now: Self.now).warnings.isEmpty)
        let folder = try TemporaryFolder()
        let file = try folder.file("aprity.crt", certificate.pem)
        let moment = String(Int(Self.now.timeIntervalSince1970))
        let verified = try await OutsideTool.openssl.run(
            ["verify", "-x509_strict", "-attime", moment, "-CAfile", file, file])
        #expect(verified.status == 0, "\(verified.standardError)")
        let text = try await OutsideTool.openssl.output(["x509", "-in", file, "-noout", "-text"])
        for line in [
            "Version: 3 (0x2)", "Signature Algorithm: sha256WithRSAEncryption", "Public-Key: (\(bits) bit)",
            "X509v3 Basic Constraints: critical\n                CA:FALSE",
            "X509v3 Key Usage: critical\n                Digital Signature\n", "X509v3 Subject Key Identifier",
        ] {
            #expect(text.contains(line), "\(line)")
        }
    }

    @Test(
        "A certificate is valid from five minutes before now until an hour after the requested days",
        arguments: [1, 30, 365, 3650])
    func validity(_ days: Int) async throws {
        let now = Self.now.addingTimeInterval(0.75)
        let certificate = try await Self.selfSigned(now: now, days: days)
        #expect(certificate.notBefore == Self.now.addingTimeInterval(-300))
        #expect(certificate.notAfter == Self.now.addingTimeInterval(Double(days) * 86_400 + 3_600))
        #expect(certificate.lifetimeDays == days)
        #expect(certificate.daysLeft(at: now) == days)
        #expect(certificate.daysLeft(at: now.addingTimeInterval(3_590)) == days)
        #expect(certificate.daysLeft(at: now.addingTimeInterval(3_610)) == days - 1)
        #expect(certificate.daysLeft(at: certificate.notAfter.addingTimeInterval(1)) == -1)
    }

    @Test("openssl reads the same dates and fingerprints")
    func dates() async throws {
        let certificate = try await Self.selfSigned(days: 10)
        func openssl(_ arguments: String...) async throws -> String {
            try await OutsideTool.openssl.output(["x509", "-noout"] + arguments, input: Array(certificate.pem.utf8))
        }
        #expect(try await openssl("-enddate") == "notAfter=Dec  3 13:00:00 2026 GMT\n")
        #expect(try await openssl("-startdate") == "notBefore=Nov 23 11:55:00 2026 GMT\n")
        #expect(try await openssl("-subject") == "subject=CN = aprity prod 01234567\n")
        #expect(try await openssl("-issuer") == "issuer=CN = aprity prod 01234567\n")
        func digits(_ text: String) -> String {
            String(text.drop { $0 != "=" }.dropFirst()).lowercased().filter(\.isHexDigit)
        }
        #expect(digits(try await openssl("-fingerprint", "-sha256")) == certificate.sha256)
        #expect(digits(try await openssl("-fingerprint", "-sha1")) == certificate.sha1)
        #expect(digits(try await openssl("-serial")) == certificate.serialNumber)
    }

    @Test(
        "The serial number is positive and has 16 octets, whatever the random bytes are",
        arguments: [0x00, 0x7F, 0x80, 0xFF])
    func serialNumber(_ drawn: UInt8) async throws {
        let certificate = try await Self.selfSigned(randomBytes: { [UInt8](repeating: drawn, count: $0) })
        #expect(certificate.serialNumber.count == 32)
        #expect(["4", "5", "6", "7"].contains(certificate.serialNumber.prefix(1)))
        let said = try await OutsideTool.openssl.output(
            ["x509", "-noout", "-serial"], input: Array(certificate.pem.utf8))
        #expect(said.lowercased() == "serial=\(certificate.serialNumber)\n")
    }

    @Test("A lifetime below 1 or above 3650 days is rejected", arguments: [Int.min, -1, 0, 3651, Int.max])
    func days(_ days: Int) async {
        #expect(await thrownByAwaiting { try await Self.selfSigned(days: days) }?.cause == .usage)
    }

    @Test("Two certificates of one key differ in their serial numbers, and share the public key's fingerprint")
    func distinct() async throws {
        let (first, second) = (try await Self.selfSigned(), try await Self.selfSigned())
        #expect(first.serialNumber != second.serialNumber)
        #expect(first.sha256 != second.sha256)
        #expect(first.publicKeySHA256 == second.publicKeySHA256)
        #expect(try first.publicKeySHA256 == Self.key().publicKey.fingerprint)
    }

    @Test("A certificate belongs to its own key and to no other")
    func belongs() async throws {
        let certificate = try await Self.selfSigned()
        #expect(certificate.belongs(to: try Self.key().publicKey))
        #expect(!certificate.belongs(to: try Self.key(TestKeys.second).publicKey))
    }

    @Test("PEM, DER and PEM without line breaks give the same certificate")
    func forms() async throws {
        let certificate = try await Self.selfSigned()
        let pem = certificate.pem
        #expect(pem.hasPrefix("-----BEGIN CERTIFICATE-----\n"))
        #expect(pem.hasSuffix("\n-----END CERTIFICATE-----\n"))
        #expect(pem.split(separator: "\n").allSatisfy { $0.count <= 64 })
        for text in [
            pem, "\"\(pem.replacingOccurrences(of: "\n", with: "\\n"))\"",
            pem.replacingOccurrences(of: "\n", with: " "),
            pem.replacingOccurrences(of: "\n", with: ""), "some text\n" + pem + "more text\n",
            pem.replacingOccurrences(of: "CERTIFICATE", with: "X509 CERTIFICATE"),
        ] {
            #expect(try AppCertificate(file: Array(text.utf8)) == certificate)
        }
        #expect(try AppCertificate(file: certificate.der) == certificate)
    }

    @Test("If a file has several certificates, the first one is used")
    func chain() async throws {
        let (first, second) = (try await Self.selfSigned(), try await Self.selfSigned(TestKeys.second))
        #expect(try AppCertificate(file: Array((first.pem + second.pem).utf8)) == first)
        #expect(try AppCertificate(file: Array((second.pem + first.pem).utf8)) == second)
    }

    @Test("If a private key is given instead of a certificate, the error says so and does not quote it")
    func privateKey() throws {
        let error = try #require(thrown { try AppCertificate(file: Array(TestKeys.first.utf8)) })
        #expect(error.cause == .certificateMalformed)
        #expect(error.description.contains("private key"))
        #expect(!error.debugDescription.contains("MII"))
    }

    @Test("A certificate whose key is not an RSA key is rejected as unsupported")
    func notRSA() async throws {
        let folder = try TemporaryFolder()
        let key = try folder.file(
            "ec.pem", try await OutsideTool.openssl.output(["ecparam", "-name", "prime256v1", "-genkey", "-noout"]))
        let pem = try await OutsideTool.openssl.output(["req", "-x509", "-new", "-key", key, "-subj", "/CN=x"])
        #expect(thrown { try AppCertificate(file: Array(pem.utf8)) }?.cause == .keyUnsupported)
    }

    @Test("A certificate whose key is too small is rejected for that reason")
    func tooSmall() async throws {
        let folder = try TemporaryFolder()
        let key = try folder.file("key.pem", try await OutsideTool.openssl.output(["genrsa", "1024"]))
        let pem = try await OutsideTool.openssl.output(["req", "-x509", "-new", "-key", key, "-subj", "/CN=x"])
        #expect(thrown { try AppCertificate(file: Array(pem.utf8)) }?.cause == .keyTooSmall)
    }

    @Test("A file without a certificate is rejected")
    func malformed() async throws {
        let certificate = try await Self.selfSigned()
        let good = certificate.der
        var files: [[UInt8]] = [
            [], Array("hello".utf8), Array("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----".utf8),
            Array("-----BEGIN CERTIFICATE-----".utf8), good + [0], good + good, [0] + good, Array(good.dropLast()),
            Array(good.prefix(100)), Array(repeating: 0x30, count: 4096),
        ]
        files += [10, 40, 100, 200].map { Array(good[..<$0] + good[($0 + 1)...]) }
        for file in files { #expect(thrown { try AppCertificate(file: file) }?.cause == .certificateMalformed) }
    }

    /// Certificates by openssl, with the words of their warnings.
    static let warned: [(name: String, arguments: [String], at: TimeInterval, words: [String])] = [
        ("expired", ["-days", "1"], 3 * 86_400, ["expired"]),
        ("ends soon", ["-days", "20"], 86_400, ["expires in"]),
        ("too long", ["-days", "800"], 86_400, ["800 days"]),
        ("not yet", ["-days", "100"], -86_400, ["not valid yet"]),
        (
            "PEM too large", ["-days", "100", "-addext", "nsComment=\(String(repeating: "x", count: 2400))"],
            86_400, ["DER form"]
        ),
        (
            "too large", ["-days", "100", "-addext", "nsComment=\(String(repeating: "x", count: 4200))"],
            86_400, ["does not accept"]
        ),
        ("good", ["-days", "100"], 86_400, []),
    ]

    @Test("A certificate's view has the right warnings", arguments: warned)
    func warnings(_ row: (name: String, arguments: [String], at: TimeInterval, words: [String])) async throws {
        let folder = try TemporaryFolder()
        let keyFile = try folder.file("key.pem", TestKeys.first)
        let pem = try await OutsideTool.openssl.output(
            ["req", "-x509", "-new", "-key", keyFile, "-subj", "/CN=x"] + row.arguments)
        let certificate = try AppCertificate(file: Array(pem.utf8))
        let now = certificate.notBefore.addingTimeInterval(row.at)
        let warnings = CertificateView(certificate, now: now).warnings
        #expect(warnings.count == row.words.count, "\(row.name): \(warnings)")
        for (warning, words) in zip(warnings, row.words) { #expect(warning.contains(words)) }
    }
}
