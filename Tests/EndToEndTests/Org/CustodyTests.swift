internal import ConnectedAppTesting
internal import Foundation
internal import Testing

/// Runs the built program against the embedded org, with keys from outside or kept outside its store. Each command is a
/// separate process.
@Suite("Key custody")
struct CustodyTests {
    /// Returns a home whose new keys are created in a token.
    private static func withToken(_ softHSM: SoftHSM, token: String, pinFile: String) throws -> AprityProcess {
        try AprityProcess(
            environment: softHSM.environment.merging([
                "APRITY_KEY_STORE": "pkcs11", "APRITY_PKCS11_MODULE": SoftHSM.modulePath, "APRITY_PKCS11_TOKEN": token,
                "APRITY_PKCS11_PIN_FILE": pinFile,
            ]) { $1 })
    }

    private func objects(_ softHSM: SoftHSM, _ token: String) async throws -> [String] {
        try await softHSM.tool(["--token-label", token, "--login", "--pin", SoftHSM.pin, "--list-objects"]).text
            .split(separator: "\n").map(String.init).filter { $0.contains("Object;") }
    }

    @Test("A key in a token signs in, survives restarts, and is destroyed with its connection")
    func token() async throws {
        let softHSM = try SoftHSM()
        try await softHSM.makeToken("aprity")
        let pinFile = try softHSM.pinFile()
        let aprity = try Self.withToken(softHSM, token: "aprity", pinFile: pinFile)
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            #expect(
                try await aprity.run("connection", "show", "bikes", "--json").json()["keyStore"] as? String == "pkcs11")
            #expect(try await objects(softHSM, "aprity").count == 2)
            #expect(try await aprity.run("test", "bikes").status == 0)
            // A failed `connection add` leaves no key behind.
            #expect(
                try await aprity.run(
                    "connection", "add", "again", "--login-host", org.url, "--username", "i@a.example", "--days", "5000"
                )
                .status == 64)
            #expect(try await objects(softHSM, "aprity").count == 2)
            // A rotation creates the next key in the same key store, whatever the setting for new keys is.
            let sealedByDefault = try AprityProcess(
                environment: aprity.environment.merging(["APRITY_KEY_STORE": "sealed"]) { $1 })
            let begun = try await sealedByDefault.run("rotate", "start", "bikes", "--json").json()
            #expect(begun["keyStore"] as? String == "pkcs11")
            #expect(begun["otherKeyStore"] as? String == "pkcs11")
            #expect(try await objects(softHSM, "aprity").count == 4)
            #expect(
                try await aprity.run("rotate", "status", "bikes").stdout.contains("key in a PKCS#11 token"))
            #expect(try await aprity.run("test", "bikes").status == 0)
            try await softHSM.withoutTokens {
                let outcome = try await aprity.run("test", "bikes", "--json")
                #expect(outcome.status != 0)
                #expect((outcome.stdout + outcome.stderr).contains("keyStoreFailed"))
            }
            #expect(try await aprity.run("test", "bikes").status == 0)
            try await softHSM.withoutTokens {
                let outcome = try await aprity.run("connection", "remove", "bikes", "--destroy-keys", "--yes")
                #expect(outcome.status == 74)
                #expect(outcome.stderr.contains("a key is not destroyed yet"))
            }
            #expect(try await objects(softHSM, "aprity").count == 4)
            // The connection is gone already; a repeated removal only destroys the remaining keys.
            #expect(try await aprity.run("connection", "remove", "bikes").status == 0)
            #expect(try await objects(softHSM, "aprity").isEmpty)
        }
        #expect(try Self.files(below: aprity.home, containing: SoftHSM.pin) == [])
    }

    /// Returns the files below the folder that contain the text.
    private static func files(below folder: String, containing text: String) throws -> [String] {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return names.filter { name in
            guard let data = FileManager.default.contents(atPath: folder + "/" + name) else { return false }
            return data.range(of: Data(text.utf8)) != nil
        }
    }

    @Test("A wrong PIN is reported without being shown, and does not lock the token")
    func wrongPIN() async throws {
        let softHSM = try SoftHSM()
        try await softHSM.makeToken("aprity")
        let aprity = try Self.withToken(softHSM, token: "aprity", pinFile: softHSM.pinFile("846297"))
        try await aprity.succeed(["init"])
        let outcome = try await aprity.run(
            "connection", "add", "bikes", "--login-host", "https://acme.my.salesforce.com", "--username", "i@a.example",
            "--json")
        #expect(outcome.status == 78)
        #expect(try outcome.json()["code"] as? String == "pinRefused")
        for text in [outcome.stdout, outcome.stderr] { #expect(!text.contains("846297")) }
        #expect(try await objects(softHSM, "aprity").isEmpty)
    }

    @Test("Wrong or incomplete key store settings are reported by name, and do not prevent a block")
    func settings() async throws {
        let sound = try AprityProcess()
        try await sound.succeed(["init"])
        try await sound.succeed([
            "connection", "add", "bikes", "--login-host", "https://acme.my.salesforce.com", "--username", "i@a.example",
        ])
        for (name, value, subject) in [
            ("APRITY_KEY_STORE", "cloud", "APRITY_KEY_STORE"),
            ("APRITY_KEY_STORE", "pkcs11", "APRITY_PKCS11_MODULE (pkcs11Module)"),
            ("APRITY_KEY_STORE", "command", "APRITY_SIGNER_COMMAND (signerCommand)"),
            ("APRITY_PKCS11_MODULE", "/x.so", "APRITY_PKCS11_TOKEN (pkcs11Token)"),
            ("APRITY_SIGNER_COMMAND", "signer", "APRITY_SIGNER_COMMAND"),
        ] {
            let variables = ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"].map { ($0, sound.environment[$0] ?? "") }
            let aprity = try AprityProcess(
                environment: Dictionary(uniqueKeysWithValues: variables).merging([name: value]) { $1 })
            let outcome = try await aprity.run("connection", "list", "--json")
            #expect(outcome.status == 78)
            #expect(outcome.stderr.contains(subject), "\(outcome.stderr)")
            #expect(try await aprity.run("block", "bikes", "--reason", "drill").status == 0)
        }
    }

    @Test("A CA-issued certificate for a signer command's key signs in, and the key is destroyed with its connection")
    func issued() async throws {
        let script = try SignerScript.openssl()
        let aprity = try AprityProcess(
            environment: ["APRITY_KEY_STORE": "command", "APRITY_SIGNER_COMMAND": script.setting])
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            #expect(try await aprity.run("test", "bikes").status == 0)
            try await aprity.succeed(["certificate", "request", "bikes", "--subject", "CN=bikes,O=Harbour"])
            _ = try await OutsideTool.openssl.output([
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", aprity.path("ca.key"), "-out",
                aprity.path("ca.crt"), "-subj", "/CN=Test Authority",
            ])
            _ = try await OutsideTool.openssl.output([
                "x509", "-req", "-in", aprity.path("aprity.csr"), "-CA", aprity.path("ca.crt"), "-CAkey",
                aprity.path("ca.key"), "-CAcreateserial", "-days", "90", "-out", aprity.path("leaf.crt"),
            ])
            let leaf = try String(contentsOfFile: aprity.path("leaf.crt"), encoding: .utf8)
            let chain = try aprity.write(
                String(contentsOfFile: aprity.path("ca.crt"), encoding: .utf8) + leaf, to: "chain.pem")
            let view = try await aprity.run("certificate", "import", "bikes", "--certificate", chain, "--json").json()
            #expect((view["certificate"] as? [String: Any])?["issuer"] as? String == "CN=Test Authority")
            try await aprity.succeed(["certificate", "download", "bikes", "--out", "issued.crt"])
            try await org.saveApp([
                "certificatePEM": try String(contentsOfFile: aprity.path("issued.crt"), encoding: .utf8)
            ])
            #expect(try await aprity.run("test", "bikes").status == 0)
            // Such a key store does not import keys.
            _ = try await OutsideTool.openssl.output([
                "pkcs12", "-export", "-inkey", aprity.path("ca.key"), "-in", aprity.path("ca.crt"), "-out",
                aprity.path("ca.p12"), "-passout", "pass:secret",
            ])
            let pass = try aprity.write("secret\n", to: "pass.txt")
            let refused = try await aprity.run(
                "certificate", "import", "bikes", "--pkcs12", "ca.p12", "--passphrase-file", pass, "--json")
            #expect(try refused.json()["code"] as? String == "keyUnsupported")
            #expect(try FileManager.default.contentsOfDirectory(atPath: script.keyFolder).count == 1)
            try await aprity.succeed(["connection", "remove", "bikes", "--destroy-keys", "--yes"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: script.keyFolder).isEmpty)
        }
    }

    @Test("A PKCS#12 file is imported into the sealed store, and no file of the home has its passphrase")
    func pkcs12() async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            let folder = try TemporaryFolder()
            let (key, certificate) = (folder.path + "/k", folder.path + "/c")
            _ = try await OutsideTool.openssl.output([
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-subj",
                "/CN=own",
            ])
            _ = try await OutsideTool.openssl.output([
                "pkcs12", "-export", "-legacy", "-inkey", key, "-in", certificate, "-out", folder.path + "/f.p12",
                "-passout", "pass:canary-739158",
            ])
            let wrong = try await aprity.run(
                "certificate", "import", "bikes", "--pkcs12", folder.path + "/f.p12", "--json")
            #expect(try wrong.json()["code"] as? String == "passphraseMissing")
            let pass = try folder.file("pass", "canary-739158\n")
            try await aprity.succeed([
                "certificate", "import", "bikes", "--pkcs12", folder.path + "/f.p12", "--passphrase-file", pass,
            ])
            try await org.saveApp(["certificatePEM": try String(contentsOfFile: certificate, encoding: .utf8)])
            #expect(try await aprity.run("test", "bikes").status == 0)
        }
        #expect(try Self.files(below: aprity.home, containing: "canary-739158") == [])
    }
}
