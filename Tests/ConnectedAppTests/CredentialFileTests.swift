import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

/// Keys and certificates as people have them. The forms are from public reports; the contents are made here.
@Suite("Files of keys and certificates, as people have them")
struct CredentialFileTests {
    private static let passphrase = "secret"

    private static func key(_ bytes: [UInt8], name: String? = nil) throws -> RSAKey {
        try RSAKey(file: CredentialFile(bytes, name: name)) { () throws(ConnectedAppError) in Array(passphrase.utf8) }
    }

    private static func openssl(_ arguments: [String], _ input: String = TestKeys.first) async throws -> [UInt8] {
        let outcome = try await OutsideTool.openssl.run(arguments, input: Array(input.utf8))
        try #require(outcome.status == 0, "\(outcome.said)")
        return outcome.output
    }

    private static func utf16(_ text: String, isBigEndian: Bool, hasMark: Bool) -> [UInt8] {
        ((hasMark ? "\u{FEFF}" : "") + text).utf16.flatMap { unit -> [UInt8] in
            let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
            return isBigEndian ? [high, low] : [low, high]
        }
    }

    /// What tools and people do to armoured text.
    static let treatments: [(name: String, treat: @Sendable (String) -> [UInt8])] = [
        ("CRLF", { Array($0.replacing("\n", with: "\r\n").utf8) }),
        ("byte order mark", { Array(("\u{FEFF}" + $0).utf8) }),
        ("UTF-16, little-endian", { utf16($0, isBigEndian: false, hasMark: true) }),
        ("UTF-16, big-endian", { utf16($0, isBigEndian: true, hasMark: true) }),
        ("UTF-16 without a mark", { utf16($0, isBigEndian: false, hasMark: false) }),
        ("text before the armour", { Array(("Bag Attributes\n    friendlyName: acme\n" + $0 + "\nbye").utf8) }),
        ("escaped line breaks", { Array($0.replacing("\n", with: "\\n").utf8) }),
        ("escaped twice", { Array($0.replacing("\n", with: "\\\\n").utf8) }),
        ("escaped carriage returns", { Array($0.replacing("\n", with: "\\r").utf8) }),
        ("quoted", { Array(("\"" + $0.replacing("\n", with: "\\n") + "\"").utf8) }),
        ("spaces", { Array($0.replacing("\n", with: " ").utf8) }),
        ("Base64 of the whole", { Array(Data($0.utf8).base64EncodedString().utf8) }),
        ("Base64 in lines", { Array(Data($0.utf8).base64EncodedString(options: .lineLength76Characters).utf8) }),
        (
            "without armour",
            { Array($0.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined(separator: "\n").utf8) }
        ),
        ("a dash lost at the end", { Array($0.trimmingCharacters(in: .newlines).dropLast().utf8) }),
        ("a dash lost at the beginning", { Array($0.dropFirst().utf8) }),
        ("DER", { PEMBlock.blocks(in: $0)[0].bytes }),
    ]

    @Test("A key is read whatever was done to its text", arguments: treatments.indices)
    func treatedKey(_ index: Int) async throws {
        let row = Self.treatments[index]
        let expected = try Self.key(Array(TestKeys.first.utf8)).publicKey
        for form in [["pkey"], ["pkey", "-traditional"]] {
            let pem = String(decoding: try await Self.openssl(form), as: UTF8.self)
            #expect(try Self.key(row.treat(pem)).publicKey == expected, "\(row.name), \(form)")
        }
        let encrypted = try await Self.openssl(
            ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:\(Self.passphrase)"])
        #expect(
            try Self.key(row.treat(String(decoding: encrypted, as: UTF8.self))).publicKey == expected, "\(row.name)")
    }

    @Test("A certificate is read whatever was done to its text", arguments: treatments.indices)
    func treatedCertificate(_ index: Int) async throws {
        let row = Self.treatments[index]
        let pem = String(decoding: try await Self.certificate(), as: UTF8.self)
        let expected = try AppCertificate(file: Array(pem.utf8))
        #expect(try AppCertificate(file: row.treat(pem)) == expected, "\(row.name)")
    }

    private static func certificate(_ more: [String] = []) async throws -> [UInt8] {
        try await openssl(["req", "-new", "-x509", "-key", "/dev/stdin", "-days", "300", "-subj", "/CN=acme"] + more)
    }

    /// Options of `openssl req` and the algorithm that is shown.
    static let signatures: [(options: [String], algorithm: String)] = [
        (["-sha224"], "sha224WithRSAEncryption"), (["-sha384"], "sha384WithRSAEncryption"),
        (["-sha512"], "sha512WithRSAEncryption"), (["-sigopt", "rsa_padding_mode:pss"], "RSASSA-PSS"),
        (["-set_serial", "-5"], "sha256WithRSAEncryption"),
    ]

    @Test("The key counts, not the authority's signature or the serial number", arguments: signatures)
    func signature(_ row: (options: [String], algorithm: String)) async throws {
        let certificate = try AppCertificate(file: try await Self.certificate(row.options))
        #expect(certificate.belongs(to: try Self.key(Array(TestKeys.first.utf8)).publicKey))
        #expect(certificate.subject == "CN=acme")
        #expect(certificate.signatureAlgorithm.lowercased() == row.algorithm.lowercased())
        #expect(certificate.lifetimeDays == 300)
    }

    // MARK: Chains

    @Test("Of a chain in any order the certificate of the key is taken", arguments: [false, true], [false, true])
    func chain(_ authorityFirst: Bool, _ isPKCS7: Bool) async throws {
        let folder = try TemporaryFolder()
        let own = String(decoding: try await Self.certificate(), as: UTF8.self)
        let other = try await Self.openssl(
            ["req", "-new", "-x509", "-key", "/dev/stdin", "-days", "9", "-subj", "/CN=ca"], TestKeys.second)
        let authority = String(decoding: other, as: UTF8.self)
        let pem = authorityFirst ? authority + own : own + authority
        let chain = try folder.file("chain.pem", Array(pem.utf8))
        let file =
            isPKCS7 ? try await Self.openssl(["crl2pkcs7", "-nocrl", "-certfile", chain]) : Array(pem.utf8)
        let key = try Self.key(Array(TestKeys.first.utf8)).publicKey
        #expect(try AppCertificate.of(key, in: CredentialFile(file)) == AppCertificate(file: Array(own.utf8)))
        let stranger = try Self.key(Array(TestKeys.third.utf8)).publicKey
        let error = thrown { try AppCertificate.of(stranger, in: CredentialFile(file)) }
        #expect(error?.cause == .certificateKeyMismatch)
        #expect(error?.detail == "None of the file's 2 certificates belongs to the key.")
    }

    // MARK: What cannot be used

    private static func openSSH(_ type: String) -> [UInt8] {
        func string(_ bytes: [UInt8]) -> [UInt8] { [0, 0, 0, UInt8(bytes.count)] + bytes }
        func text(_ text: String) -> [UInt8] { string(Array(text.utf8)) }
        let bytes =
            Array("openssh-key-v1\0".utf8) + text("none") + text("none") + string([]) + [0, 0, 0, 1]
            + string(text(type) + [1, 2, 3])
        return Array(PEMBlock(label: "OPENSSH PRIVATE KEY", bytes: bytes).text.utf8)
    }

    @Test("A key in another program's form is named, with the command that converts it")
    func foreignKeys() {
        func refusal(_ bytes: [UInt8]) -> ConnectedAppError? { thrown { try Self.key(bytes, name: "my key") } }
        let ssh = refusal(Self.openSSH("ssh-rsa"))
        #expect(ssh?.cause == .keyUnsupported)
        #expect(ssh?.detail == "The file holds a private key in OpenSSH's own form.")
        #expect(
            ssh?.remedy
                == "Convert a copy: `cp 'my key' converted.key && ssh-keygen -p -m PKCS8 -N '' -f converted.key`.")
        #expect(refusal(Self.openSSH("ssh-ed25519"))?.remedy.hasPrefix("Make another key: `openssl req -x509") == true)
        let java = refusal([0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2])
        #expect(java?.detail == "The file holds a Java keystore (JKS), as Setup's Export to Keystore makes.")
        #expect(java?.remedy.contains("keytool -importkeystore -srckeystore 'my key'") == true)
        let putty = refusal(Array("PuTTY-User-Key-File-3: ssh-rsa\n".utf8))
        #expect(putty?.detail == "The file holds a private key in PuTTY's own form.")
    }

    @Test("A right passphrase is never called wrong: a cipher that is not opened is named, and the command helps")
    func unknownCipher() async throws {
        let folder = try TemporaryFolder()
        let camellia = try await Self.openssl(
            ["rsa", "-traditional", "-camellia256", "-passout", "pass:\(Self.passphrase)"])
        let path = try folder.file("camellia.key", camellia)
        let error = thrown { try Self.key(camellia, name: path) }
        #expect(error?.cause == .keyUnsupported)
        #expect(
            error?.detail == "The private key is encrypted with CAMELLIA-256-CBC, a cipher that aprity does not open.")
        let remedy = try #require(error?.remedy)
        let command = try #require(remedy.firstMatch(of: /`openssl (.*)`/)).1
        let arguments = command.split(separator: " ").map(String.init).dropLast(2)
        let converted = try await OutsideTool.openssl.run(
            arguments + ["-passin", "pass:\(Self.passphrase)", "-passout", "pass:\(Self.passphrase)"])
        #expect(converted.status == 0, "\(converted.said)")
        #expect(try Self.key(converted.output).publicKey == Self.key(Array(TestKeys.first.utf8)).publicKey)
    }

    /// What openssl makes of a key, and what it is called in place of a private key and of a certificate.
    static let misfits: [(command: [String], asKey: String, asCertificate: String)] = [
        (
            ["req", "-new", "-key", "/dev/stdin", "-subj", "/CN=x"],
            "a certificate signing request, not a private key", "a certificate signing request, not a certificate"
        ),
        (["pkey", "-pubout"], "a public key, not a private key", "a public key, not a certificate"),
        (
            ["rsa", "-RSAPublicKey_out"], "a public key, not a private key", "a public key, not a certificate"
        ),
        (
            ["ecparam", "-name", "prime256v1", "-genkey", "-noout"],
            "an elliptic-curve (EC) key, and Salesforce takes RSA keys only",
            "an elliptic-curve (EC) key, and Salesforce takes RSA keys only"
        ),
        (
            ["genpkey", "-algorithm", "ED25519"], "an Ed25519 key, and Salesforce takes RSA keys only",
            "an Ed25519 key, and Salesforce takes RSA keys only"
        ),
    ]

    @Test("What is no key and no certificate is called what it is", arguments: misfits)
    func misfit(_ row: (command: [String], asKey: String, asCertificate: String)) async throws {
        let bytes = try await Self.openssl(row.command)
        #expect(thrown { try Self.key(bytes) }?.detail == "The file holds \(row.asKey).")
        let error = thrown { try AppCertificate(file: bytes) }
        #expect(error?.cause == .certificateMalformed)
        #expect(error?.detail == "The file holds \(row.asCertificate).")
    }

    @Test("A signing request in place of a certificate: the command that is named makes one")
    func signingRequest() async throws {
        let folder = try TemporaryFolder()
        let request = try await Self.openssl(["req", "-new", "-key", "/dev/stdin", "-subj", "/CN=acme"])
        let path = try folder.file("acme.csr", request)
        let error = thrown { try AppCertificate(file: CredentialFile(request, name: path)) }
        let remedy = try #require(error?.remedy)
        let command = try #require(remedy.firstMatch(of: /`openssl (.*) -out aprity.crt`/)).1
        let key = try folder.file("acme.key", Array(TestKeys.first.utf8))
        let arguments = command.split(separator: " ").map { $0 == "KEY" ? key : String($0) }
        #expect(try AppCertificate(file: try await Self.openssl(arguments)).subject == "CN=acme")
    }

    // MARK: PKCS#12

    @Test("Of several keys in a PKCS#12 file the one with the given name is taken", arguments: ["acme", "Other"])
    func severalKeys(_ name: String) async throws {
        let file = CredentialFile(try #require(TwoKeysPKCS12.bytes))
        let bundle = try await PKCS12.read(file, keyName: name, passphrase: Array(Self.passphrase.utf8))
        #expect(bundle.certificate.subject == "CN=\(name.lowercased())")
        #expect(bundle.certificate.belongs(to: bundle.key.publicKey))
    }

    @Test("Without a name, or with one that is not there, the names are listed", arguments: [nil, "third"])
    func severalKeysUnnamed(_ name: String?) async throws {
        let file = CredentialFile(try #require(TwoKeysPKCS12.bytes))
        let error = await thrownByAwaiting {
            try await PKCS12.read(file, keyName: name, passphrase: Array(Self.passphrase.utf8))
        }
        #expect(error?.cause == .usage)
        #expect(error?.detail?.contains("acme, other") == true)
        #expect(error?.remedy.contains("--alias-in-file") == (name == nil))
    }

    @Test("PEM in place of PKCS#12 is told where it belongs")
    func pemAsPKCS12() async {
        let error = await thrownByAwaiting {
            try await PKCS12.read(CredentialFile(pem: TestKeys.first), keyName: nil, passphrase: [])
        }
        #expect(error?.detail == "This is no PKCS#12 file.")
        #expect(error?.remedy == "Give a private key with `--key`, and its certificate with `--certificate`.")
    }
}
