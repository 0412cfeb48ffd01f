import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp
@testable import ConnectedAppHTTP

@Suite("Files of certificate authorities")
struct CertificateAuthoritiesTests {
    /// Self-signed certificates by openssl.
    private static let made = Task {
        var certificates: [(pem: String, der: [UInt8])] = []
        for (name, key) in [("One", TestKeys.first), ("Two", TestKeys.second)] {
            let folder = try TemporaryFolder()
            let path = try folder.file("ca.key", key)
            let pem = try await OutsideTool.openssl.output([
                "req", "-x509", "-new", "-key", path, "-subj", "/CN=Authority \(name)", "-days", "2",
            ])
            certificates.append((pem, try #require(PEMBlock.blocks(in: pem).first).bytes))
        }
        return certificates
    }

    private static func thrownBy(_ text: String) -> ConnectedAppError? {
        thrown { try CertificateAuthorities(Array(text.utf8)) }
    }

    @Test("PEM can be read with CRLF, a byte order mark, text around the blocks and blocks of other kinds")
    func forms() async throws {
        let made = try await Self.made.value
        let both = made[0].pem + made[1].pem
        for text in [
            both, both.replacingOccurrences(of: "\n", with: "\r\n"), "\u{FEFF}" + both,
            "# The first\n" + made[0].pem + "\n\nThe second:\n" + made[1].pem + "the end",
            TestKeys.third + "\n" + both, both.replacingOccurrences(of: "CERTIFICATE", with: "X509 CERTIFICATE"),
        ] {
            let read = try CertificateAuthorities(Array(text.utf8))
            #expect(read.certificates.count == 2)
            #expect(PEMBlock.blocks(in: read.pem).map(\.bytes) == made.map(\.der))
            #expect(!read.pem.contains("PRIVATE KEY"))
        }
        let wide = try #require(both.data(using: .utf16))
        #expect(try CertificateAuthorities(Array(wide)).certificates.count == 2)
    }

    @Test("A single certificate in DER can be read; several or a part of one cannot")
    func binary() async throws {
        let made = try await Self.made.value
        let read = try CertificateAuthorities(made[0].der)
        try #require(read.certificates.count == 1)
        #expect(PEMBlock.blocks(in: read.pem).map(\.bytes) == [made[0].der])
        for bytes in [made[0].der + made[1].der, Array(made[0].der.dropLast()), [0x30, 0x82]] {
            let error = thrown { try CertificateAuthorities(bytes) }
            #expect(error?.cause == .certificateMalformed)
            #expect(error?.detail?.contains("DER") == true)
        }
    }

    @Test("A damaged block is rejected with its number and line, and the whole file with it")
    func damaged() async throws {
        let made = try await Self.made.value
        let line = made[0].pem.split(separator: "\n").count + 1
        var second = made[1].pem.split(separator: "\n").map(String.init)
        let whole = second
        func text(_ second: [String]) -> String { made[0].pem + second.joined(separator: "\n") + "\n" }
        second[3] = "*" + second[3].dropFirst()
        #expect(
            Self.thrownBy(text(second))?.detail == "Certificate 2 (line \(line)) is damaged. Its content is not base64."
        )
        second = whole
        second.remove(at: 3)
        #expect(
            Self.thrownBy(text(second))?.detail
                == "Certificate 2 (line \(line)) is damaged. Its content is not an X.509 certificate.")
        second = Array(whole.dropLast())
        #expect(Self.thrownBy(text(second))?.detail == "Certificate 2 (line \(line)) is damaged. It has no END line.")
        #expect(
            Self.thrownBy(text(second) + made[1].pem)?.detail
                == "Certificate 2 (line \(line)) is damaged. It has no END line.")
        second = Array(whole.dropFirst())
        #expect(
            Self.thrownBy(text(second))?.detail
                == "Certificate 2 (line \(line + second.count - 1)) is damaged. It has no BEGIN line.")
        let oneLine = whole.joined()
        #expect(Self.thrownBy(made[0].pem + oneLine)?.cause == .certificateMalformed)
    }

    @Test(
        "The error for a file without a certificate says what it is",
        arguments: [
            ("", "empty"), (" \n\t\r\n", "empty"), ("nonsense", "contains no certificate: there is no line"),
        ])
    func without(_ text: String, _ words: String) {
        let error = Self.thrownBy(text)
        #expect(error?.cause == .certificateMalformed)
        #expect(error?.detail?.contains(words) == true)
    }

    // A separate test, because the runner would print the key as an argument.
    @Test("The error for a file with only a private key says so")
    func keyAlone() {
        let detail = Self.thrownBy(TestKeys.first)?.detail
        #expect(detail?.contains("only PRIVATE KEY") == true)
    }

    @Test("Errors name the file")
    func named() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("ca.pem", "")
        let empty = thrown { try CertificateAuthorities(file: path) }
        #expect(empty?.cause == .certificateMalformed)
        #expect(empty?.subject == path)
        let missing = thrown { try CertificateAuthorities(file: path + "x") }
        #expect(missing?.cause == .fileMissing)
        #expect(missing?.subject == path + "x")
    }
}
