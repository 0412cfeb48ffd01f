internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("Errors on pages")
struct PageErrorTests {
    /// Expects that no text of a problem on a page names an option or a command of aprity.
    private func expectNoCommand(_ problem: Problem, _ comment: Comment) {
        for text in [problem.titleOnPage, problem.addition ?? "", problem.remedyOnPage] {
            #expect(!text.contains(#/(^|[\s`(])--[a-z]/#), comment)
            for words in ["`aprity ", "Run the command", "run the command", "passphrase file", "ALIAS"] {
                #expect(!text.contains(words), comment)
            }
        }
    }

    @Test("No error names an option or a command of aprity on a page", arguments: Cause.allCases)
    func causes(_ cause: Cause) {
        expectNoCommand(Problem(ConnectedAppError(cause, connection: "acme")), "\(cause)")
    }

    @Test("No refusal of the server names a command on a page", arguments: ServerRefusal.Reason.allCases)
    func refusals(_ reason: ServerRefusal.Reason) {
        expectNoCommand(Problem(ServerRefusal(reason)), "\(reason)")
    }

    /// Errors with a remedy of their own that a page can show.
    enum Own: CaseIterable, Sendable {
        case noPKCS12, unknownMyDomain, noContact

        func fail() async throws {
            switch self {
            case .noPKCS12:
                _ = try await PKCS12.read(CredentialFile(pem: TestKeys.first), keyName: nil, passphrase: [])
            case .unknownMyDomain: _ = try LoginHost("https://acme.strange.my.salesforce.com")
            case .noContact:
                let world = try await TestWorld.connected(.test("acme"))
                _ = try await world.service.bundles.make(
                    for: "acme", BundleRequest(), as: Principal(.commandLine, name: "tester"))
            }
        }
    }

    @Test("Errors with a remedy of their own name fields and pages", arguments: Own.allCases)
    func ownRemedies(_ own: Own) async throws {
        let error = await #expect(throws: ConnectedAppError.self) { try await own.fail() }
        expectNoCommand(Problem(try #require(error)), "\(own)")
    }

    @Test("Each remedy that names an option or a command in the sources has another one for the page")
    func sources() throws {
        // A page never shows these errors, or `refusals` tests them.
        let others: Set = [
            "AuditCheckpoint.swift", "HomeLock.swift", "InterruptedRestore.swift", "MetadataChanges.swift",
            "MetadataPull.swift",
            "SameKey.swift",
            "ServerRefusal.swift", "SettingsServer.swift",
        ]
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources")
        for target in ["ConnectedApp", "ConnectedAppServer", "ConnectedAppSQLite"] {
            let folder = root.appending(path: target)
            let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
            for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
                guard !others.contains(file.lastPathComponent) else { continue }
                let text = try String(contentsOf: file, encoding: .utf8)
                for match in text.matches(of: #/remedy:\s*"[^"]*(?:`aprity |--[a-z])[^"]*"/#) {
                    let after = text[match.range.upperBound...].prefix(300)
                    #expect(after.contains("remedyOnPage:"), "\(file.lastPathComponent): \(match.output)")
                }
            }
        }
    }

    @Test("An error's page has the header and the navigation if somebody is signed in", arguments: Wire.allCases)
    func header(_ wire: Wire) async throws {
        try await SettingsClient.run(wire) { client in
            let stranger = try await client.get("/no/such/page")
            #expect(stranger.status == 404)
            #expect(!stranger.text.contains("<nav aria-label=\"Main\">"))
            try await client.addAccount("bob", .user)
            try await client.addAccount("root", .admin)
            _ = try await client.signIn(as: "bob")
            for (path, status) in [("/no/such/page", 404), ("/users", 403), ("/connections/nobody", 404)] {
                let reply = try await client.get(path)
                #expect(reply.text.contains("<nav aria-label=\"Main\">"), "\(path)")
                #expect(reply.text.contains("<a href=\"/account\">bob</a>"), "\(path)")
                #expect(!reply.text.contains("href=\"/sign-in\""), "\(path)")
                #expect(reply.status == status, "\(path)")
            }
            let form = try await client.post("/account", ["act": "sign-out-everywhere", "formToken": "wrong"])
            #expect(form.status == 403)
            #expect(form.text.contains("<nav aria-label=\"Main\">"))
            let token = try await client.formToken(on: "/no/such/page")
            #expect(try await client.post("/sign-out", ["formToken": token]).status == 303)
        }
    }

    @Test("The sign-in page names the start token's file only on the server's machine, and not under the public URL")
    func startTokenFile() async throws {
        let publicURL = try PublicURL("https://aprity.acme.example")
        for peer in ["127.0.0.1", "::1", "10.0.0.7", "2001:db8::1"] {
            try await SettingsClient.run(publicURL: publicURL, peer: peer) { client in
                let isLocal = ["127.0.0.1", "::1"].contains(peer)
                let page = try await client.get("/sign-in").text
                #expect(page.contains(client.token.path) == isLocal, "\(peer)")
                #expect(page.contains("name=\"startToken\""))
                let outside = try await client.send(.get, "/sign-in", host: "aprity.acme.example").text
                #expect(!outside.contains(client.token.path), "\(peer)")
                #expect(outside.contains("name=\"startToken\""))
                let wrong = try await client.post("/sign-in", ["startToken": "guess"]).text
                #expect(wrong.contains(client.token.path) == isLocal, "\(peer)")
            }
        }
    }

    @Test("The start token signs in although the disk is full, so that an app can be blocked")
    func fullDisk() async throws {
        func onFullDisk(_ world: TestWorld) throws -> AppService {
            let store = FailingStore(world.store)
            store.failWrites(1_000)
            var builder = world.builder
            builder.records = SealedRecords(store: store, ring: try MasterKeyRing.test())
            return builder.service()
        }
        try await SettingsClient.run(makeService: onFullDisk) { client in
            try await client.signIn()
            #expect(try await client.get("/connections").status == 200)
            #expect(client.world.surroundings.troubles.counts[.auditRecord] == 1)
            let events = try await client.world.store.events(limit: 5)
            #expect(!events.contains { $0.act == .settingsSignIn })
        }
    }
}
