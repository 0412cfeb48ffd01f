import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

/// Keys and certificates in the forms that users have. The forms are from public reports; the tests create the
/// contents.
@Suite("Files of keys and certificates in common forms")
struct CredentialFileTests {
    private static let passphrase = "secret"

    private static func key(_ bytes: [UInt8], name: String? = nil) throws -> RSAKey {
        try RSAKey(file: CredentialFile(bytes, name: name)) { () throws(ConnectedAppError) in Array(passphrase.utf8) }
    }

    private static func openssl(_ arguments: [String], _ input: String = TestKeys.first) async throws -> [UInt8] {
        let outcome = try await OutsideTool.openssl.run(arguments, input: Array(input.utf8))
        try #require(outcome.status == 0, "\(outcome.standardError)")
        return outcome.output
    }

    private static func utf16(_ text: String, isBigEndian: Bool, hasMark: Bool) -> [UInt8] {
        ((hasMark ? "\u{FEFF}" : "") + text).utf16.flatMap { unit -> [UInt8] in
            let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
            return isBigEndian ? [high, low] : [low, high]
        }
    }

    /// Changes that tools and people make to PEM text.
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

    @Test("A key can be read after each change of its text", arguments: treatments.indices)
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

    @Test("A certificate can be read after each change of its text", arguments: treatments.indices)
    func treatedCertificate(_ index: Int) async throws {
        let row = Self.treatments[index]
        let pem = String(decoding: try await Self.certificate(), as: UTF8.self)
        let expected = try AppCertificate(file: Array(pem.utf8))
        #expect(try AppCertificate(file: row.treat(pem)) == expected, "\(row.name)")
    }

    private static func certificate(_ more: [String] = []) async throws -> [UInt8] {
        try await openssl(["req", "-new", "-x509", "-key", "/dev/stdin", "-days", "300", "-subj", "/CN=acme"] + more)
    }

    /// Options of `openssl req`, and the algorithm that the view shows.
    static let signatures: [(options: [String], algorithm: String)] = [
        (["-sha224"], "sha224WithRSAEncryption"), (["-sha384"], "sha384WithRSAEncryption"),
        (["-sha512"], "sha512WithRSAEncryption"), (["-sigopt", "rsa_padding_mode:pss"], "RSASSA-PSS"),
        (["-set_serial", "-5"], "sha256WithRSAEncryption"),
    ]

    @Test(
        "A certificate with an RSA key is accepted, whatever its signature or serial number is", arguments: signatures)
    func signature(_ row: (options: [String], algorithm: String)) async throws {
        let certificate = try AppCertificate(file: try await Self.certificate(row.options))
        #expect(certificate.belongs(to: try Self.key(Array(TestKeys.first.utf8)).publicKey))
        #expect(certificate.subject == "CN=acme")
        #expect(certificate.signatureAlgorithm.lowercased() == row.algorithm.lowercased())
        #expect(certificate.lifetimeDays == 300)
    }

    // MARK: Chains

    @Test("From a chain in any order, the key's certificate is used", arguments: [false, true], [false, true])
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

    // MARK: Unusable content

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
        #expect(ssh?.detail == "The file contains a private key in OpenSSH's own format.")
        #expect(
            ssh?.remedy
                == "Convert a copy: `install -m 600 'my key' converted.key && ssh-keygen -p -m PKCS8 -N '' -f converted.key`."
        )
        #expect(refusal(Self.openSSH("ssh-ed25519"))?.remedy.hasPrefix("Make another key: `openssl req -x509") == true)
        let java = thrown {
            try RSAKey(
                file: CredentialFile([0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2], name: "my key", pkcs12Option: "--pkcs12")
            ) { () throws(ConnectedAppError) in nil }
        }
        #expect(java?.detail == "The file contains a Java keystore (JKS), such as Setup's Export to Keystore writes.")
        #expect(
            java?.remedy
                == "Convert it: `keytool -importkeystore -srckeystore 'my key' -destkeystore converted.p12 -deststoretype "
                + "PKCS12`; then give `--pkcs12 converted.p12`.")
        let putty = refusal(Array("PuTTY-User-Key-File-3: ssh-rsa\n".utf8))
        #expect(putty?.detail == "The file contains a private key in PuTTY's own format.")
    }

    @Test(
        "If the cipher is not supported, the error says so instead of calling a right passphrase wrong, and its command works"
    )
    func unknownCipher() async throws {
        let folder = try TemporaryFolder()
        let camellia = try await Self.openssl(
            ["rsa", "-traditional", "-camellia256", "-passout", "pass:\(Self.passphrase)"])
        let path = try folder.file("camellia.key", camellia)
        let error = thrown { try Self.key(camellia, name: path) }
        #expect(error?.cause == .keyUnsupported)
        #expect(
            error?.detail
                == "The private key is encrypted with CAMELLIA-256-CBC, a cipher that aprity does not support.")
        let remedy = try #require(error?.remedy)
        let command = try #require(remedy.firstMatch(of: /`openssl (.*)`/)).1
        let arguments = command.split(separator: " ").map(String.init).dropLast(2)
        let converted = try await OutsideTool.openssl.run(
            arguments + ["-passin", "pass:\(Self.passphrase)", "-passout", "pass:\(Self.passphrase)"])
        #expect(converted.status == 0, "\(converted.standardError)")
        #expect(try Self.key(converted.output).publicKey == Self.key(Array(TestKeys.first.utf8)).publicKey)
    }

    /// Files that openssl makes from a key, and the errors if they are given as a private key or as a certificate.
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
            "an elliptic-curve (EC) key, but Salesforce accepts only RSA keys",
            "an elliptic-curve (EC) key, but Salesforce accepts only RSA keys"
        ),
        (
            ["genpkey", "-algorithm", "ED25519"], "an Ed25519 key, but Salesforce accepts only RSA keys",
            "an Ed25519 key, but Salesforce accepts only RSA keys"
        ),
    ]

    @Test("The error says what the file contains instead of a key or certificate", arguments: misfits)
    func misfit(_ row: (command: [String], asKey: String, asCertificate: String)) async throws {
        let bytes = try await Self.openssl(row.command)
        #expect(thrown { try Self.key(bytes) }?.detail == "The file contains \(row.asKey).")
        let error = thrown { try AppCertificate(file: bytes) }
        #expect(error?.cause == .certificateMalformed)
        #expect(error?.detail == "The file contains \(row.asCertificate).")
    }

    @Test("If a signing request is given instead of a certificate, the command in the remedy makes one")
    func signingRequest() async throws {
        let folder = try TemporaryFolder()
        let request = try await Self.openssl(["req", "-new", "-key", "/dev/stdin", "-subj", "/CN=acme"])
        let path = try folder.file("acme.csr", request)
        let key = try folder.file("acme.key", Array(TestKeys.first.utf8))
        let error = thrown {
            try CredentialFile(request, name: path).certificates(
                beside: CredentialFile(Array(TestKeys.first.utf8), name: key))
        }
        let made = try await Self.converted(try #require(error), in: folder, to: "aprity.crt")
        #expect(try AppCertificate(file: made).subject == "CN=acme")
        let alone = thrown { try AppCertificate(file: CredentialFile(request, name: path)) }
        #expect(alone?.remedy == "Let an authority sign the request, and give the certificate that it returns.")
    }

    // MARK: Commands in hints

    /// Runs the command of a hint in a shell. It adds only the passphrases for which openssl would ask.
    private static func converted(
        _ error: ConnectedAppError, in folder: TemporaryFolder, to output: String
    ) async throws -> [UInt8] {
        let command = String(try #require(error.remedy.firstMatch(of: /`([^`]*)`/), "\(error.remedy)").1)
            .replacing(
                "openssl pkcs12 ", with: "openssl pkcs12 -passin pass:\(passphrase) -passout pass:\(passphrase) ")
        let outcome = try await OutsideTool("sh").run(["-c", "cd \"$0\" && \(command)", folder.path])
        try #require(outcome.status == 0, "\(command): \(outcome.standardError)")
        return [UInt8](try Data(contentsOf: URL(filePath: folder.path + "/" + output)))
    }

    private static func isInstalled(_ program: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            access("\($0)/\(program)", X_OK) == 0
        }
    }

    /// How a file is given, and which file the hint's command reads.
    static let names: [(given: String?, read: String)] = [
        ("my key", "my key"), ("it's", "it's"), ("-dash.key", "-dash.key"), ("-", "given.key"), (nil, "given.key"),
        ("/dev/fd/63", "given.key"), ("/dev/stdin", "given.key"),
    ]

    @Test(
        "The command that converts an OpenSSH key works for each name and source of the file",
        .enabled(if: isInstalled("ssh-keygen")), arguments: names)
    func openSSHKey(_ row: (given: String?, read: String)) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("made", Array(TestKeys.first.utf8))
        let made = try await OutsideTool("ssh-keygen").run(["-p", "-N", "", "-f", path])
        try #require(made.status == 0, "\(made.standardError)")
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        try #require(bytes.starts(with: Array("-----BEGIN OPENSSH".utf8)))
        _ = try folder.file(row.read, bytes)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder.path + "/" + row.read)
        let error = try #require(thrown { try Self.key(bytes, name: row.given) })
        #expect(error.remedy.hasPrefix("Save it to the file given.key first. ") == (row.read == "given.key"))
        let converted = try await Self.converted(error, in: folder, to: "converted.key")
        let expected = try Self.key(Array(TestKeys.first.utf8)).publicKey
        #expect(try Self.key(converted).publicKey == expected)
        let asCertificate = try #require(thrown { try AppCertificate(file: CredentialFile(bytes, name: row.given)) })
        let certificate = try await Self.converted(asCertificate, in: folder, to: "aprity.crt")
        #expect(try AppCertificate(file: certificate).belongs(to: expected))
    }

    @Test("No command names a FIFO, because reading it would block")
    func fifo() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/fifo"
        try #require(mkfifo(path, 0o600) == 0)
        let error = thrown { try Self.key(Self.openSSH("ssh-rsa"), name: path) }
        #expect(error?.remedy.hasPrefix("Save it to the file given.key first. Convert a copy: `install") == true)
        #expect(error?.remedy.contains(path) == false)
    }

    /// The options of `openssl rsa` for Microsoft's forms of a key, and the forms' names.
    static let microsoft = [(["-outform", "PVK", "-pvk-none"], "PVK"), (["-outform", "MSBLOB"], "PRIVATEKEYBLOB")]

    @Test("A key in Microsoft's form is recognized, and the command converts it", arguments: microsoft)
    func microsoftKey(_ options: [String], _ name: String) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/key"
        _ = try await Self.openssl(["rsa", "-out", path] + options)
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        let error = try #require(thrown { try Self.key(bytes, name: path) })
        #expect(error.cause == .keyUnsupported)
        #expect(error.detail == "The file contains a private key in Microsoft's format \(name).")
        let converted = try await Self.converted(error, in: folder, to: "converted.key")
        let expected = try Self.key(Array(TestKeys.first.utf8)).publicKey
        #expect(try Self.key(converted).publicKey == expected)
        let asCertificate = try #require(thrown { try AppCertificate(file: CredentialFile(bytes, name: path)) })
        #expect(
            asCertificate.detail
                == "The file contains a private key in Microsoft's format \(name), not a certificate.")
        let certificate = try await Self.converted(asCertificate, in: folder, to: "aprity.crt")
        #expect(try AppCertificate(file: certificate).belongs(to: expected))
    }

    /// Keys in other forms, and the names of these forms.
    static let elsewhere = [
        ("{\"kty\":\"RSA\",\"n\":\"abc\"}", "a JSON Web Key (JWK)"),
        ("<RSAKeyValue><Modulus>abc</Modulus></RSAKeyValue>", "a key in XML (RSAKeyValue)"),
        (
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ==\n=abcd\n-----END PGP PRIVATE KEY BLOCK-----",
            "PGP data, which is not X.509"
        ),
        (
            "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nabc\n---- END SSH2 ENCRYPTED PRIVATE KEY ----",
            "a private key in the format SSH2"
        ),
    ]

    @Test("A key in a form that no common program converts is recognized", arguments: elsewhere)
    func elsewhereKey(_ text: String, _ name: String) {
        let error = thrown { try Self.key(Array(text.utf8)) }
        #expect(error?.detail == "The file contains \(name).")
        #expect(error?.cause == .keyUnsupported)
        #expect(error?.remedy.contains("openssl req -new -x509") == false)
    }

    @Test("If a certificate is wanted, the remedy for such a file makes one", arguments: elsewhere)
    func elsewhereCertificate(_ text: String, _ name: String) {
        let isPGP = name.hasPrefix("PGP")
        let error = thrown { try AppCertificate(file: CredentialFile(Array(text.utf8), name: "k")) }
        #expect(error?.subject == "k")
        #expect(error?.cause == .certificateMalformed)
        #expect(error?.detail == "The file contains \(name)\(isPGP ? "" : ", not a certificate").")
        let beginning =
            isPGP ? "Salesforce does not accept PGP keys. Make another key" : "Give the certificate of this key."
        #expect(error?.remedy.hasPrefix(beginning) == true, "\(error?.remedy ?? "")")
        #expect(error?.remedy.contains(isPGP ? "openssl req -x509" : "`openssl req -new -x509") == true)
    }

    @Test("A certificate in openssl's trusted form is recognized, and the command converts it")
    func trustedCertificate() async throws {
        let folder = try TemporaryFolder()
        let plain = try await Self.certificate()
        let trusted = try await Self.openssl(["x509", "-trustout"], String(decoding: plain, as: UTF8.self))
        let path = try folder.file("trusted.crt", trusted)
        let error = try #require(thrown { try AppCertificate(file: CredentialFile(trusted, name: path)) })
        #expect(error.detail == "The file contains a certificate in openssl's own trusted format.")
        let converted = try await Self.converted(error, in: folder, to: "converted.crt")
        #expect(try AppCertificate(file: converted) == AppCertificate(file: plain))
    }

    @Test("If a private key is given instead of a certificate, the command makes a certificate for it")
    func keyAsCertificate() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("acme.key", TestKeys.first)
        let error = try #require(
            thrown { try AppCertificate(file: CredentialFile(Array(TestKeys.first.utf8), name: path)) })
        let made = try await Self.converted(error, in: folder, to: "aprity.crt")
        #expect(try AppCertificate(file: made).belongs(to: Self.key(Array(TestKeys.first.utf8)).publicKey))
    }

    /// A PKCS#12 file of the first key, in the folder.
    private static func pkcs12(_ options: [String], in folder: TemporaryFolder) async throws -> (String, [UInt8]) {
        let certificate = try folder.file("given.crt", try await certificate())
        let path = folder.path + "/one.p12"
        _ = try await openssl(
            ["pkcs12", "-export", "-inkey", "/dev/stdin", "-in", certificate, "-out", path, "-passout"]
                + ["pass:\(passphrase)"] + options)
        return (path, [UInt8](try Data(contentsOf: URL(filePath: path))))
    }

    @Test("If a command has no option for PKCS#12, the remedy extracts what is needed", arguments: [[], ["-legacy"]])
    func takeOut(_ options: [String]) async throws {
        let folder = try TemporaryFolder()
        let (path, bytes) = try await Self.pkcs12(options, in: folder)
        let file = CredentialFile(bytes, name: path)
        let expected = try Self.key(Array(TestKeys.first.utf8)).publicKey
        let asKey = try #require(thrown { try file.privateKeys() })
        #expect(try await Self.key(Self.converted(asKey, in: folder, to: "converted.key")).publicKey == expected)
        let asCertificate = try #require(thrown { try file.certificates() })
        let certificate = try await Self.converted(asCertificate, in: folder, to: "converted.crt")
        #expect(try AppCertificate(file: certificate).belongs(to: expected))
        let withOption = thrown { try CredentialFile(bytes, name: path, pkcs12Option: "--pkcs12").privateKeys() }
        #expect(withOption?.remedy == "Give it with `--pkcs12 \(path)`, without `--key` and `--certificate`.")
    }

    /// Options of `openssl pkcs12 -export` whose result aprity does not support, and the cause.
    static let notOpened: [(options: [String], cause: Cause)] = [
        (["-keypbe", "camellia-256-cbc"], .keyUnsupported), (["-certpbe", "camellia-256-cbc"], .keyUnsupported),
        (["-nomac"], .keyMalformed),
    ]

    @Test("If aprity does not support a PKCS#12 file, the command converts it", arguments: notOpened)
    func takeApart(_ row: (options: [String], cause: Cause)) async throws {
        let folder = try TemporaryFolder()
        let (path, bytes) = try await Self.pkcs12(row.options, in: folder)
        let error = await thrownByAwaiting {
            try await PKCS12.read(
                CredentialFile(bytes, name: path), keyName: nil, passphrase: Array(Self.passphrase.utf8))
        }
        #expect(error?.cause == row.cause)
        let both = try await Self.converted(try #require(error), in: folder, to: "both.pem")
        #expect(try AppCertificate(file: both).belongs(to: Self.key(both).publicKey))
    }

    @Test("The commands for a Java keystore produce a key", .enabled(if: isInstalled("keytool")))
    func javaKeystore() async throws {
        let folder = try TemporaryFolder()
        let (path, _) = try await Self.pkcs12([], in: folder)
        let jks = folder.path + "/one.jks"
        let made = try await OutsideTool("keytool").run([
            "-importkeystore", "-srckeystore", path, "-destkeystore", jks, "-deststoretype", "JKS", "-srcstorepass",
            "secret", "-deststorepass", "secret",
        ])
        // keytool requires at least six characters since version 9.
        try #require(made.status == 0, "\(made.standardError) \(made.text)")
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: jks)))
        let error = try #require(thrown { try Self.key(bytes, name: jks) })
        let remedy = error.remedy.replacing(
            "-importkeystore", with: "-importkeystore -srcstorepass secret -deststorepass secret")
        let asked = ConnectedAppError(error.cause, remedy: remedy)
        let converted = try await Self.converted(asked, in: folder, to: "converted.key")
        #expect(try Self.key(converted).publicKey == Self.key(Array(TestKeys.first.utf8)).publicKey)
    }

    // MARK: Empty, truncated or other files

    /// Files that are given instead of a key, and the words of the error.
    static let lacks: [(bytes: [UInt8], says: String)] = [
        ([], "The file is empty."), (Array(" \n\r\n".utf8), "The file is empty."),
        (Array("\u{FEFF}".utf8), "The file is empty."),
        (
            Array(TestKeys.first.prefix(900).utf8), "The file is cut off: the block PRIVATE KEY has no END line."
        ),
        (
            Array("-----BEGIN PRIVATE KEY-----\n<your key here>\n-----END PRIVATE KEY-----\n".utf8),
            "The block PRIVATE KEY is damaged: its content is not Base64, or its END line has another label."
        ),
        ([0x30, 0x82, 0x04, 0xBD, 2, 1, 0, 0x30], "The file is cut off: it has 8 of 1217 bytes."),
        (Array("***\n".utf8), "The file contains only one line of 3 characters, which is not a private key."),
        (
            Array("/etc/keys/server.key".utf8),
            "The file contains only one line of 20 characters, which is not a private key."
        ),
    ]

    @Test("The error says whether a file is empty, cut off, a path or a placeholder", arguments: lacks)
    func lack(_ row: (bytes: [UInt8], says: String)) {
        let asKey = thrown { try Self.key(row.bytes) }
        #expect(asKey?.cause == .keyMalformed)
        #expect(asKey?.detail == row.says)
        let asCertificate = thrown { try AppCertificate(file: row.bytes) }
        #expect(asCertificate?.cause == .certificateMalformed)
        #expect(asCertificate?.detail == row.says.replacing("not a private key", with: "not a certificate"))
    }

    @Test(
        "The error names the file, because a command may have several",
        arguments: [("a.key", "a.key"), ("-", "standard input")])
    func subject(_ name: String, _ shown: String) {
        for bytes in [[], Self.openSSH("ssh-rsa"), Array((TestKeys.first + TestKeys.second).utf8)] {
            #expect(thrown { try Self.key(bytes, name: name) }?.subject == shown)
        }
        #expect(thrown { try AppCertificate(file: CredentialFile([], name: name)) }?.subject == shown)
    }

    @Test("The error says that a key, or a certificate's key, is for RSASSA-PSS only")
    func boundToPSS() async throws {
        let folder = try TemporaryFolder()
        let key = try await Self.openssl(["genpkey", "-algorithm", "RSA-PSS"])
        let path = try folder.file("pss.key", key)
        let certificate = try await Self.openssl(["req", "-new", "-x509", "-key", path, "-subj", "/CN=pss"])
        let kind = "an RSA key for RSASSA-PSS only, but Salesforce verifies PKCS#1 v1.5 signatures (RS256)"
        #expect(thrown { try Self.key(key) }?.detail == "The file contains \(kind).")
        let error = thrown { try AppCertificate(file: CredentialFile(certificate, name: "pss.crt")) }
        #expect(error?.cause == .keyUnsupported)
        #expect(error?.subject == "pss.crt")
        let own = try Self.key(Array(TestKeys.first.utf8)).publicKey
        let foreign = try await Self.openssl(
            ["req", "-new", "-x509", "-key", "/dev/stdin", "-subj", "/CN=x"], TestKeys.second)
        let mismatch = thrown { try AppCertificate.of(own, in: CredentialFile(foreign, name: "other.crt")) }
        #expect(mismatch?.cause == .certificateKeyMismatch)
        #expect(mismatch?.subject == "other.crt")
        let imported = thrown { try AppCertificate.of(own, in: CredentialFile(certificate, name: "pss.crt")) }
        #expect(imported?.subject == "pss.crt")
        #expect(error?.detail == "The certificate is for \(kind).")
        #expect(error?.remedy.hasPrefix("Make another key: `openssl req -x509 -newkey rsa:2048") == true)
        #expect(error?.evidence.isEmpty == true)
    }

    // MARK: Several keys

    @Test("From several keys in a file, the certificate's key is used", arguments: [0, 1])
    func severalKeysInPEM(_ index: Int) async throws {
        let keys = [TestKeys.first, TestKeys.second]
        let file = CredentialFile(pem: keys.joined())
        let certificate = try await Self.openssl(
            ["req", "-new", "-x509", "-key", "/dev/stdin", "-subj", "/CN=acme"], keys[index])
        let all = try RSAKey.all(in: file) { () throws(ConnectedAppError) in nil }
        let pair = try AppCertificate.pair(of: all, in: CredentialFile(certificate), beside: file)
        #expect(pair.key.publicKey == (try Self.key(Array(keys[index].utf8)).publicKey))
        let stranger = try await Self.openssl(
            ["req", "-new", "-x509", "-key", "/dev/stdin", "-subj", "/CN=acme"], TestKeys.third)
        let error = thrown { try AppCertificate.pair(of: all, in: CredentialFile(stranger), beside: file) }
        #expect(error?.cause == .certificateKeyMismatch)
        #expect(error?.detail == "None of the file's 2 private keys belongs to the certificate.")
    }

    @Test("Without a certificate, several keys are rejected; one key in two forms counts once")
    func severalKeysAlone() async throws {
        let error = thrown { try Self.key(Array((TestKeys.first + TestKeys.second).utf8)) }
        #expect(error?.cause == .keyMalformed)
        #expect(error?.detail == "The file contains 2 different private keys.")
        let traditional = String(decoding: try await Self.openssl(["pkey", "-traditional"]), as: UTF8.self)
        let expected = try Self.key(Array(TestKeys.first.utf8)).publicKey
        #expect(try Self.key(Array((TestKeys.first + traditional).utf8)).publicKey == expected)
    }

    // MARK: PKCS#12

    @Test("From several keys in a PKCS#12 file, the one with the given name is used", arguments: ["acme", "Other"])
    func severalKeys(_ name: String) async throws {
        let file = CredentialFile(try #require(TwoKeysPKCS12.bytes))
        let bundle = try await PKCS12.read(file, keyName: name, passphrase: Array(Self.passphrase.utf8))
        #expect(bundle.certificate.subject == "CN=\(name.lowercased())")
        #expect(bundle.certificate.belongs(to: bundle.key.publicKey))
    }

    @Test("Without a name, or with an unknown one, the error lists the names", arguments: [nil, "third"])
    func severalKeysUnnamed(_ name: String?) async throws {
        let file = CredentialFile(try #require(TwoKeysPKCS12.bytes))
        let error = await thrownByAwaiting {
            try await PKCS12.read(file, keyName: name, passphrase: Array(Self.passphrase.utf8))
        }
        #expect(error?.cause == .usage)
        #expect(error?.detail?.contains("acme, other") == true)
        #expect(error?.remedy.contains("--alias-in-file") == true)
    }

    @Test("A PKCS#12 file in Base64, as in secrets of pipelines, can be read")
    func base64() async throws {
        let bytes = try #require(TwoKeysPKCS12.bytes)
        let file = CredentialFile(Array(Data(bytes).base64EncodedString(options: .lineLength76Characters).utf8))
        let bundle = try await PKCS12.read(file, keyName: "acme", passphrase: Array(Self.passphrase.utf8))
        #expect(bundle.certificate.subject == "CN=acme")
    }

    @Test("The error says that a PKCS#12 file has no passphrase although one was given, or that it is cut off")
    func pkcs12Lacks() async throws {
        let folder = try TemporaryFolder()
        let (_, bytes) = try await Self.pkcs12(["-passout", "pass:"], in: folder)
        let error = await thrownByAwaiting {
            try await PKCS12.read(CredentialFile(bytes), keyName: nil, passphrase: Array(Self.passphrase.utf8))
        }
        #expect(error?.cause == .passphraseWrong)
        #expect(error?.remedy == "Leave --passphrase-file out.")
        let cutOff = await thrownByAwaiting {
            try await PKCS12.read(CredentialFile(Array(bytes.prefix(100))), keyName: nil, passphrase: [])
        }
        #expect(cutOff?.detail == "The file is cut off: it has 100 of \(bytes.count) bytes.")
    }

    @Test("A check of a passphrase with millions of rounds can be interrupted", .timeLimit(.minutes(1)))
    func interrupted() async {
        let mac = PKCS12MAC(hash: .sha512, salt: [1], iterations: 5_000_000, value: [])
        let trying = Task { try mac.isRight([1], [1]) }
        trying.cancel()
        await #expect(throws: CancellationError.self) { try await trying.value }
    }

    @Test("If PEM is given instead of PKCS#12, the remedy names the right options")
    func pemAsPKCS12() async {
        let error = await thrownByAwaiting {
            try await PKCS12.read(CredentialFile(pem: TestKeys.first), keyName: nil, passphrase: [])
        }
        #expect(error?.detail == "The file contains a private key, not PKCS#12.")
        #expect(error?.remedy == "Give a private key with `--key`, and its certificate with `--certificate`.")
        let other = await thrownByAwaiting {
            try await PKCS12.read(
                CredentialFile(Array(Self.elsewhere[0].0.utf8), name: "k.jwk"), keyName: nil, passphrase: [])
        }
        #expect(other?.subject == "k.jwk")
        #expect(other?.detail == "The file contains a JSON Web Key (JWK), not PKCS#12.")
    }
}
