internal import Foundation
internal import Testing

/// Independent, unmodified programs, over TLS and under Salesforce's own host names.
@Suite struct ForeignProgramTests {
    private static let production = "harbour-bikes.my.salesforce.com"
    private static let sandbox = "harbour-bikes--uat.sandbox.my.salesforce.com"
    private static let externalClientAppKey = "3MVG9ExternalClientAppOfTheForeignPrograms"
    private static let consumerSecret = String(repeating: "5EC2E7", count: 10) + "ABCD"
    private static let connectedAppKey = "3MVG9ConnectedAppOfTheForeignPrograms"

    /// Returns a seed with two orgs, each with an app of each kind that trusts `app.crt`.
    private func seed(_ certificate: String) -> [String: Any] {
        let app = { (name: String, kind: String, key: String) -> [String: Any] in
            [
                "name": name, "kind": kind, "consumerKey": key, "certificatePEM": certificate,
                "consumerSecret": Self.consumerSecret,
                "scopes": ["Api", "RefreshToken"], "permittedUsers": "adminApprovedPreAuthorized",
                "profiles": ["System Administrator"],
            ]
        }
        let org = { (name: String, host: String, isSandbox: Bool, suffix: String) -> [String: Any] in
            [
                "name": name, "myDomain": host, "isSandbox": isSandbox,
                "users": [["username": "robot@bikes.example\(suffix)", "profile": "System Administrator"]],
                "apps": [
                    app("Eca", "externalClientApp", Self.externalClientAppKey + suffix),
                    app("Classic", "connectedApp", Self.connectedAppKey + suffix),
                ],
            ]
        }
        return ["orgs": [org("Bikes", Self.production, false, ""), org("Bikes UAT", Self.sandbox, true, ".uat")]]
    }

    /// Runs the body with the orgs and a program that knows only a proxy and a certificate authority.
    private func beside(_ body: @Sendable (ForeignProgram, ManagedOrg) async throws -> Void) async throws {
        let aprity = try AprityProcess()
        let maker = ForeignProgram(in: aprity.home)
        for name in ["app", "wrong"] { try await maker.makeKeyPair(name) }
        let certificate = try String(contentsOfFile: aprity.path("app.crt"), encoding: .utf8)
        let document = try JSONSerialization.data(withJSONObject: seed(certificate))
        let seed = try aprity.write(String(decoding: document, as: UTF8.self), to: "seed.json")
        let command = [
            "simulator", "--port", "0", "--management-port", "0", "--proxy-port", "0", "--make-ca", aprity.path("ca"),
            "--seed", seed, "--source", ManagedOrg.source,
        ]
        try await aprity.serving(command) { ready in
            let proxy = try #require(ready.proxyURL)
            let program = ForeignProgram(
                in: aprity.home,
                environment: [
                    "HTTPS_PROXY": proxy, "REQUESTS_CA_BUNDLE": aprity.path("ca/ca.crt"),
                    "SSL_CERT_FILE": aprity.path("ca/ca.crt"),
                ])
            try await body(program, ManagedOrg(url: ready.url, management: ready.managementURL ?? ""))
        }
    }

    private func json(_ text: String) throws -> Any { try JSONSerialization.jsonObject(with: Data(text.utf8)) }

    @Test("simple-salesforce signs in by My Domain, by login and test, and by an instance, in two orgs of one process")
    func simpleSalesforce() async throws {
        let python = try await ForeignProgram.python()
        try await beside { program, org in
            for (domain, instance, key, suffix, host) in [
                ("harbour-bikes.my", "", Self.externalClientAppKey, "", Self.production),
                ("login", "", Self.connectedAppKey, "", Self.production),
                ("login", "harbour-bikes.my", Self.connectedAppKey, "", Self.production),
                ("harbour-bikes--uat.sandbox.my", "", Self.externalClientAppKey, ".uat", Self.sandbox),
                ("test", "", Self.connectedAppKey, ".uat", Self.sandbox),
            ] {
                let said = try await program.succeed(
                    python,
                    [
                        ForeignProgram.tools + "/simple_salesforce_sign_in.py", domain, instance,
                        "robot@bikes.example\(suffix)", key + suffix, "app.key",
                    ])
                let answer = try json(said) as? [String: Any]
                #expect(answer?["instance"] as? String == host)
                #expect(answer?["limit"] as? Int == 100_000)
            }
            let hosts = try await org.history().compactMap { $0["host"] as? String }
            #expect(Set(hosts) == [Self.production, Self.sandbox, "login.salesforce.com", "test.salesforce.com"])
        }
    }

    @Test("simple-salesforce cannot sign in with a key that the org does not trust")
    func simpleSalesforceRefused() async throws {
        let python = try await ForeignProgram.python()
        try await beside { program, _ in
            let refused = try await program.run(
                python,
                [
                    ForeignProgram.tools + "/simple_salesforce_sign_in.py", "harbour-bikes.my", "",
                    "robot@bikes.example", Self.externalClientAppKey, "wrong.key",
                ])
            #expect(refused.status == 1, "\(refused.stderr)")
            let answer = try json(refused.stdout) as? [String: [String]]
            #expect(answer?["refused"] == ["invalid_client", "invalid client credentials"])
        }
    }

    /// A Salesforce client from PyPI.
    private enum Client: String, CaseIterable {
        case simpleSalesforce = "simple-salesforce"
        case authlib
        case cumulusCI = "cumulusci"
        case aiosalesforce
        case salesforceTools = "salesforce-tools"

        /// The name of the client's own Python environment; `nil` to use that of the other tests.
        var environment: String? {
            switch self {
            case .simpleSalesforce, .authlib, .aiosalesforce: nil
            case .cumulusCI, .salesforceTools: rawValue
            }
        }

        /// The app whose kind accepts the client's audience: the My Domain, or `login.salesforce.com`.
        var consumerKey: String {
            switch self {
            case .simpleSalesforce, .authlib, .salesforceTools: ForeignProgramTests.externalClientAppKey
            case .cumulusCI, .aiosalesforce: ForeignProgramTests.connectedAppKey
            }
        }
    }

    @Test(
        "An independent client signs in, reads userinfo, introspects its token, queries Apex and retrieves it",
        arguments: Client.allCases)
    private func client(_ client: Client) async throws {
        let python = try await ForeignProgram.python(client.environment)
        let sources = try FileManager.default.subpathsOfDirectory(atPath: ManagedOrg.source)
        let classes = sources.filter { $0.hasSuffix(".cls") }.map {
            String(($0 as NSString).lastPathComponent.dropLast(".cls".count))
        }.sorted()
        try await beside { program, _ in
            var program = program
            program.environment["CONSUMER_SECRET_FILE"] = try program.write(Self.consumerSecret, to: "consumer.secret")
            let said = try await program.succeed(
                python,
                [
                    ForeignProgram.tools + "/salesforce_client_session.py", client.rawValue, "harbour-bikes",
                    "robot@bikes.example", client.consumerKey, "app.key",
                ])
            let brought = try #require(try json(said) as? [String: Any])
            #expect(brought["user"] as? String == "robot@bikes.example")
            #expect(brought["active"] as? Bool == true)
            #expect(brought["classes"] as? [String] == classes)
            let files = (brought["files"] as? [String] ?? []).filter { $0.hasSuffix(".cls") }
            #expect(files == classes.map { "classes/\($0).cls" })
        }
    }

    @Test("simple-salesforce reads the apps, deploys another app, and signs in to it")
    func simpleSalesforceDeploy() async throws {
        let python = try await ForeignProgram.python()
        let key = "DeployedByAnotherClient1"
        try await beside { program, org in
            try await org.save(["switches": ["propagation": "instant"]])
            let certificate = try String(contentsOfFile: program.folder + "/wrong.crt", encoding: .utf8)
            try program.write(AppDeployment.externalClientApp(key: key, certificate: certificate), below: "app")
            try program.write(AppDeployment.connectedAppWithKey("Classic"), below: "key")
            let robot = "robot@bikes.example"
            let said = try await program.succeed(
                python,
                [
                    ForeignProgram.tools + "/simple_salesforce_apps.py", "harbour-bikes.my", robot,
                    Self.externalClientAppKey, "app.key", "retrieve", "deploy:key", "check:app", "deploy:app",
                ])
            let acts = try #require(try json(said) as? [Any])
            let files = try #require(acts[0] as? [String: String])
            #expect(files.keys.filter { $0 != "package.xml" }.count == 6)
            #expect(files["connectedApps/Classic.connectedApp"]?.contains(Self.connectedAppKey) == true)
            #expect(files["extlClntAppGlobalOauthSets/Eca_glbloauth.ecaGlblOauth"]?.contains("ertificate") == false)
            #expect(!files.values.contains { $0.contains(Self.consumerSecret) })
            let ends: NSArray = [
                ["Failed", [["ConnectedApp", "You cannot provide a Consumer Key"]]], ["Succeeded", [Any]()],
                ["Succeeded", [Any]()],
            ]
            #expect(Array(acts.dropFirst()) as NSArray == ends)
            try await program.succeed(
                python,
                [
                    ForeignProgram.tools + "/simple_salesforce_sign_in.py", "harbour-bikes.my", "", robot, key,
                    "wrong.key",
                ])
            let deploys = try await org.history().filter { $0["operation"] as? String == "deploy" }
            #expect(
                deploys.map { $0["verdict"] as? String } == ["changesMetadata", "changesMetadata", "changesMetadata"])
        }
    }

    /// Returns the results of Authlib's actions at the production org.
    private func authlib(_ acts: [String], key: String, _ program: ForeignProgram) async throws -> NSArray? {
        let arguments = ["https://\(Self.production)", "robot@bikes.example", Self.externalClientAppKey, key]
        var program = program
        program.environment["CONSUMER_SECRET_FILE"] = try program.write(Self.consumerSecret, to: "consumer.secret")
        let said = try await program.succeed(
            try await ForeignProgram.python(), [ForeignProgram.tools + "/authlib_session.py"] + arguments + acts)
        return try json(said) as? NSArray
    }

    @Test(
        "Authlib's grant of RFC 7523 fetches a token, which introspection knows until it is revoked; a wrong key is refused"
    )
    func authlib() async throws {
        try await beside { program, _ in
            let granted = ["Bearer", "https://\(Self.production)"]
            let acts = ["grant", "limits", "introspect", "revoke", "introspect", "revoke"]
            let brought = try await authlib(acts, key: "app.key", program)
            #expect(brought == [granted, 200, true, 200, false, 400] as NSArray)
            let refused = try await authlib(["grant"], key: "wrong.key", program)
            #expect(refused == [["invalid_client", "invalid client credentials"]] as NSArray)
        }
    }

    @Test("A curl and openssl script signs in and uses its token; a wrong key is refused")
    func curl() async throws {
        try await beside { program, _ in
            let proxy = program.environment["HTTPS_PROXY"] ?? ""
            var bare = program
            bare.environment["HTTPS_PROXY"] = nil
            bare.environment["SSL_CERT_FILE"] = nil
            let arguments = ["https://\(Self.production)", "robot@bikes.example", Self.externalClientAppKey]
            let curl = ["--proxy", proxy, "--cacert", "ca/ca.crt"]
            let script = ForeignProgram.examples + "/curl-jwt-bearer.sh"
            let said = try await bare.succeed(script, arguments + ["app.key"] + curl)
            #expect(
                said
                    == "https://\(Self.production): the newest API is /services/data/v67.0, and the org accepts the token.\n"
            )
            let refused = try await bare.run(script, arguments + ["wrong.key"] + curl)
            #expect(refused.status == 1)
            #expect(refused.stderr.contains("invalid client credentials"))
            let untrusting = try await bare.run(script, arguments + ["app.key", "--proxy", proxy])
            #expect(untrusting.status != 0)
            #expect(untrusting.stderr.contains("certificate"))
        }
    }

    @Test("The Python example's own tests pass")
    func pythonExample() async throws {
        let aprity = try AprityProcess()
        let python = try await ForeignProgram.python()
        let example = ForeignProgram(
            in: ForeignProgram.examples + "/python",
            environment: ["APRITY": AprityProcess.binary, "HOME": aprity.home, "PYTHONDONTWRITEBYTECODE": "1"])
        let outcome = try await example.run(python, ["-W", "error", "-m", "unittest"])
        #expect(outcome.status == 0, "\(outcome.stderr)")
        #expect(outcome.stderr.contains("Ran 4 tests"))
    }
}
