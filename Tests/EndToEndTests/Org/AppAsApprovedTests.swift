internal import Foundation
internal import Testing

/// An app deployed from a bundle, compared with its approval, repinned, reported, and checked for reality.
@Suite struct AppAsApprovedTests {
    private static let host = "harbour-bikes.my.salesforce.com"
    private static let robotKey = "3MVG9AppOfTheDeployingRobot"
    private static let user = "integration@bikes.example"

    private static func seed(_ certificate: String, _ switches: [String: Any]) -> [String: Any] {
        [
            "switches": switches.merging(["propagation": "instant"]) { $1 },
            "orgs": [
                [
                    "name": "Bikes", "myDomain": host, "allowConnectedAppCreation": true,
                    "users": [
                        ["username": "robot@bikes.example", "profile": "System Administrator"],
                        ["username": user, "profile": "Minimum Access - API Only Integrations"],
                    ],
                    "apps": [
                        [
                            "name": "Robot", "kind": "externalClientApp", "consumerKey": robotKey,
                            "certificatePEM": certificate, "scopes": ["Api", "RefreshToken"],
                            "permittedUsers": "adminApprovedPreAuthorized", "profiles": ["System Administrator"],
                        ] as [String: Any]
                    ],
                ] as [String: Any]
            ],
        ]
    }

    /// Runs the body with an org without aprity's app, to which the admin's deployment user may deploy.
    private func beside(
        _ switches: [String: Any] = [:],
        _ body: @Sendable (AprityProcess, ForeignProgram, ManagedOrg) async throws -> Void
    ) async throws {
        let simulator = try AprityProcess()
        try await ForeignProgram(in: simulator.home).makeKeyPair("robot")
        let certificate = try String(contentsOfFile: simulator.path("robot.crt"), encoding: .utf8)
        let document = try JSONSerialization.data(withJSONObject: Self.seed(certificate, switches))
        let seed = try simulator.write(String(decoding: document, as: UTF8.self), to: "seed.json")
        let command = [
            "simulator", "--port", "0", "--management-port", "0", "--proxy-port", "0", "--make-ca",
            simulator.path("ca"), "--seed", seed,
        ]
        try await simulator.serving(command) { ready in
            let proxy = try #require(ready.proxyURL)
            let aprity = try AprityProcess(environment: ["HTTPS_PROXY": proxy])
            let program = ForeignProgram(
                in: simulator.home,
                environment: ["HTTPS_PROXY": proxy, "REQUESTS_CA_BUNDLE": simulator.path("ca/ca.crt")])
            try await aprity.succeed(["init"])
            let org = ManagedOrg(url: ready.url, management: ready.managementURL ?? "")
            try await body(aprity, program, org)
        }
    }

    private func add(_ aprity: AprityProcess, kind: String, ca: String) async throws {
        try await aprity.succeed([
            "connection", "add", "bikes", "--login-host", "https://" + Self.host, "--username", Self.user, "--app-kind",
            kind, "--ca-file", ca,
        ])
    }

    /// Copies a project into the layout of an archive for the Metadata API.
    private func archived(_ project: String, into folder: String) throws {
        let root = project + "/force-app/main/default"
        let files = FileManager.default.enumerator(atPath: root)
        while let file = files?.nextObject() as? String {
            guard file.hasSuffix("-meta.xml") else { continue }
            let target = folder + "/" + file.dropLast("-meta.xml".count)
            try FileManager.default.createDirectory(
                at: URL(filePath: target).deletingLastPathComponent(), withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: root + "/" + file, toPath: target)
        }
        try FileManager.default.copyItem(atPath: project + "/manifest/package.xml", toPath: folder + "/package.xml")
    }

    /// Runs actions of `simple_salesforce_apps.py`, `deploy:FOLDER` or `retrieve`, and returns their results in order.
    private func perform(_ actions: [String], with program: ForeignProgram) async throws -> [Any] {
        let said = try await program.succeed(
            try await ForeignProgram.python(),
            [
                ForeignProgram.tools + "/simple_salesforce_apps.py", "harbour-bikes.my", "robot@bikes.example",
                Self.robotKey, "robot.key",
            ] + actions)
        return try JSONSerialization.jsonObject(with: Data(said.utf8)) as? [Any] ?? []
    }

    /// Returns the Consumer Key that the org generated for the app `aprity`.
    private func consumerKey(_ org: ManagedOrg) async throws -> String {
        let orgs = try await org.state()["orgs"] as? [[String: Any]] ?? []
        let apps = orgs.first?["apps"] as? [[String: Any]] ?? []
        return try #require(apps.first { $0["name"] as? String == "aprity" }?["consumerKey"] as? String)
    }

    static let bundles: [(kind: String, encoding: String)] = [
        ("external-client-app", "body"), ("external-client-app", "pem"), ("connected-app", "body"),
    ]

    @Test("Deploying an unchanged bundle creates a working app that reaches one user", arguments: bundles)
    func deployed(_ row: (kind: String, encoding: String)) async throws {
        let form = row.encoding == "pem" ? "pem" : "bodyWithoutArmour"
        try await beside(["certificateEncoding": form]) { aprity, program, org in
            try await add(aprity, kind: row.kind, ca: program.folder + "/ca/ca.crt")
            try await aprity.succeed([
                "app", "bundle", "bikes", "--out", "bundle", "--contact-email", "a@bikes.example",
                "--certificate-encoding", row.encoding,
            ])
            try archived(aprity.path("bundle"), into: program.folder + "/deployment")
            let results = try await perform(["deploy:deployment"], with: program)
            #expect(results as NSArray == [["Succeeded", [Any]()]] as NSArray)
            try await org.patch([
                "orgs": [
                    ["name": "Bikes", "users": [["username": Self.user, "permissionSets": ["Aprity_Integration"]]]]
                ]
            ])
            try await aprity.succeed(["connection", "set", "bikes", "--consumer-key", try await consumerKey(org)])
            let view = try await aprity.run("test", "bikes", "--json").json()
            #expect(view["outcome"] as? String == "passes", "\(view["cause"] ?? "")")
            let steps = view["steps"] as? [[String: Any]] ?? []
            let outcomes = Dictionary(
                uniqueKeysWithValues: steps.map { ($0["id"] as? String ?? "", $0["outcome"] as? String ?? "") })
            for id in ["policy", "preauthorization", "reach", "loginRanges", "rights"] {
                #expect(outcomes[id] == "passes", "\(id)")
            }
            let proxy = steps.first { $0["id"] as? String == "proxy" }
            #expect((proxy?["evidence"] as? [String: String])?["egress"]?.hasPrefix("127.0.0.1:") == true)
        }
    }

    @Test("Only the certificate of a retrieved app is patched, and the app works after its deployment")
    func patched() async throws {
        try await beside { aprity, program, org in
            try await add(aprity, kind: "external-client-app", ca: program.folder + "/ca/ca.crt")
            try await aprity.succeed([
                "app", "bundle", "bikes", "--out", "bundle", "--contact-email", "a@bikes.example",
            ])
            try archived(aprity.path("bundle"), into: program.folder + "/first")
            let results = try await perform(["deploy:first", "retrieve"], with: program)
            let files = try #require(results.last as? [String: String])
            try await org.patch([
                "orgs": [
                    ["name": "Bikes", "users": [["username": Self.user, "permissionSets": ["Aprity_Integration"]]]]
                ]
            ])
            try await aprity.succeed(["connection", "set", "bikes", "--consumer-key", try await consumerKey(org)])
            try program.write(files, below: "retrieved")
            let from = program.folder + "/retrieved"
            let check = try await aprity.run("app", "check", "bikes", "--from", from, "--json")
            #expect(check.status == 0, "\(check.stdout)")
            try await aprity.succeed(["app", "bundle", "bikes", "--certificate-only", "--from", from, "--out", "patch"])
            try archived(aprity.path("patch"), into: program.folder + "/second")
            #expect(
                try await perform(["deploy:second"], with: program) as NSArray
                    == [["Succeeded", [Any]()]] as NSArray)
            #expect(try await aprity.run("test", "bikes").status == 0)
        }
    }

    // MARK: Drift

    @Test("An added scope is reported with its time and author; once it is approved, its removal is reported")
    func drift() async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            try await org.save([
                "orgs": [
                    [
                        "name": "Harbour Bikes",
                        "permissionSets": [
                            [
                                "name": "Aprity_Integration",
                                "userPermissions": [
                                    "ApiEnabled", "ModifyMetadata", "ViewSetup", "ViewRoles", "CustomizeApplication",
                                ],
                            ] as [String: any Sendable]
                        ] as [any Sendable],
                    ] as [String: any Sendable]
                ] as [any Sendable]
            ])
            let before = try await aprity.run("app", "check", "bikes", "--json")
            #expect(before.status == 0, "\(before.stdout)")
            try await org.saveApp(["scopes": ["Api", "RefreshToken", "Web"]])
            let after = try await aprity.run("app", "check", "bikes", "--json")
            #expect(after.status == 1)
            let settings = try after.json()["settings"] as? [[String: Any]] ?? []
            let scopes = try #require(settings.first { $0["setting"] as? String == "scopes" })
            #expect(scopes["outcome"] as? String == "differs")
            #expect(scopes["found"] as? String == "Api, RefreshToken, Web")
            #expect(scopes["firstSeenAt"] is String)
            #expect(scopes["changedBy"] is String)
            #expect(settings.filter { $0["outcome"] as? String == "differs" }.count == 1)
            #expect(try await aprity.run("app", "check", "bikes", "--approve").status == 0)
            try await org.saveApp(["scopes": ["Api", "RefreshToken"]])
            #expect(try await aprity.run("app", "check", "bikes").status == 1)
        }
    }

    // MARK: Other commands

    @Test("A refreshed sandbox is pinned again only if the org that answers is the expected one")
    func repin() async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            try await aprity.succeed(["test", "bikes"])
            let new = "00D000000000065EAA"
            let early = try await aprity.run("connection", "repin", "bikes", "--expect", new)
            #expect(early.status == 1)
            #expect(early.stderr.contains("answered"))
            try await org.changeOrganizationID(to: new)
            #expect(try await aprity.run("test", "bikes").status == 1)
            let done = try await aprity.run("connection", "repin", "bikes", "--expect", new, "--json")
            let pinned = try done.json()["organizationID"] as? String
            #expect(done.status == 0)
            #expect(pinned == new)
            #expect(try await aprity.run("test", "bikes").status == 0)
            #expect(try await aprity.run("connection", "repin", "bikes", "--expect", "nonsense").status == 64)
        }
    }

    @Test("A report can be shared: it has no username, Consumer Key or secret, in Markdown and in JSON")
    func report() async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            let key =
                try await aprity.run("connection", "show", "bikes", "--json").json()["consumerKey"] as? String ?? ""
            try await org.saveApp(["certificatePEM": NSNull()])
            for format in [["--out", "report.md"], ["--out", "report.json"], ["--json"]] {
                let run = try await aprity.run(["report", "bikes"] + format)
                #expect(run.status == 0)
                let file = format.last ?? ""
                let text =
                    file == "--json" ? run.stdout : try String(contentsOfFile: aprity.path(file), encoding: .utf8)
                // The probe's id is only in JSON; Markdown shows what the probe asks.
                #expect(text.contains("signatureRefused") && text.contains("nonsenseUsername") || file == "report.md")
                for secret in [ManagedOrg.integrationUser, key, "eyJ", "PRIVATE"] {
                    #expect(!secret.isEmpty, "\(secret) in \(file)")
                    #expect(!text.contains(secret), "\(secret) in \(file)")
                }
            }
            let shown = try await aprity.run("report", "bikes", "--show-names").stdout
            #expect(shown.contains(ManagedOrg.integrationUser))
            #expect(shown.contains(key))
            let before = try await org.history().count
            for unusable in ["report.md", "nowhere/report.md"] {
                #expect(try await aprity.run("report", "bikes", "--out", unusable).status == 73)
            }
            // Reported before any request to the org.
            #expect(try await org.history().count == before)
        }
    }

    /// Switches of the embedded org, which a reality check must find.
    static let realities: [[String: any Sendable]] = [
        [
            "unknownConsumerKey": "clientIdentifierInvalid", "signatureMismatch": "invalidClient",
            "acceptStringExp": true, "acceptPrn": true, "enforceReplay": false, "reuseToken": true,
            "legacyAudienceForExternalClientApp": false, "leewaySeconds": 60,
        ],
        [
            "unknownConsumerKey": "appNotFound", "signatureMismatch": "invalidAssertion", "acceptStringExp": false,
            "acceptPrn": false, "enforceReplay": true, "reuseToken": false, "legacyAudienceForExternalClientApp": true,
            "leewaySeconds": 0, "maximumLifetimeSeconds": 300,
        ],
    ]

    @Test(
        "A reality check finds the org's settings, in both variants, and its transcript names nobody",
        arguments: realities.indices)
    func realityCheck(_ index: Int) async throws {
        let switches = Self.realities[index]
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            try await org.save(["switches": switches])
            let run = try await aprity.run("reality-check", "bikes", "--yes", "--json", "--out", "reality.json")
            #expect(run.status == 0, "\(run.stderr)")
            let found = (try run.json()["simulator"] as? [String: Any])?["switches"] as? [String: Any] ?? [:]
            for (name, value) in switches {
                #expect("\(found[name] ?? "missing")" == "\(Self.asJSON(value))", "\(name)")
            }
            // The transcript's switches can be used in a simulator unchanged.
            try await org.patch(["switches": found])
            let text = run.stdout + (try String(contentsOfFile: aprity.path("reality.json"), encoding: .utf8))
            for name in [ManagedOrg.integrationUser, "127.0.0.1", "3MVG9", "00D"] {
                #expect(!text.contains(name), "\(name)")
            }
        }
        #expect(try await aprity.run("reality-check", "bikes").status == 64)
    }

    /// Converts a value to the form that it has in a parsed document.
    private static func asJSON(_ value: any Sendable) -> Any {
        if let flag = value as? Bool { return flag ? 1 : 0 }
        return value
    }
}
