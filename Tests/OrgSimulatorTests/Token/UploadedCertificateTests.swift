import CryptoExtras
import Foundation
import Subprocess
import Testing

@testable import OrgSimulator

/// Certificates in the forms of several tools, read for their keys.
@Suite("An uploaded certificate")
struct UploadedCertificateTests {
    private static func openssl(_ arguments: [String]) async throws -> [UInt8] {
        let result = try await run(
            .name("openssl"), arguments: .init(arguments), output: .bytes(limit: 65_536), error: .discarded)
        guard result.terminationStatus.isSuccess else { throw SignerFailed() }
        return result.standardOutput
    }

    private static func selfSigned(_ options: [String]) async throws -> String {
        let usual = ["req", "-x509", "-key", TestFiles.fixture("first.key"), "-subj", "/CN=x", "-days", "30"]
        return String(decoding: try await openssl(usual + options), as: UTF8.self)
    }

    private static let firstKey = try? UploadedCertificate(TestFiles.text("first.crt")).publicKey.derRepresentation

    @Test(
        "A certificate is read whatever its signature and serial number; only the key counts",
        arguments: [
            ["-md5"], ["-sha1"], ["-sha224"], ["-sha512"], ["-sigopt", "rsa_padding_mode:pss"], ["-set_serial", "-5"],
            ["-set_serial", "0"], ["-days", "36500"],
        ])
    func lenient(_ options: [String]) async throws {
        let certificate = try UploadedCertificate(try await Self.selfSigned(options))
        #expect(certificate.publicKey.derRepresentation == Self.firstKey)
        #expect(certificate.subject == "CN=x")
        #expect(certificate.notValidAfter > Date())
    }

    @Test("X.509 v1 has no version field")
    func firstVersion() async throws {
        let folder = try SourceFixture()
        let request = folder.url.appending(path: "r.csr").path
        let key = TestFiles.fixture("first.key")
        _ = try await Self.openssl(["req", "-new", "-key", key, "-subj", "/CN=x", "-out", request])
        let pem = try await Self.openssl(["x509", "-req", "-in", request, "-signkey", key, "-days", "30"])
        let certificate = try UploadedCertificate(String(decoding: pem, as: UTF8.self))
        #expect(certificate.publicKey.derRepresentation == Self.firstKey)
    }

    @Test("Text around the PEM block is ignored")
    func surroundings() throws {
        let text = "Bag Attributes\n    friendlyName: x\n" + (try TestFiles.text("first.crt")) + "\nthe end\n"
        #expect(try UploadedCertificate(text).publicKey.derRepresentation == Self.firstKey)
    }

    @Test("Each kind of file that is not a certificate for RS256 has its own error")
    func misfits() async throws {
        let folder = try SourceFixture()
        let path = { (name: String) in folder.url.appending(path: name).path }
        let key = TestFiles.fixture("first.key")
        let crt = TestFiles.fixture("first.crt")
        func problem(_ text: String) -> UploadedCertificate.Problem? {
            do throws(UploadedCertificate.Problem) {
                _ = try UploadedCertificate(text)
                return nil
            } catch {
                return error
            }
        }
        func made(_ arguments: [String]) async throws -> String {
            String(decoding: try await Self.openssl(arguments), as: UTF8.self)
        }
        func base64(_ arguments: [String]) async throws -> String {
            Data(try await Self.openssl(arguments)).base64EncodedString()
        }
        let two = try TestFiles.text("first.crt") + TestFiles.text("second.crt")
        #expect(problem(String(two.prefix(4_096))) == .several)
        #expect(problem(try await made(["req", "-new", "-key", key, "-subj", "/CN=x"])) == .request)
        #expect(
            try await problem(base64(["req", "-new", "-key", key, "-subj", "/CN=x", "-outform", "DER"])) == .request)
        let keyStore = ["pkcs12", "-export", "-inkey", key, "-in", crt, "-passout", "pass:x"]
        #expect(try await problem(base64(keyStore)) == .keyStore)
        #expect(try await problem(base64(["rsa", "-in", key, "-outform", "DER"])) == .privateKey)
        #expect(problem(try TestFiles.text("first.key")) == .privateKey)
        #expect(problem("") == .empty)
        #expect(problem("AAAA") == .unreadable)
        #expect(problem(try TestFiles.text("elliptic.crt")) == .notRSA)
        _ = try await Self.openssl(["genpkey", "-algorithm", "RSA-PSS", "-out", path("pss.key")])
        #expect(try await problem(made(["req", "-x509", "-key", path("pss.key"), "-subj", "/CN=x"])) == .pssKey)
        _ = try await Self.openssl(["genrsa", "-out", path("short.key"), "1024"])
        #expect(try await problem(made(["req", "-x509", "-key", path("short.key"), "-subj", "/CN=x"])) == .keyTooShort)
    }
}
