import ConnectedAppTesting
import Foundation
import Testing
import X509

@testable import ConnectedApp

/// Requests, certificates of an authority and PKCS#12 files, tested against openssl.
@Suite("Certificates of an authority")
struct CertificateAuthorityTests {
    private static let me = Principal(.commandLine, name: "ada")

    /// A service with the real time, which openssl uses too, and an authority.
    private struct World {
        let front: TestWorld
        let folder: TemporaryFolder
        var service: AppService { front.service }

        init(_ offset: TimeInterval = 60) async throws {
            folder = try TemporaryFolder()
            front = try await TestWorld.connected(
                .test(consumerKey: nil), time: TestTime(now: Date().addingTimeInterval(offset)))
            _ = try await OutsideTool.openssl.output([
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", path("ca.key"), "-out", path("ca.crt"),
                "-subj", "/CN=Test Authority", "-days", "400",
            ])
        }

        func path(_ name: String) -> String { folder.path + "/" + name }
        func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path(name)))) }

        /// Returns the certificate that the authority issues for the request.
        func issue(_ request: CertificateRequest, days: Int = 90) async throws -> [UInt8] {
            _ = try folder.file("request.csr", request.pem)
            _ = try await OutsideTool.openssl.output([
                "x509", "-req", "-in", path("request.csr"), "-CA", path("ca.crt"), "-CAkey", path("ca.key"),
                "-CAcreateserial", "-days", String(days), "-out", path("leaf.crt"),
            ])
            return try bytes("leaf.crt")
        }
    }

    @Test("openssl verifies a request and reads the requested name")
    func requested() async throws {
        let world = try await World()
        let request = try await world.service.certificates.request(
            for: "prod", subject: #"CN=acme\, inc,OU=Integration, O=Größe ,ST=Bavaria,L=Munich,C=DE"#, as: Self.me)
        let text = try await OutsideTool.openssl.output(
            ["req", "-verify", "-noout", "-subject", "-nameopt", "RFC2253,-esc_msb,utf8"],
            input: Array(request.pem.utf8))
        #expect(text == #"subject=CN=acme\, inc,OU=Integration,O=Größe,ST=Bavaria,L=Munich,C=DE"# + "\n")
        let key = try await OutsideTool.openssl.output(["req", "-noout", "-pubkey"], input: Array(request.pem.utf8))
        #expect(try RSAPublicKey(text: key).fingerprint == request.publicKeySHA256)
        let event = try #require(try await world.front.store.events(limit: 1).first)
        #expect(event.act == .certificateRequested)
    }

    @Test(
        "Escapes in a value are decoded as RFC 4514 defines them",
        arguments: [
            (#"CN=Gr\C3\B6\C3\9Fe"#, "Größe"), (#"CN=a\2Cb"#, "a,b"), (#"CN=a\+b\=c=d"#, "a+b=c=d"),
            (##"CN=\#1"##, "#1"), (#"CN=  a\  "#, "a "), (#"CN=a\\ "#, #"a\"#),
        ])
    func escapes(_ text: String, _ value: String) throws {
        let expected = try DistinguishedName { CommonName(value) }
        #expect(try SubjectName.read(text) == expected)
    }

    @Test("Without a name, a request has the present certificate's; an invalid name is rejected")
    func subjects() async throws {
        let world = try await World()
        let subject = try await world.service.connections.named("prod", as: Self.me).certificate.subject
        #expect(try await world.service.certificates.request(for: "prod", subject: nil, as: Self.me).subject == subject)
        let faulty = [
            "", "acme", "CN=", "XX=acme", "CN=a,,O=b", "C=Germany", "=a", "CN=a+OU=b", #"CN=a\FFb"#, #"CN=a\zb"#,
            #"CN=a\+1\+"# + "+", #"CN=a\"#, "CN=#0401", #"CN="a""#, "CN=a;O=b",
        ]
        for wrong in faulty {
            let error = await thrownByAwaiting {
                try await world.service.certificates.request(for: "prod", subject: wrong, as: Self.me)
            }
            #expect(error?.cause == .usage, "\(wrong)")
        }
    }

    @Test("An authority's certificate replaces the self-signed one; key, credential and reference stay")
    func replaced() async throws {
        let world = try await World()
        let before = try await world.front.records.read { try $0.all(CredentialRecord.self).map(\.value) }
        let request = try await world.service.certificates.request(for: "prod", subject: "CN=acme", as: Self.me)
        let leaf = try await world.issue(request)
        let view = try await world.service.certificates.replace(for: "prod", file: CredentialFile(leaf), as: Self.me)
        #expect(view.certificate.subject == "CN=acme")
        #expect(view.certificate.issuer == "CN=Test Authority")
        #expect(view.certificate.publicKeySHA256 == request.publicKeySHA256)
        let after = try await world.front.records.read { try $0.all(CredentialRecord.self).map(\.value) }
        try #require(after.count == 1)
        try #require(after[0].id == before[0].id)
        #expect(after[0].key == before[0].key)
        #expect(after[0].certificateDER != before[0].certificateDER)
        let event = try #require(try await world.front.store.events(limit: 1).first)
        #expect(event.act == .certificateReplaced)
        #expect(event.facts["issuer"] == "CN=Test Authority")
    }

    @Test("While a rotation is prepared, the request and the import concern the next certificate")
    func next() async throws {
        let world = try await World()
        let active = try await world.service.connections.named("prod", as: Self.me).certificate
        _ = try await world.service.rotations.begin(of: "prod", as: Self.me)
        let request = try await world.service.certificates.request(for: "prod", subject: "CN=next", as: Self.me)
        #expect(request.publicKeySHA256 != active.publicKeySHA256)
        let leaf = try await world.issue(request)
        let view = try await world.service.certificates.replace(for: "prod", file: CredentialFile(leaf), as: Self.me)
        #expect(view.certificate.sha256 == active.sha256)
        let next = try await world.service.certificates.next(of: "prod", as: Self.me)
        #expect(next.subject == "CN=next")
        #expect(next.issuer == "CN=Test Authority")
    }

    @Test("From a chain in any order, the certificate of aprity's key is used; DER can be read too")
    func chains() async throws {
        let world = try await World()
        let leaf = try await world.issue(
            world.service.certificates.request(for: "prod", subject: "CN=acme", as: Self.me))
        let authority = try world.bytes("ca.crt")
        for file in [leaf + authority, authority + leaf, try AppCertificate(file: leaf).der] {
            let view = try await world.service.certificates.replace(
                for: "prod", file: CredentialFile(file), as: Self.me)
            #expect(view.certificate.subject == "CN=acme")
            #expect(
                try await world.service.certificates.current(of: "prod", as: Self.me).der
                    == AppCertificate(file: leaf).der)
        }
    }

    @Test("A certificate that is of another key, expired, not yet valid or malformed changes nothing")
    func refused() async throws {
        let world = try await World()
        let before = try await world.service.connections.named("prod", as: Self.me)
        let leaf = try await world.issue(
            world.service.certificates.request(for: "prod", subject: "CN=acme", as: Self.me))
        let rows: [([UInt8], Cause)] = [
            (try world.bytes("ca.crt"), .certificateKeyMismatch), (Array("x".utf8), .certificateMalformed),
            (Array(TestKeys.first.utf8), .certificateMalformed),
        ]
        for (file, cause) in rows {
            #expect(
                await thrownByAwaiting {
                    try await world.service.certificates.replace(for: "prod", file: CredentialFile(file), as: Self.me)
                }?.cause == cause)
        }
        let other = try CredentialFile(world.bytes("ca.crt"))
        let error = await thrownByAwaiting {
            try await world.service.certificates.replace(for: "prod", file: other, as: Self.me)
        }
        #expect(error?.detail?.contains("aprity's own key of this connection, the key in use") == true)
        #expect(error?.remedy.contains("`aprity certificate import prod --key FILE --certificate FILE`") == true)
        #expect(error?.remedyOnPage.contains("aprity certificate") == false)
        #expect(error?.evidence["presentSHA256"] == before.certificate.sha256)
        world.front.time.advance(by: .seconds(91 * 86_400))
        #expect(
            await thrownByAwaiting {
                try await world.service.certificates.replace(for: "prod", file: CredentialFile(leaf), as: Self.me)
            }?.cause == .certificateExpired)
        #expect(
            try await world.service.connections.named("prod", as: Self.me).certificate.sha256
                == before.certificate.sha256)
        let early = try await World(-86_400)
        let tomorrow = try await early.issue(
            early.service.certificates.request(for: "prod", subject: "CN=acme", as: Self.me))
        #expect(
            await thrownByAwaiting {
                try await early.service.certificates.replace(for: "prod", file: CredentialFile(tomorrow), as: Self.me)
            }?.cause == .certificateMalformed)
    }
}

/// PKCS#12 files by openssl.
@Suite("PKCS#12")
struct PKCS12Tests {
    private static let folder = Result { try TemporaryFolder() }

    /// Makes a file with ``TestKeys/third``.
    private static func made(_ options: [String], passphrase: String = "secret", key: Bool = true) async throws
        -> [UInt8]
    {
        let folder = try folder.get()
        let name = UUID().uuidString
        let keyFile = try folder.file(name + ".key", TestKeys.third)
        let own = try await certificate(TestKeys.third)
        let certificateFile = try folder.file(name + ".crt", own.pem)
        let other = try await folder.file("other.crt", certificate(TestKeys.second).pem)
        let output = folder.path + "/" + name + ".p12"
        _ = try await OutsideTool.openssl.output(
            ["pkcs12", "-export", "-out", output, "-passout", "pass:" + passphrase]
                + (key ? ["-inkey", keyFile, "-in", certificateFile] : ["-nokeys", "-in", certificateFile])
                + options.map { $0 == "OTHER" ? other : $0 })
        return Array(try Data(contentsOf: URL(filePath: output)))
    }

    private static func certificate(_ pem: String) async throws -> AppCertificate {
        let key = try RSAKey(pem: pem) { () throws(ConnectedAppError) in nil }
        return try await AppCertificate.selfSigned(
            publicKey: key.publicKey, signer: key, commonName: "imported", now: TestTime().now, days: 30,
            randomBytes: SeededRandom(seed: 3).bytes)
    }

    @Test(
        "Files by openssl can be read: modern and old, with a chain, and without encryption",
        arguments: [
            [], ["-legacy"], ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"],
            ["-keypbe", "AES-128-CBC", "-certpbe", "AES-192-CBC", "-macalg", "sha512"],
            ["-keypbe", "NONE", "-certpbe", "NONE", "-macalg", "sha384"], ["-certfile", "OTHER", "-name", "Größe"],
            ["-iter", "100000"],
        ])
    func read(_ options: [String]) async throws {
        let bundle = try await PKCS12.read(Self.made(options), passphrase: Array("secret".utf8))
        let certificate = try await Self.certificate(TestKeys.third)
        #expect(bundle.certificate == certificate)
        #expect(certificate.belongs(to: bundle.key.publicKey))
    }

    @Test(
        "A passphrase with non-ASCII characters and an empty one open the files that openssl made with them",
        arguments: ["Größe und Länge", ""])
    func passphrases(_ passphrase: String) async throws {
        let file = try await Self.made([], passphrase: passphrase)
        _ = try await PKCS12.read(file, passphrase: Array(passphrase.utf8))
        guard !passphrase.isEmpty else { return }
        let old = try await Self.made(["-legacy"], passphrase: passphrase)
        #expect(
            await thrownByAwaiting { try await PKCS12.read(old, passphrase: Array(passphrase.utf8)) }?.cause
                == .keyUnsupported)
    }

    @Test("A wrong passphrase and a missing one have their own causes", arguments: [[], ["-legacy"]])
    func wrongPassphrase(_ options: [String]) async throws {
        let file = try await Self.made(options)
        #expect(
            await thrownByAwaiting { try await PKCS12.read(file, passphrase: Array("wrong".utf8)) }?.cause
                == .passphraseWrong)
        #expect(await thrownByAwaiting { try await PKCS12.read(file, passphrase: []) }?.cause == .passphraseMissing)
    }

    @Test("A file without a key, without a certificate or with a certificate of another key has its own cause")
    func incomplete() async throws {
        let secret = Array("secret".utf8)
        let noKey = try await Self.made([], key: false)
        #expect(await thrownByAwaiting { try await PKCS12.read(noKey, passphrase: secret) }?.cause == .keyMalformed)
        let noCertificate = try await Self.made(["-nocerts"])
        #expect(
            await thrownByAwaiting { try await PKCS12.read(noCertificate, passphrase: secret) }?.cause
                == .certificateMalformed)
        let other = try await PKCS12Envelope(noCertificate).with(
            certificate: Self.certificate(TestKeys.second).der, passphrase: secret)
        #expect(
            await thrownByAwaiting { try await PKCS12.read(other, passphrase: secret) }?.cause
                == .certificateKeyMismatch)
        let noMAC = try await Self.made(["-nomac"])
        #expect(await thrownByAwaiting { try await PKCS12.read(noMAC, passphrase: secret) }?.cause == .keyMalformed)
        for nonsense in [[], Array("nonsense".utf8), Array(TestKeys.first.utf8), [0x30, 0x80]] {
            #expect(
                await thrownByAwaiting { try await PKCS12.read(nonsense, passphrase: secret) }?.cause == .keyMalformed)
        }
    }

    @Test("A file that is damaged anywhere is rejected")
    func damaged() async throws {
        let file = try await Self.made(["-iter", "1", "-nomaciter"])
        let random = SeededRandom(seed: 12)
        for round in 0..<400 {
            var bytes = file
            let numbers = random.bytes(6)
            // In each second round, the damage is at the beginning, in the structure.
            let place =
                (Int(numbers[0]) << 16 | Int(numbers[1]) << 8 | Int(numbers[2])) % (round % 2 == 0 ? 80 : bytes.count)
            if numbers[3] < 32 { bytes.removeLast(bytes.count - place) } else { bytes[place] ^= max(numbers[4], 1) }
            do { _ = try await PKCS12.read(bytes, passphrase: Array("secret".utf8)) } catch {
                #expect(error is ConnectedAppError, "round \(round)")
            }
        }
    }

    private static let secret = Array("secret".utf8)
    /// The INTEGER 70,000.
    private static let someRounds: [UInt8] = [2, 3, 1, 0x11, 0x70]

    @Test(
        "A file whose certificates or key have too many rounds is rejected at once", .timeLimit(.minutes(1)),
        arguments: [["-keypbe", "NONE"], ["-certpbe", "NONE"], ["-legacy", "-keypbe", "NONE"]])
    func rounds(_ options: [String]) async throws {
        let file = try await Self.made(options + ["-iter", "70000", "-macalg", "sha256"])
        _ = try await PKCS12.read(file, passphrase: Self.secret)
        for rounds in [[2, 4, 0, 0x98, 0x96, 0x81], [2, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0], [2, 1, 0x80]] as [[UInt8]] {
            let content = DERBytes.replacing(Self.someRounds, by: rounds, in: try PKCS12Envelope(file).content)
            let changed = try PKCS12Envelope.file(content, passphrase: Self.secret)
            let error = await thrownByAwaiting { try await PKCS12.read(changed, passphrase: Self.secret) }
            #expect(error?.cause == .keyUnsupported)
            #expect(error?.detail?.contains("rounds") == true)
        }
    }

    @Test("The rounds of all parts are added up")
    func roundsTogether() async throws {
        let file = try await Self.made(["-keypbe", "NONE", "-iter", "70000"])
        // 8,388,607 rounds, which are permitted in one part.
        let content = DERBytes.replacing(
            Self.someRounds, by: [2, 3, 0x7F, 0xFF, 0xFF], in: try PKCS12Envelope(file).content)
        func isBounded(_ content: [UInt8]) throws -> Bool {
            try PKCS12Envelope(PKCS12Envelope.file(content, passphrase: Self.secret)).hasBoundedRounds
        }
        #expect(try isBounded(content))
        #expect(try !isBounded(DERBytes.doubled(content)))
    }

    @Test("A key that is not an RSA key has its own cause")
    func elliptic() async throws {
        let folder = try Self.folder.get()
        let (key, certificate, file) = (folder.path + "/ec.key", folder.path + "/ec.crt", folder.path + "/ec.p12")
        _ = try await OutsideTool.openssl.output([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
            certificate, "-subj", "/CN=ec",
        ])
        _ = try await OutsideTool.openssl.output([
            "pkcs12", "-export", "-inkey", key, "-in", certificate, "-out", file, "-passout", "pass:secret", "-keypbe",
            "NONE",
        ])
        let bytes = Array(try Data(contentsOf: URL(filePath: file)))
        #expect(
            await thrownByAwaiting { try await PKCS12.read(bytes, passphrase: Array("secret".utf8)) }?.cause
                == .keyUnsupported)
    }
}

extension PKCS12 {
    fileprivate static func read(_ bytes: [UInt8], passphrase: [UInt8]) async throws -> PKCS12 {
        try await read(CredentialFile(bytes), keyName: nil, passphrase: passphrase)
    }
}
