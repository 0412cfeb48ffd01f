internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("Keys and certificates are imported on the page, from files")
struct CertificateImportTests {
    private static let path = "/connections/acme/certificate-import"
    private static let passphrase = "n0t-in-any-page"
    private static let tester = Principal(.commandLine, name: "tester")

    /// A server with a connection, and a client that is signed in.
    private func run(
        _ wire: Wire = .memory, _ body: @Sendable (SettingsClient, _ formToken: String) async throws -> Void
    ) async throws {
        try await SettingsClient.run(wire) { client in
            try await client.addConnection()
            try await client.signIn()
            try await body(client, try await client.formToken())
        }
    }

    /// The third test key with a certificate of openssl's.
    private static func certificate(of key: String, in folder: TemporaryFolder) async throws -> String {
        try await OutsideTool.openssl.output([
            "req", "-x509", "-key", try folder.file("key.pem", key), "-days", "30", "-subj", "/CN=imported",
        ])
    }

    private static func pkcs12(in folder: TemporaryFolder) async throws -> [UInt8] {
        let certificate = try await certificate(of: TestKeys.third, in: folder)
        let outcome = try await OutsideTool.openssl.run([
            "pkcs12", "-export", "-inkey", folder.path + "/key.pem", "-in",
            try folder.file("certificate.pem", certificate), "-passout", "pass:" + passphrase,
        ])
        try #require(outcome.status == 0, "\(outcome.standardError)")
        return outcome.output
    }

    private func subject(_ client: SettingsClient) async throws -> String {
        try await client.world.service.connections.named("acme", as: Self.tester).certificate.subject
    }

    @Test("A PKCS#12 file replaces key and certificate, and its passphrase is kept nowhere", arguments: Wire.allCases)
    func pkcs12(_ wire: Wire) async throws {
        let folder = try TemporaryFolder()
        let file = try await Self.pkcs12(in: folder)
        try await run(wire) { client, formToken in
            let reply = try await client.upload(
                Self.path,
                [
                    "formToken": formToken, "act": "pkcs12", "passphrase": Self.passphrase, "keyName": "",
                    "confirmation": "acme",
                ], files: ["pkcs12File": file])
            #expect(reply.status == 303)
            #expect(reply.headers[.location] == "/connections/acme?done=certificate-imported")
            #expect(try await subject(client) == "CN=imported")
            let events = try await client.world.store.events(limit: 100)
            #expect(events.contains { $0.act == .credentialImported })
            #expect(!String(describing: events).contains(Self.passphrase))
            let page = try await client.get("/connections/acme").text
            #expect(!page.contains(Self.passphrase))
        }
    }

    @Test("After an error, the texts without secrets are still in their fields")
    func enteredTexts() async throws {
        try await run { client, formToken in
            let pasted = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
            func upload(_ fields: [String: String]) async throws -> String {
                let reply = try await client.upload(
                    Self.path, ["formToken": formToken, "confirmation": "acme"].merging(fields) { $1 })
                #expect(reply.status >= 400)
                return reply.text
            }
            let first = try await upload(["act": "pkcs12", "keyName": "my key", "passphrase": Self.passphrase])
            #expect(first.contains("name=\"keyName\" type=\"text\" value=\"my key\""))
            #expect(!first.contains(Self.passphrase))
            let second = try await upload(["act": "certificate", "certificate": pasted])
            #expect(second.contains("-----BEGIN CERTIFICATE-----\nAAAA"))
            let key = "-----BEGIN RSA PRIVATE KEY-----\nBBBB\n-----END RSA PRIVATE KEY-----"
            let third = try await upload(["act": "certificate", "certificate": pasted + "\n" + key])
            #expect(!third.contains("BBBB"))
        }
    }

    @Test("A wrong passphrase is named, is not shown, and changes nothing")
    func wrongPassphrase() async throws {
        let folder = try TemporaryFolder()
        let file = try await Self.pkcs12(in: folder)
        try await run { client, formToken in
            let before = try await subject(client)
            let reply = try await client.upload(
                Self.path,
                ["formToken": formToken, "act": "pkcs12", "passphrase": "wr0ng-one", "confirmation": "acme"],
                files: ["pkcs12File": file])
            #expect(reply.status == 422)
            #expect(reply.text.contains("passphraseWrong"))
            #expect(reply.text.contains("Enter the passphrase again, and choose the files again."))
            #expect(reply.text.contains("id=\"choose-again\""))
            #expect(!reply.text.contains("wr0ng-one"))
            #expect(try await subject(client) == before)
        }
    }

    @Test("A key in DER and its certificate replace the present ones")
    func keyFiles() async throws {
        let folder = try TemporaryFolder()
        let certificate = try await Self.certificate(of: TestKeys.third, in: folder)
        let der = try await OutsideTool.openssl.run(["pkey", "-outform", "DER", "-in", folder.path + "/key.pem"])
        try await run { client, formToken in
            let reply = try await client.upload(
                Self.path,
                [
                    "formToken": formToken, "act": "credential", "key": "", "certificate": certificate,
                    "passphrase": "", "confirmation": " acme ",
                ], files: ["keyFile": der.output, "certificateFile": []])
            #expect(reply.status == 303)
            #expect(try await subject(client) == "CN=imported")
        }
    }

    @Test("Without the name of the connection, no key is replaced", arguments: ["credential", "pkcs12"])
    func confirmation(_ act: String) async throws {
        let folder = try TemporaryFolder()
        let certificate = try await Self.certificate(of: TestKeys.third, in: folder)
        let file = try await Self.pkcs12(in: folder)
        try await run { client, formToken in
            let before = try await subject(client)
            for confirmation in ["", "acm", "other"] {
                let reply = try await client.upload(
                    Self.path,
                    [
                        "formToken": formToken, "act": act, "passphrase": act == "pkcs12" ? Self.passphrase : "",
                        "confirmation": confirmation,
                    ],
                    files: [
                        "pkcs12File": file, "keyFile": Array(TestKeys.third.utf8),
                        "certificateFile": Array(certificate.utf8),
                    ])
                #expect(reply.status == 400)
                #expect(reply.text.contains("The text is not acme"))
            }
            #expect(try await subject(client) == before)
        }
    }

    @Test("Neither a file nor a text, and both of them, are rejected with the field's name")
    func ambiguous() async throws {
        try await run { client, formToken in
            let fields = ["formToken": formToken, "act": "certificate"]
            let neither = try await client.upload(Self.path, fields, files: ["certificateFile": []])
            #expect(neither.status == 400)
            #expect(neither.text.contains("Certificate: No file is chosen"))
            let both = try await client.upload(
                Self.path, fields.merging(["certificate": "text"]) { $1 }, files: ["certificateFile": [1]])
            #expect(both.status == 400)
            #expect(both.text.contains("A file is chosen and a text is pasted"))
        }
    }

    @Test("A form with files needs the session's token and has a limit, and only this page takes files")
    func bounds() async throws {
        try await run { client, formToken in
            let noToken = try await client.upload(Self.path, ["act": "certificate"], files: ["certificateFile": [1]])
            #expect(noToken.status == 403)
            let large = [UInt8](repeating: 0, count: FormFields.fileLimit)
            let tooLarge = try await client.upload(
                Self.path, ["formToken": formToken, "act": "certificate"], files: ["certificateFile": large])
            #expect(tooLarge.status == 413)
            let elsewhere = try await client.upload(
                "/connections/acme/block", ["formToken": formToken, "reason": "drill"])
            #expect(elsewhere.status == 415)
            #expect(try await client.world.service.blocks.view(of: "acme", as: Self.tester) == nil)
        }
    }

    @Test(
        "An incomplete form with files is rejected",
        arguments: [
            "", "--edge", "--edge\r\n", "--other--\r\n",
            "--edge\r\nContent-Disposition: form-data; name=\"act\"\r\n\r\ncertificate\r\n",
            "--edge\r\nContent-Disposition: form-data\r\n\r\nx\r\n--edge--\r\n",
            "--edge\r\nContent-Type: text/plain\r\n\r\nx\r\n--edge--\r\n", "--edge\r\nx\r\n--edge--\r\n",
            String(repeating: "--edge\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n", count: 33)
                + "--edge--\r\n",
        ])
    func malformed(_ body: String) async throws {
        try await run { client, _ in
            let reply = try await client.upload(Self.path, body: Array(body.utf8))
            #expect(reply.status == 400)
            #expect(reply.text.contains("<code>requestMalformed</code>"))
        }
    }

    @Test("Fields and files are read as browsers and curl write them")
    func fields() throws {
        let text = """
            --e=1\r
            content-disposition: form-data; name="key"; filename="C:\\\\a;b \\"c\\".pem"\r
            Content-Type: application/octet-stream\r
            \r
            \0first
            --e=2\r
            \r
            --e=1\r
            Content-Disposition: form-data; name=passphrase\r
            \r
            a=b; c\r
            --e=1--\r

            """
        let form = try #require(
            MultipartForm(Array(text.utf8), contentType: "multipart/form-data; charset=utf-8; boundary=\"e=1\""))
        #expect(
            form.parts == [
                .init(name: "key", isFile: true, bytes: Array("\0first\n--e=2\r\n".utf8)),
                .init(name: "passphrase", isFile: false, bytes: Array("a=b; c".utf8)),
            ])
        #expect(MultipartForm(Array(text.utf8), contentType: "multipart/form-data") == nil)
    }

    @Test("The request for a certificate is downloaded, and openssl verifies it")
    func request() async throws {
        try await run { client, formToken in
            let reply = try await client.post(
                "/connections/acme/certificate-request", ["formToken": formToken, "subject": "CN=asked,O=Acme"])
            #expect(reply.status == 200)
            #expect(reply.headers[.contentDisposition] == "attachment; filename=\"aprity-acme.csr\"")
            let outcome = try await OutsideTool.openssl.run(
                ["req", "-verify", "-noout", "-subject"], input: reply.bytes)
            #expect(outcome.status == 0)
            #expect(outcome.text.contains("asked"))
            let wrong = try await client.post(
                "/connections/acme/certificate-request", ["formToken": formToken, "subject": "no name"])
            #expect(wrong.status == 400)
            #expect(wrong.text.contains("id=\"request-form\""))
        }
    }
}
