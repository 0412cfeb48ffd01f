import ConnectedAppTesting
import Foundation
import HTTPTypes
import JWTBearer
import Synchronization
import Testing

@testable import ConnectedApp

@Suite("App service")
struct AppServiceTests {
    private static let me = Principal(.commandLine, name: "me")
    private static let key = "3MVG9.consumer_key"
    private static let host = "https://acme.my.salesforce.com"

    private static func new(
        _ alias: String, consumerKey: String? = nil, sameAppAs: String? = nil, kind: AppKind? = nil,
        host: String = host, username: String = "integration@acme.example"
    ) -> NewConnection {
        .test(
            alias, loginHost: host, username: username, appKind: kind, consumerKey: consumerKey, sameAppAs: sameAppAs)
    }

    private static func acts(_ world: TestWorld) async throws -> [AuditEvent.Act] {
        try await world.store.events(limit: 1000).reversed().map(\.act)
    }

    /// A world whose org answers, with a connection `prod`.
    private static func reachable(
        time: TestTime = TestTime(), _ change: (inout ScriptedOrg) -> Void = { _ in }
    ) async throws -> (TestWorld, ScriptedTransport) {
        var org = ScriptedOrg { time.now }
        change(&org)
        let transport = org.transport
        return (try await TestWorld.connected(time: time, transport: transport), transport)
    }

    private static func keyPEM(_ pem: String) throws -> RSAKey {
        try RSAKey(pem: pem) { () throws(ConnectedAppError) in nil }
    }

    private static func certificate(_ pem: String, days: Int = 30) async throws -> AppCertificate {
        let key = try keyPEM(pem)
        return try await .selfSigned(
            publicKey: key.publicKey, signer: key, commonName: "imported", now: TestTime().now, days: days,
            randomBytes: { count in (0..<count).map { _ in UInt8.random(in: 0...255) } })
    }

    // MARK: Adding

    @Test("Adding works offline, and creates a key with its certificate")
    func add() async throws {
        let world = try await TestWorld()
        let view = try await world.service.connections.add(Self.new("prod", consumerKey: Self.key), as: Self.me)
        #expect(view.alias == "prod")
        #expect(view.username == "integration@acme.example")
        #expect(view.revision > 0)
        #expect(view.loginHost == Self.host)
        #expect(view.appKind == .externalClientApp)
        #expect(view.consumerKey == Self.key)
        #expect(view.audience.url == Self.host)
        #expect(!view.audience.reason.isEmpty)
        #expect(view.organizationID == nil)
        #expect(!view.isBlocked)
        #expect(view.sharesAppWith.isEmpty)
        #expect(view.warnings.isEmpty)
        #expect(view.certificate.keyBits == 2048)
        #expect(view.certificate.daysLeft == 365)
        #expect(view.createdAt == world.time.now)
        #expect(view.changedAt == world.time.now)
        let target = try await world.service.targets.preferred("prod")
        let publicKey = try await target.publicKey()
        #expect(target.certificate?.belongs(to: publicKey) == true)
        #expect(try await world.service.connections.all(as: Self.me) == [view])
    }

    @Test("The certificates of two connections differ in name and key")
    func distinctCertificates() async throws {
        let world = try await TestWorld()
        let first = try await world.service.connections.add(Self.new("a"), as: Self.me).certificate
        let second = try await world.service.connections.add(Self.new("b"), as: Self.me).certificate
        #expect(first.subject != second.subject)
        #expect(first.serialNumber != second.serialNumber)
        #expect(first.publicKeySHA256 != second.publicKeySHA256)
        #expect(first.subject.contains("aprity a "))
    }

    static let refusedNew: [(name: String, new: NewConnection, cause: Cause)] = [
        ("alias", new("../prod"), .aliasMalformed), ("taken", new("taken"), .aliasTaken),
        ("taken, blank", new(" taken"), .aliasTaken), ("taken, quotes", new("\"taken\""), .aliasTaken),
        ("taken, invisible", new("taken\u{200B}"), .aliasTaken),
        ("taken, same app, blank", new(" taken", sameAppAs: "taken"), .aliasTaken),
        ("taken, same app", new("taken", sameAppAs: "taken"), .aliasTaken),
        ("username", new("x", username: "005"), .usernameMalformed),
        ("host", new("x", host: "https://evil.example"), .hostNotAllowed),
        ("clear text", new("x", host: "http://acme.my.salesforce.com"), .clearTextRefused),
        ("legacy host", new("x", host: "https://login.salesforce.com"), .hostUnfitForAppKind),
        ("undecided", new("x", kind: .connectedApp, host: "http://127.0.0.1:7412"), .audienceUndecided),
        ("key", new("x", consumerKey: "short"), .consumerKeyMalformed),
        ("secret", new("x", consumerKey: "12345678901234567890"), .consumerSecretGiven),
        ("no such app", new("x", sameAppAs: "nobody"), .unknownAlias),
        ("other kind", new("x", sameAppAs: "taken", kind: .connectedApp), .usage),
        ("other key", new("x", consumerKey: "3MVG9.another_key", sameAppAs: "taken"), .usage),
        (
            "size of an existing key",
            NewConnection(alias: "x", loginHost: host, username: "a@b", keySize: .bits2048, sameAppAs: "taken"), .usage
        ),
        (
            "place of an existing key",
            NewConnection(alias: "x", loginHost: host, username: "a@b", keyStore: .sealed, sameAppAs: "taken"), .usage
        ),
        (
            "days of an existing certificate",
            NewConnection(alias: "x", loginHost: host, username: "a@b", certificateDays: 365, sameAppAs: "taken"),
            .usage
        ),
        (
            "allowed host", NewConnection(alias: "x", loginHost: host, username: "a@b", allowedHosts: ["*.evil"]),
            .loginHostMalformed
        ),
        ("audience", NewConnection(alias: "x", loginHost: host, username: "a@b", audience: "x"), .audienceMalformed),
        (
            "authorities",
            NewConnection(alias: "x", loginHost: host, username: "a@b", certificateAuthoritiesPEM: "no PEM"),
            .certificateMalformed
        ),
        ("days", NewConnection(alias: "x", loginHost: host, username: "a@b", certificateDays: 0), .usage),
    ]

    @Test("Invalid settings are rejected when a connection is added, and nothing is stored", arguments: refusedNew)
    func refused(_ row: (name: String, new: NewConnection, cause: Cause)) async throws {
        let world = try await TestWorld()
        _ = try await world.service.connections.add(Self.new("taken", consumerKey: Self.key), as: Self.me)
        let error = await thrownByAwaiting { try await world.service.connections.add(row.new, as: Self.me) }
        #expect(error?.cause == row.cause)
        #expect(try await world.service.connections.all(as: Self.me).map(\.alias) == ["taken"])
        #expect(try await world.records.read { try $0.all(AppRecord.self).count } == 1)
        #expect(try await world.records.read { try $0.all(CredentialRecord.self).count } == 1)
        #expect(try await Self.acts(world) == [.connectionAdded])
    }

    @Test("Blanks and quotes around a new name are removed everywhere")
    func cleanedAlias() async throws {
        let world = try await TestWorld()
        let view = try await world.service.connections.add(Self.new(" 'prod' "), as: Self.me)
        #expect(view.alias == "prod")
        let event = try #require(try await world.store.events(limit: 9).first { $0.act == .connectionAdded })
        #expect(event.connection == "prod")
    }

    @Test("If several add the same alias at once, one succeeds, and the others leave no key")
    func race() async throws {
        let world = try await TestWorld()
        let causes = await withTaskGroup(of: Cause?.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    do {
                        _ = try await world.service.connections.add(Self.new("prod"), as: Self.me)
                        return nil
                    } catch { return (error as? ConnectedAppError)?.cause ?? .internalError }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(causes.count { $0 == nil } == 1)
        #expect(causes.count { $0 == .aliasTaken } == 3)
        #expect(try await world.records.read { try $0.all(CredentialRecord.self).count } == 1)
    }

    @Test("An error about a mistyped alias suggests the right one")
    func unknownAlias() async throws {
        let world = try await TestWorld()
        _ = try await world.service.connections.add(Self.new("production"), as: Self.me)
        let error = await thrownByAwaiting { try await world.service.connections.named("prodution", as: Self.me) }
        #expect(error?.cause == .unknownAlias)
        #expect(error?.subject == "prodution")
        #expect(error?.description.contains("Did you mean production?") == true)
    }

    // MARK: Sharing an app

    @Test("Connections of one app share its key, certificate and Consumer Key, and say so")
    func shared() async throws {
        let world = try await TestWorld()
        let first = try await world.service.connections.add(Self.new("a", consumerKey: Self.key), as: Self.me)
        let second = try await world.service.connections.add(
            Self.new("b", sameAppAs: "a", username: "other@acme.example"), as: Self.me)
        #expect(second.certificate == first.certificate)
        #expect(second.consumerKey == Self.key)
        #expect(second.sharesAppWith == ["a"])
        #expect(try await world.service.connections.named("a", as: Self.me).sharesAppWith == ["b"])
        var changes = ConnectionChanges()
        changes.consumerKey = "3MVG9.another_key"
        _ = try await world.service.connections.change("b", changes, as: Self.me)
        #expect(try await world.service.connections.named("a", as: Self.me).consumerKey == "3MVG9.another_key")
    }

    @Test("The key is removed with the last connection of its app, not before")
    func removed() async throws {
        let world = try await TestWorld()
        _ = try await world.service.connections.add(Self.new("a"), as: Self.me)
        _ = try await world.service.connections.add(Self.new("b", sameAppAs: "a"), as: Self.me)
        func counts() async throws -> [Int] {
            try await world.records.read { reading throws in
                [
                    try reading.all(ConnectionRecord.self).count, try reading.all(AppRecord.self).count,
                    try reading.all(CredentialRecord.self).count, try reading.all(OutboxRecord.self).count,
                ]
            }
        }
        let appID = try await world.service.targets.preferred("a").appID
        try await world.records.write { try $0.save(OutboxRecord(of: .app(appID))) }
        try await world.service.connections.remove("a", as: Self.me)
        #expect(try await counts() == [1, 1, 1, 1])
        #expect(try await world.service.connections.named("b", as: Self.me).sharesAppWith.isEmpty)
        try await world.service.connections.remove("b", as: Self.me)
        #expect(try await counts() == [0, 0, 0, 0])
        let events = try await world.store.events(limit: 3)
        #expect(events.map(\.act) == [.keyDestroyed, .connectionRemoved, .connectionRemoved])
        #expect(events.map { $0.facts["keysDestroyed"] } == [nil, "1", "0"])
        #expect(
            await thrownByAwaiting { try await world.service.connections.remove("b", as: Self.me) }?.cause
                == .unknownAlias)
        #expect(try await world.service.connections.add(Self.new("b"), as: Self.me).revision > 1)
    }

    // MARK: Changing

    @Test("A change to the same values changes nothing")
    func unchanged() async throws {
        let world = try await TestWorld.connected()
        let before = try await world.service.connections.named("prod", as: Self.me)
        world.time.advance(by: .seconds(60))
        var changes = ConnectionChanges()
        changes.username = "integration@acme.example"
        changes.consumerKey = Self.key
        #expect(try await world.service.connections.change("prod", changes, as: Self.me) == before)
        #expect(try await world.store.events(limit: 1).map(\.act) == [.connectionAdded])
    }

    @Test("Each change is made, increments the revision, and leaves the rest unchanged")
    func change() async throws {
        let world = try await TestWorld()
        let before = try await world.service.connections.add(Self.new("prod"), as: Self.me)
        world.time.advance(by: .seconds(60))
        var changes = ConnectionChanges()
        changes.consumerKey = Self.key
        changes.username = "other@acme.example"
        changes.loginHost = "https://acme--uat.sandbox.my.salesforce.com"
        changes.allowedHosts = ["org.example:8443"]
        changes.audience = .to("https://test.salesforce.com")
        changes.acceptedOrganizationID = "00D2E000000ncKP"
        let after = try await world.service.connections.change("prod", changes, as: Self.me)
        #expect(after.consumerKey == Self.key)
        #expect(after.username == "other@acme.example")
        #expect(after.loginHost == "https://acme--uat.sandbox.my.salesforce.com")
        #expect(after.allowedHosts == ["org.example:8443"])
        #expect(after.audience.url == "https://test.salesforce.com")
        #expect(after.organizationID == "00D2E000000ncKPUAY")
        #expect(after.revision > before.revision)
        #expect(after.certificate.sha256 == before.certificate.sha256)
        #expect(after.createdAt == before.createdAt)
        #expect(after.changedAt == world.time.now)
        let event = try #require(try await world.store.events(limit: 1).first)
        #expect(event.act == .connectionChanged)
        #expect(event.connection == "prod")
        #expect(event.principal == Self.me)
        let masked = try ConsumerKey(Self.key).masked
        #expect(
            event.facts == [
                "fields": "consumerKey,username,loginHost,audience,allowedHosts,organizationID",
                "consumerKey": masked, "username": "other@acme.example",
                "loginHost": "https://acme--uat.sandbox.my.salesforce.com", "audience": "https://test.salesforce.com",
            ])
        changes = ConnectionChanges()
        changes.audience = .removed
        #expect(
            try await world.service.connections.change("prod", changes, as: Self.me).audience.url
                == "https://acme--uat.sandbox.my.salesforce.com")
        #expect(
            try await world.store.events(limit: 1).first?.facts == ["fields": "audience", "audience": "default"])
    }

    @Test("A change based on an older revision is rejected completely")
    func conflict() async throws {
        let world = try await TestWorld()
        let seen = try await world.service.connections.add(Self.new("prod"), as: Self.me).revision
        var changes = ConnectionChanges()
        changes.username = "first@acme.example"
        changes.expectedRevision = seen
        let after = try await world.service.connections.change("prod", changes, as: Self.me)
        changes.username = "second@acme.example"
        changes.consumerKey = Self.key
        #expect(
            await thrownByAwaiting { try await world.service.connections.change("prod", changes, as: Self.me) }?.cause
                == .recordChanged)
        #expect(try await world.service.connections.named("prod", as: Self.me) == after)
    }

    static let refusedChanges: [(name: String, set: @Sendable (inout ConnectionChanges) -> Void, cause: Cause)] = [
        ("nothing", { _ in }, .usage), ("only a revision", { $0.expectedRevision = 1 }, .usage),
        ("secret", { $0.consumerKey = "12345678901234567890" }, .consumerSecretGiven),
        ("username", { $0.username = "x" }, .usernameMalformed),
        ("host", { $0.loginHost = "https://evil.example" }, .hostNotAllowed),
        ("unfit host", { $0.loginHost = "https://test.salesforce.com" }, .hostUnfitForAppKind),
        ("audience", { $0.audience = .to("x") }, .audienceMalformed),
        ("org id", { $0.acceptedOrganizationID = "x" }, .usage),
        ("allowed", { $0.allowedHosts = ["*"] }, .loginHostMalformed),
        ("authorities", { $0.certificateAuthoritiesPEM = .to("x") }, .certificateMalformed),
        (
            "good and bad",
            {
                $0.consumerKey = "3MVG9.another_key"
                $0.loginHost = "https://evil.example"
            }, .hostNotAllowed
        ),
    ]

    @Test("An invalid change is rejected completely", arguments: refusedChanges)
    func refusedChange(
        _ row: (name: String, set: @Sendable (inout ConnectionChanges) -> Void, cause: Cause)
    ) async throws {
        let world = try await TestWorld()
        let before = try await world.service.connections.add(Self.new("prod", consumerKey: Self.key), as: Self.me)
        var changes = ConnectionChanges()
        row.set(&changes)
        let made = changes
        #expect(
            await thrownByAwaiting { try await world.service.connections.change("prod", made, as: Self.me) }?.cause
                == row.cause)
        #expect(try await world.service.connections.named("prod", as: Self.me) == before)
        #expect(try await Self.acts(world) == [.connectionAdded])
    }

    @Test("A host in use cannot be removed from the allowed hosts")
    func allowedHostInUse() async throws {
        let world = try await TestWorld()
        var new = Self.new("prod", host: "https://org.example:8443")
        new.allowedHosts = ["org.example:8443"]
        new.audience = "https://login.salesforce.com"
        _ = try await world.service.connections.add(new, as: Self.me)
        var changes = ConnectionChanges()
        changes.allowedHosts = []
        let made = changes
        #expect(
            await thrownByAwaiting { try await world.service.connections.change("prod", made, as: Self.me) }?.cause
                == .hostNotAllowed)
    }

    // MARK: Importing

    @Test("An imported key and certificate replace the former ones, which are removed")
    func imported() async throws {
        let world = try await TestWorld()
        let before = try await world.service.connections.add(Self.new("prod"), as: Self.me)
        let certificate = try await Self.certificate(TestKeys.third)
        let after = try await world.service.certificates.importCredential(
            for: "prod", key: CredentialFile(pem: TestKeys.third), passphrase: nil,
            certificate: CredentialFile(Array(certificate.pem.utf8)),
            as: Self.me)
        #expect(after.certificate.sha256 == certificate.sha256)
        #expect(after.certificate != before.certificate)
        let credentials = try await world.records.read { try $0.all(CredentialRecord.self).map(\.value) }
        #expect(credentials.count == 1)
        #expect(credentials.first?.origin == .imported)
        let publicKey = try await world.service.targets.preferred("prod").publicKey()
        #expect(certificate.belongs(to: publicKey))
        let events = try await world.store.events(limit: 2)
        #expect(events.map(\.act) == [.keyDestroyed, .credentialImported])
        #expect(events.last?.facts == ["sha256": certificate.sha256])
    }

    @Test("An invalid import leaves the former key in place")
    func refusedImport() async throws {
        let world = try await TestWorld()
        let before = try await world.service.connections.add(Self.new("prod"), as: Self.me)
        let (second, third) = (try await Self.certificate(TestKeys.second), try await Self.certificate(TestKeys.third))
        let encrypted = try await OutsideTool.openssl.output(
            ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:secret"], input: Array(TestKeys.third.utf8))
        let rows: [(alias: String, key: String, passphrase: String?, certificate: [UInt8], cause: Cause)] = [
            ("prod", TestKeys.third, nil, second.der, .certificateKeyMismatch),
            ("prod", "nonsense", nil, third.der, .keyMalformed),
            ("prod", TestKeys.third, nil, Array("nonsense".utf8), .certificateMalformed),
            ("prod", third.pem, nil, Array(TestKeys.third.utf8), .keyMalformed),
            ("prod", encrypted, nil, third.der, .passphraseMissing),
            ("prod", encrypted, "wrong", third.der, .passphraseWrong),
            ("prdo", TestKeys.third, nil, third.der, .unknownAlias),
        ]
        for row in rows {
            let error = await thrownByAwaiting {
                try await world.service.certificates.importCredential(
                    for: row.alias, key: CredentialFile(pem: row.key),
                    passphrase: row.passphrase.map { Array($0.utf8) },
                    certificate: CredentialFile(row.certificate), as: Self.me)
            }
            #expect(error?.cause == row.cause)
        }
        #expect(try await world.service.connections.named("prod", as: Self.me) == before)
        _ = try await world.service.certificates.importCredential(
            for: "prod", key: CredentialFile(pem: encrypted), passphrase: Array("secret".utf8),
            certificate: CredentialFile(third.der), as: Self.me)
    }

    // MARK: Using

    @Test("The first sign-in pins the org before its token is sent anywhere")
    func pinned() async throws {
        let (world, _) = try await Self.reachable()
        #expect(
            try await world.service.tokens.accessToken(for: "prod", as: Self.me).organizationID == "00D000000000001EAA")
        #expect(try await world.service.connections.named("prod", as: Self.me).organizationID == "00D000000000001EAA")
        #expect(try await Self.acts(world) == [.connectionAdded, .signedIn, .organizationPinned, .tokenHandedOut])
    }

    @Test("A token of an org other than the pinned one is neither returned nor sent")
    func otherOrg() async throws {
        let (world, transport) = try await Self.reachable()
        var changes = ConnectionChanges()
        changes.acceptedOrganizationID = "00D2E000000ncKPUAY"
        _ = try await world.service.connections.change("prod", changes, as: Self.me)
        let error = await thrownByAwaiting { try await world.service.tokens.accessToken(for: "prod", as: Self.me) }
        #expect(error?.cause == .organizationChanged)
        #expect(
            await thrownByAwaiting { try await world.service.metadata.types(of: "prod", as: Self.me) }?.cause
                == .organizationChanged)
        #expect(transport.requests.allSatisfy { $0.head.path == "/services/oauth2/token" })
        #expect(try await Self.acts(world) == [.connectionAdded, .connectionChanged, .signedIn, .signedIn])
    }

    @Test("A stored token is not used any more when the connection is pinned to another org")
    func repinned() async throws {
        let (world, transport) = try await Self.reachable()
        _ = try await world.service.tokens.accessToken(for: "prod", as: Self.me)
        var changes = ConnectionChanges()
        changes.acceptedOrganizationID = "00D2E000000ncKPUAY"
        _ = try await world.service.connections.change("prod", changes, as: Self.me)
        let before = transport.requests.count
        #expect(
            await thrownByAwaiting { try await world.service.metadata.types(of: "prod", as: Self.me) }?.cause
                == .organizationChanged)
        #expect(transport.requests[before...].allSatisfy { $0.head.path == "/services/oauth2/token" })
    }

    @Test("One token serves many reads; a change of username, key or host causes a new sign-in")
    func sharedToken() async throws {
        let (world, transport) = try await Self.reachable()
        func signIns() -> Int { transport.requests.count { $0.head.path == "/services/oauth2/token" } }
        for _ in 0..<3 {
            _ = try await world.service.tokens.accessToken(for: "prod", as: Self.me)
            _ = try await world.service.metadata.types(of: "prod", as: Self.me)
        }
        #expect(signIns() == 1)
        var changes = ConnectionChanges()
        changes.username = "other@acme.example"
        _ = try await world.service.connections.change("prod", changes, as: Self.me)
        _ = try await world.service.tokens.accessToken(for: "prod", as: Self.me)
        #expect(signIns() == 2)
        let certificate = try await Self.certificate(TestKeys.third)
        _ = try await world.service.certificates.importCredential(
            for: "prod", key: CredentialFile(pem: TestKeys.third), passphrase: nil,
            certificate: CredentialFile(certificate.der), as: Self.me)
        _ = try await world.service.tokens.accessToken(for: "prod", as: Self.me)
        #expect(signIns() == 3)
    }

    @Test("A blocked app signs nothing")
    func blocked() async throws {
        let (world, transport) = try await Self.reachable()
        _ = try await world.service.tokens.accessToken(for: "prod", as: Self.me)
        let before = transport.requests.count
        try await world.records.write { writing throws in
            var app = try #require(try writing.all(AppRecord.self).first).value
            app.block = Block(reason: "drill", principal: Self.me, orderedAt: .distantPast)
            try writing.save(app)
        }
        #expect(
            await thrownByAwaiting { try await world.service.tokens.accessToken(for: "prod", as: Self.me) }?.cause
                == .blocked)
        #expect(
            await thrownByAwaiting { try await world.service.metadata.types(of: "prod", as: Self.me) }?.cause
                == .blocked
        )
        let view = try await world.service.diagnosis.test("prod", as: Self.me) { _ in }
        #expect(view.cause?.code == .blocked)
        #expect(view.signInsUsed == 0)
        #expect(transport.requests[before...].allSatisfy { $0.head.path == "/services/data/" })
    }

    @Test("A connection whose record was altered is neither shown nor used")
    func altered() async throws {
        let (world, transport) = try await Self.reachable()
        try await world.store.write { writing in
            let key = RecordKey(.connection, "prod")
            let row = try #require(try writing.record(key))
            let body = String(decoding: row.body, as: UTF8.self).replacingOccurrences(
                of: "acme.my.salesforce.com", with: "evil.my.salesforce.com")
            try writing.put(
                StoredRecord(
                    key: key, revision: row.revision, body: Data(body.utf8), masterKeyID: row.masterKeyID, tag: row.tag)
            )
        }
        let uses: [@Sendable () async throws -> Void] = [
            { _ = try await world.service.connections.all(as: Self.me) },
            { _ = try await world.service.connections.named("prod", as: Self.me) },
            { _ = try await world.service.tokens.accessToken(for: "prod", as: Self.me) },
            { _ = try await world.service.diagnosis.test("prod", as: Self.me) { _ in } },
            { try await world.service.connections.remove("prod", as: Self.me) },
        ]
        for use in uses {
            let error = await thrownByAwaiting(use)
            #expect(error?.cause == .recordAltered)
            #expect(error?.subject == "connection prod")
        }
        #expect(transport.requests.isEmpty)
    }

    // MARK: The audit record

    @Test("Each act is recorded with its principal, and the audit record contains no secret")
    func audit() async throws {
        let (world, _) = try await Self.reachable()
        var changes = ConnectionChanges()
        changes.username = "other@acme.example"
        _ = try await world.service.connections.change("prod", changes, as: Self.me)
        try await world.service.certificates.recordDownload(
            of: try await world.service.certificates.current(of: "prod", as: Self.me), for: "prod", into: "aprity.crt",
            as: Self.me)
        _ = try await world.service.diagnosis.test("prod", as: Self.me) { _ in }
        let token = try await world.service.tokens.accessToken(for: "prod", as: Self.me)
        _ = try await world.service.metadata.types(of: "prod", as: Self.me)
        let certificate = try await Self.certificate(TestKeys.third)
        _ = try await world.service.certificates.importCredential(
            for: "prod", key: CredentialFile(pem: TestKeys.third), passphrase: nil,
            certificate: CredentialFile(certificate.der), as: Self.me)
        try await world.service.connections.remove("prod", as: Self.me)
        #expect(
            try await Self.acts(world) == [
                .connectionAdded, .connectionChanged, .certificateDownloaded, .signedIn, .organizationPinned,
                .connectionTested, .signedIn, .tokenHandedOut, .metadataRead, .credentialImported, .keyDestroyed,
                .connectionRemoved, .keyDestroyed,
            ])
        let events = try await world.store.events(limit: 100)
        #expect(events.allSatisfy { $0.principal == Self.me && $0.time == world.time.now && $0.outcome == "done" })
        #expect(events.allSatisfy { $0.connection == "prod" })
        let text = String(decoding: try ViewJSON.encode(events), as: UTF8.self)
        #expect(!text.contains(token.accessToken))
        #expect(text.contains(token.accessTokenSHA256))
        #expect(!text.contains("eyJ"))
        #expect(!text.contains("PRIVATE KEY"))
        #expect(!text.contains(Self.key))
    }

    @Test("A test that failed is recorded with its cause")
    func auditFailure() async throws {
        let (world, _) = try await Self.reachable { $0 = $0.refusing("invalid_grant", "audience is invalid") }
        _ = try await world.service.diagnosis.test("prod", as: Self.me) { _ in }
        #expect(try await world.store.events(limit: 1).first?.outcome == "audienceRefused")
    }

    @Test("A token is not returned if that cannot be recorded")
    func auditFirst() async throws {
        struct Full: AuditLog {
            func append(_ event: AuditEvent) async throws { throw ConnectedAppError(.diskFull) }
            func events(_ selection: AuditSelection) async throws -> [AuditEvent] { [] }
        }
        let (world, _) = try await Self.reachable()
        _ = try await world.service.tokens.accessToken(for: "prod", as: Self.me)
        var builder = world.builder
        builder.records = SealedRecords(store: FullStore(world.store), ring: world.records.ring)
        builder.orders = MemoryBlockOrders()
        builder.audit = Full()
        let service = builder.service()
        #expect(
            await thrownByAwaiting { try await service.tokens.accessToken(for: "prod", as: Self.me) }?.cause
                == .diskFull)
        let download = try await service.certificates.current(of: "prod", as: Self.me)
        #expect(
            await thrownByAwaiting {
                try await service.certificates.recordDownload(of: download, for: "prod", into: nil, as: Self.me)
            }?.cause == .diskFull)
    }

    @Test("The latest download is stored with its file name, and removed with its connection")
    func latestDownload() async throws {
        let (world, _) = try await Self.reachable()
        let service = world.service
        #expect(try await service.certificates.latestDownload(of: "prod", as: Self.me) == nil)
        let certificate = try await service.certificates.current(of: "prod", as: Self.me)
        try await service.certificates.recordDownload(
            of: certificate, for: "prod", into: "/a/folder/first.crt", as: Self.me)
        let first = try #require(try await service.certificates.latestDownload(of: "prod", as: Self.me))
        #expect(first.file == "first.crt")
        #expect(first.sha256 == certificate.sha256)
        #expect(first.principal == Self.me)
        #expect(first.time == world.time.now)
        let facts = try await world.store.events(limit: 1).first?.facts
        #expect(facts == ["sha256": certificate.sha256, "file": "first.crt"])

        world.time.advance(by: .seconds(60))
        try await service.certificates.recordDownload(of: certificate, for: "prod", into: nil, as: Self.me)
        let second = try #require(try await service.certificates.latestDownload(of: "prod", as: Self.me))
        #expect(second.file == nil)
        #expect(second.time == world.time.now)

        try await service.connections.remove("prod", as: Self.me)
        let left = try await world.store.read { try $0.records(of: .certificateDownload) }
        #expect(left == [])
        let refused = await thrownByAwaiting {
            try await service.certificates.recordDownload(of: certificate, for: "prod", into: nil, as: Self.me)
        }
        #expect(refused?.cause == .unknownAlias)
    }

    @Test("A token's view shows its fingerprint only")
    func tokenView() async throws {
        let (world, _) = try await Self.reachable()
        let view = try await world.service.tokens.accessToken(for: "prod", as: Self.me)
        var dumped = ""
        dump(view, to: &dumped)
        #expect(view.accessToken == "00D000000000001!scripted")
        #expect(view.tokenType == "Bearer")
        #expect(!dumped.contains("scripted"))
        #expect("\(view)" == "TokenView(\(view.accessTokenSHA256))")
    }
}
