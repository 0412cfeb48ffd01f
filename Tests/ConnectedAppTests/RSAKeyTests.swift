import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

@Suite("RSA key import")
struct RSAKeyTests {
    private static let passphrase = "correct horse"

    private static func key(_ pem: String, passphrase: String? = nil) throws -> RSAKey {
        try RSAKey(pem: pem) { () throws(ConnectedAppError) in passphrase.map { Array($0.utf8) } }
    }

    /// SHA-256 over the public key of `TestKeys.first`, computed by openssl.
    private static func fingerprint() async throws -> String {
        let der = try await OutsideTool.openssl.run(
            ["pkey", "-pubout", "-outform", "DER"], input: Array(TestKeys.first.utf8))
        let digest = try await OutsideTool.openssl.output(["dgst", "-sha256", "-r"], input: der.output)
        return String(digest.prefix(64))
    }

    /// The commands with which openssl writes `TestKeys.first`, and whether the result has a passphrase.
    static let formRows: [(arguments: [String], begins: String, isEncrypted: Bool)] = [
        (["pkey"], "-----BEGIN PRIVATE KEY-----", false),
        (["pkey", "-traditional"], "-----BEGIN RSA PRIVATE KEY-----", false),
        (
            ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:\(passphrase)"],
            "-----BEGIN ENCRYPTED PRIVATE KEY-----", true
        ),
        (
            [
                "pkcs8", "-topk8", "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1", "-passout", "pass:\(passphrase)",
            ], "-----BEGIN ENCRYPTED PRIVATE KEY-----", true
        ),
        (
            [
                "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512", "-passout", "pass:\(passphrase)",
            ], "-----BEGIN ENCRYPTED PRIVATE KEY-----", true
        ),
        (
            ["pkcs8", "-topk8", "-v2", "des3", "-passout", "pass:\(passphrase)"],
            "-----BEGIN ENCRYPTED PRIVATE KEY-----", true
        ),
        (
            ["pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-passout", "pass:\(passphrase)"],
            "-----BEGIN ENCRYPTED PRIVATE KEY-----", true
        ),
        (
            ["pkey", "-traditional", "-aes256", "-passout", "pass:\(passphrase)"],
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED", true
        ),
        (
            ["pkey", "-traditional", "-des3", "-passout", "pass:\(passphrase)"],
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED", true
        ),
    ]

    private static func written(_ arguments: [String]) async throws -> String {
        try await OutsideTool.openssl.output(arguments, input: Array(TestKeys.first.utf8))
    }

    @Test("Each form in which openssl writes a key can be read", arguments: formRows)
    func forms(_ form: (arguments: [String], begins: String, isEncrypted: Bool)) async throws {
        let pem = try await Self.written(form.arguments)
        #expect(pem.hasPrefix(form.begins))
        let key = try Self.key(pem, passphrase: form.isEncrypted ? Self.passphrase : nil)
        #expect(key.publicKey.fingerprint == (try await Self.fingerprint()))
        #expect(key.publicKey.bits == 2048)
    }

    @Test(
        "An encrypted key requires its passphrase, and no other one opens it",
        arguments: formRows.filter(\.isEncrypted))
    func passphrases(_ form: (arguments: [String], begins: String, isEncrypted: Bool)) async throws {
        let pem = try await Self.written(form.arguments)
        #expect(thrown { try Self.key(pem) }?.cause == .passphraseMissing)
        for wrong in ["", "Correct horse", Self.passphrase + "\n", Self.passphrase + "x"] {
            let error = thrown { try Self.key(pem, passphrase: wrong) }
            #expect(error?.cause == .passphraseWrong)
            #expect(error?.debugDescription.contains("orrect") == false)
        }
    }

    @Test(
        "A passphrase with non-ASCII characters opens a key, or is rejected if the form does not support it",
        arguments: formRows.filter(\.isEncrypted))
    func passphraseBeyondASCII(_ form: (arguments: [String], begins: String, isEncrypted: Bool)) async throws {
        let passphrase = "Größe ✓"
        let arguments = form.arguments.map { $0.hasPrefix("pass:") ? "pass:" + passphrase : $0 }
        let pem = try await Self.written(arguments)
        if arguments.contains(where: { $0.hasPrefix("aes-") }) {
            #expect(try Self.key(pem, passphrase: passphrase).publicKey.fingerprint == (try await Self.fingerprint()))
            #expect(thrown { try Self.key(pem, passphrase: "Größe") }?.cause == .passphraseWrong)
        } else {
            #expect(thrown { try Self.key(pem, passphrase: passphrase) }?.cause == .keyUnsupported)
        }
    }

    @Test("A key that is not encrypted never asks for a passphrase")
    func notAsked() throws {
        _ = try RSAKey(pem: TestKeys.first) { () throws(ConnectedAppError) in throw ConnectedAppError(.internalError) }
    }

    /// Changes to PEM text by web forms, environment variables and chat programs.
    static let mishapRows: [(name: String, change: @Sendable (String) -> String)] = [
        ("nothing", { $0 }), ("no last line break", { $0.trimmingCharacters(in: .newlines) }),
        ("CRLF", { $0.replacingOccurrences(of: "\n", with: "\r\n") }),
        ("CR", { $0.replacingOccurrences(of: "\n", with: "\r") }),
        ("spaces for line breaks", { $0.replacingOccurrences(of: "\n", with: " ") }),
        ("\\n for line breaks", { $0.replacingOccurrences(of: "\n", with: "\\n") }),
        ("\\r\\n for line breaks", { $0.replacingOccurrences(of: "\n", with: "\\r\\n") }),
        ("quotes", { "\"" + $0.trimmingCharacters(in: .newlines) + "\"\n" }),
        ("quotes and \\n", { "'" + $0.replacingOccurrences(of: "\n", with: "\\n") + "'" }),
        ("indented", { "    " + $0.replacingOccurrences(of: "\n", with: "\n    ") }),
        ("doubled line breaks", { $0.replacingOccurrences(of: "\n", with: "\n\n") }),
        ("byte order mark", { "\u{FEFF}" + $0 }),
        ("text around", { "Bag Attributes\n    friendlyName: x\n" + $0 + "\nregards\n" }),
        ("certificate before", { "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n" + $0 }),
    ]

    @Test("A key whose line breaks were changed or lost can be read", arguments: mishapRows)
    func mishaps(_ mishap: (name: String, change: @Sendable (String) -> String)) async throws {
        let expected = try await Self.fingerprint()
        for form in Self.formRows {
            let pem = mishap.change(try await Self.written(form.arguments))
            #expect(
                try Self.key(pem, passphrase: Self.passphrase).publicKey.fingerprint == expected,
                "\(mishap.name), \(form.begins)")
        }
    }

    @Test("A key without any line break can be read")
    func oneWord() async throws {
        for form in Self.formRows where !form.begins.contains("Proc-Type") {
            let pem = try await Self.written(form.arguments).replacingOccurrences(of: "\n", with: "")
            #expect(try Self.key(pem, passphrase: Self.passphrase).publicKey.bits == 2048)
        }
    }

    /// Keys by openssl that aprity cannot use, and the causes of the refusals.
    static let unfitRows: [(name: String, commands: [[String]], cause: Cause)] = [
        ("scrypt", [["pkcs8", "-topk8", "-scrypt", "-passout", "pass:\(passphrase)"]], .keyUnsupported),
        (
            "ARIA", [["pkcs8", "-topk8", "-v2", "aria-256-cbc", "-passout", "pass:\(passphrase)"]], .keyUnsupported
        ),
        ("EC, SEC 1", [["ecparam", "-name", "prime256v1", "-genkey"]], .keyUnsupported),
        (
            "EC, PKCS#8", [["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]], .keyUnsupported
        ),
        ("Ed25519", [["genpkey", "-algorithm", "ED25519"]], .keyUnsupported),
        ("1024 bits", [["genrsa", "1024"]], .keyTooSmall),
        ("1024 bits, PKCS#1", [["genrsa", "1024"], ["pkey", "-traditional"]], .keyTooSmall),
        ("public key", [["pkey", "-pubout"]], .keyMalformed),
        ("certificate request", [["req", "-new", "-key", "/dev/stdin", "-subj", "/CN=x"]], .keyMalformed),
    ]

    @Test("A key that Salesforce or aprity cannot use is rejected with the reason", arguments: unfitRows)
    func unfit(_ row: (name: String, commands: [[String]], cause: Cause)) async throws {
        var pem = TestKeys.first
        for command in row.commands { pem = try await OutsideTool.openssl.output(command, input: Array(pem.utf8)) }
        let error = thrown { try Self.key(pem, passphrase: Self.passphrase) }
        #expect(error?.cause == row.cause, "\(row.name)")
    }

    /// Encrypted keys by openssl whose number of rounds has three bytes.
    static let derivations: [[String]] = [
        ["-v2", "aes-256-cbc"], ["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"], ["-v2", "des3"],
        ["-v1", "PBE-SHA1-3DES"],
    ]
    /// Replacements for the INTEGER 70,000.
    static let excessiveRounds: [[UInt8]] = [
        // 10,000,001; 2^31; 2^64; -1; 0; with needless zeros; no INTEGER.
        [2, 4, 0, 0x98, 0x96, 0x81], [2, 5, 0, 0x80, 0, 0, 0], [2, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0], [2, 1, 0xFF],
        [2, 1, 0],
        [2, 5, 0, 0, 0, 1, 0], [4, 3, 1, 0x11, 0x70],
    ]

    @Test(
        "A key with more than ten million rounds, or with an unreadable number, is rejected at once",
        .timeLimit(.minutes(1)), arguments: derivations, excessiveRounds)
    func rounds(_ derivation: [String], _ rounds: [UInt8]) async throws {
        let pem = try await Self.written(
            ["pkcs8", "-topk8", "-iter", "70000", "-passout", "pass:\(Self.passphrase)"] + derivation)
        let block = try #require(PEMBlock.blocks(in: pem).first)
        #expect(try Self.key(pem, passphrase: Self.passphrase).publicKey.bits == 2048)
        let changed = DERBytes.replacing([2, 3, 1, 0x11, 0x70], by: rounds, in: block.bytes)
        #expect(changed != block.bytes)
        let error = thrown {
            try Self.key(PEMBlock(label: block.label, bytes: changed).text, passphrase: Self.passphrase)
        }
        #expect(error?.cause == .keyUnsupported)
    }

    @Test("An encrypted PKCS#8 key inside traditional encryption is rejected")
    func twice() async throws {
        let pem = try await Self.written(["pkcs8", "-topk8", "-passout", "pass:\(Self.passphrase)"])
        let headers = "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\n"
        let wrapped = pem.replacingOccurrences(of: "KEY-----\nM", with: "KEY-----\(headers)M")
        #expect(thrown { try Self.key(wrapped, passphrase: Self.passphrase) }?.cause == .keyMalformed)
    }

    @Test("A key with a changed CRT number is rejected, so that it never signs")
    func faultyNumbers() throws {
        let key = try Self.key(TestKeys.first)
        var bytes = key.pkcs8
        bytes[bytes.count - 20] ^= 1
        #expect(thrown { try RSAKey(pkcs8: bytes) }?.cause == .storeDamaged)
    }

    @Test("If a certificate is given instead of a key, the error says so")
    func certificate() async throws {
        let pem = try await OutsideTool.openssl.output(
            ["req", "-x509", "-new", "-key", "/dev/stdin", "-subj", "/CN=x"], input: Array(TestKeys.first.utf8))
        let error = try #require(thrown { try Self.key(pem) })
        #expect(error.cause == .keyMalformed)
        #expect(error.description.contains("certificate"))
    }

    @Test(
        "A file without a key is rejected, and the error quotes nothing of it",
        arguments: [
            "", "hunter2hunter2", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\nhunter2hunter2\n-----END PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----\nMAA=\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\n!hunter2hunter2!\n-----END PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info:\n-----END RSA PRIVATE KEY-----",
        ])
    func garbage(_ text: String) throws {
        let error = try #require(thrown { try Self.key(text) })
        #expect(error.cause == .keyMalformed)
        #expect(!error.debugDescription.contains("hunter2"))
        #expect(!error.debugDescription.contains("MAA"))
    }

    @Test("A key that is cut off is rejected, wherever the cut is", arguments: 1...9)
    func cutOff(_ tenths: Int) throws {
        let lines = TestKeys.first.split(separator: "\n")
        let kept = lines.dropLast().prefix(max(1, lines.count * tenths / 10))
        let pem = (kept + [lines[lines.count - 1]]).joined(separator: "\n")
        #expect(thrown { try Self.key(pem) }?.cause == .keyMalformed)
    }

    @Test("The description of a key has its fingerprint and none of its numbers")
    func hidden() throws {
        let key = try Self.key(TestKeys.first)
        var dumped = ""
        dump(key, to: &dumped)
        let expected = "RSAKey(\(key.publicKey.fingerprint))"
        #expect("\(key)" == expected)
        #expect(String(reflecting: key) == expected)
        #expect(dumped == "- \(expected)\n")
    }

    @Test("openssl verifies the signature of an imported key")
    func signs() async throws {
        let folder = try TemporaryFolder()
        let message = Array("header.claims".utf8)
        let signature = try folder.file("signature", try await Self.key(TestKeys.first).signature(over: message))
        let publicKey = try folder.file("public.pem", try await Self.written(["pkey", "-pubout"]))
        let verified = try await OutsideTool.openssl.run(
            ["dgst", "-sha256", "-verify", publicKey, "-signature", signature], input: message)
        #expect(verified.status == 0)
    }
}
