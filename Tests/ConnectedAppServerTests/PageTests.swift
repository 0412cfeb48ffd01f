internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("Pages")
struct PageTests {
    @Test("Every response has the security headers", arguments: Wire.allCases)
    func headers(_ wire: Wire) async throws {
        try await SettingsClient.run(wire) { client in
            try await client.addConnection()
            var replies = [
                try await client.get("/sign-in"), try await client.get("/connections"),
                try await client.get("/nowhere"),
                try await client.get("/assets/settings.css"), try await client.get("/livez"),
                try await client.get("/api/v1/connections"), try await client.send(.delete, "/sign-in"),
                try await client.send(.get, "/", host: "evil.example"),
            ]
            try await client.signIn()
            for path in ["/connections", "/connections/acme", "/connections/nobody", "/connections/acme/aprity.crt"] {
                replies.append(try await client.get(path))
            }
            #expect(replies.first?.headers[.referrerPolicy] == "same-origin", "of the sign-in page, for its form")
            replies[0].headers[.referrerPolicy] = "no-referrer"
            for reply in replies {
                #expect(reply.headers[.cacheControl] == "no-store")
                #expect(
                    reply.headers[.contentSecurityPolicy]
                        == "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
                        + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
                #expect(reply.headers[.xContentTypeOptions] == "nosniff")
                #expect(reply.headers[.referrerPolicy] == "no-referrer")
            }
        }
    }

    @Test("No page has inline scripts or styles, or loads anything from outside")
    func nothingInline() async throws {
        let time = TestTime()
        try await SettingsClient.run(time: time, transport: ScriptedOrg(now: { time.now }).transport) { client in
            try await client.addConnection()
            try await client.signIn()
            let run = try await client.startTest()
            for path in ["/sign-in", "/connections", "/connections/acme", run, "/nowhere"] {
                let page = try await client.get(path).text
                #expect(!page.contains("style="), "\(path)")
                #expect(!page.contains("<style"))
                #expect(!page.contains(" onclick"))
                #expect(!page.contains(" onload"))
                #expect(
                    page.components(separatedBy: "<script").count
                        == page.components(separatedBy: "<script src=\"/").count)
                #expect(!page.contains("src=\"http"))
                #expect(!page.contains("src=\"//"))
                #expect(page.contains("<html lang=\"en\">"))
                #expect(page.components(separatedBy: "<h1").count == 2, "one heading of the first rank: \(path)")
            }
        }
    }

    @Test("The sign-in page names the file of the start token and never the token")
    func signInPage() async throws {
        try await SettingsClient.run { client in
            let page = try await client.get("/sign-in").text
            #expect(page.contains(client.token.path))
            #expect(!page.contains(client.tokenText))
        }
    }

    @Test("The list shows every connection with its state; an empty list says how to add one")
    func list() async throws {
        try await SettingsClient.run { client in
            try await client.signIn()
            #expect(try await client.get("/connections").text.contains("aprity connection add"))
            try await client.addConnection("acme")
            try await client.addConnection("other", consumerKey: nil)
            let page = try await client.get("/connections").text
            for text in [
                "href=\"/connections/acme\"", "href=\"/connections/other\"", "integration@acme.example",
                "External Client App", "365 days left", "Not tested yet", "Needs its Consumer Key",
            ] { #expect(page.contains(text), "\(text)") }
        }
    }

    @Test(
        "A connection's page names the three components and where this kind of app has them",
        arguments: [
            (AppKind.externalClientApp, "External Client App Manager &gt; the app &gt; Settings &gt; OAuth Settings"),
            (
                AppKind.connectedApp,
                "App Manager &gt; the app&#39;s row menu &gt; View &gt; API &gt; Manage Consumer Details"
            ),
        ])
    func components(_ kind: AppKind, _ place: String) async throws {
        try await SettingsClient.run { client in
            try await client.addConnection(appKind: kind)
            try await client.signIn()
            let page = try await client.get("/connections/acme").text
            for text in [
                "Digital certificate", "Consumer Key", "OAuth scopes", place, "3MVG9scriptedConsumerKey",
                "Manage user data via APIs (<code>api</code>)",
                "Perform requests at any time (<code>refresh_token, offline_access</code>)",
                "Admin approved users are pre-authorized", "365 days left",
            ] { #expect(page.contains(text), "\(text)") }
        }
    }

    @Test("The page shows the certificate's own fingerprints, serial number and time")
    func certificateDetails() async throws {
        try await SettingsClient.run { client in
            let view = try await client.addConnection()
            try await client.signIn()
            let page = try await client.get("/connections/acme").text
            let certificate = view.certificate
            #expect(page.contains(ConnectionPage.grouped(certificate.sha256)))
            #expect(page.contains(ConnectionPage.grouped(certificate.sha1)))
            #expect(page.contains(ConnectionPage.grouped(certificate.serialNumber)))
            #expect(page.contains("RSA, 2048 bits"))
            #expect(!page.contains("rotate-certificate"))
            #expect(page.contains("<time datetime=\"\(certificate.notAfter.ISO8601Format())\">"))
        }
    }

    @Test(
        "An expired certificate is shown as expired",
        arguments: [(365, "expires within a day"), (400, "expired 35 days ago")])
    func expired(_ days: Int, _ caption: String) async throws {
        let time = TestTime()
        try await SettingsClient.run(time: time) { client in
            try await client.addConnection()
            time.advance(by: .seconds(days * 86_400 + (days == 365 ? -60 : 3600)))
            try await client.signIn()
            let page = try await client.get("/connections/acme").text
            #expect(page.contains(caption))
            #expect(page.contains("validity tone-\(days == 400 ? "bad" : "warn")"))
            #expect(page.contains("id=\"rotate-certificate\" href=\"/connections/acme/rotation\""))
        }
    }

    @Test("The downloads are the certificate itself, and each is recorded", arguments: Wire.allCases)
    func download(_ wire: Wire) async throws {
        try await SettingsClient.run(wire) { client in
            try await client.addConnection()
            try await client.signIn()
            let certificate = try await client.world.service.certificates.current(
                of: "acme", as: Principal(.commandLine, name: "tester"))
            let pem = try await client.get("/connections/acme/aprity.crt")
            #expect(pem.text == certificate.pem)
            let name = "aprity-acme-\(certificate.sha256.prefix(8))"
            #expect(pem.headers[.contentDisposition] == "attachment; filename=\"\(name).crt\"")
            let der = try await client.get("/connections/acme/aprity.der")
            #expect(der.bytes == certificate.der)
            #expect(der.headers[.contentDisposition] == "attachment; filename=\"\(name).der\"")
            let events = try await client.world.store.events(limit: 10).filter { $0.act == .certificateDownloaded }
            #expect(events.count == 2)
            #expect(events.allSatisfy { $0.principal.channel == .settingsPage })
            #expect(events.allSatisfy { $0.facts["sha256"] == certificate.sha256 })
            #expect(events.map { $0.facts["file"] } == [name + ".der", name + ".crt"])
        }
    }

    @Test("The page shows the latest download, and whether it is the certificate in force")
    func latestDownload() async throws {
        let me = Principal(.commandLine, name: "tester")
        try await SettingsClient.run { client in
            let service = client.world.service
            try await client.addConnection()
            try await client.signIn()
            #expect(!(try await client.get("/connections/acme").text.contains("latest-download")))

            let certificate = try await service.certificates.current(of: "acme", as: me)
            _ = try await client.get("/connections/acme/aprity.crt")
            let downloaded = try await client.get("/connections/acme").text
            #expect(downloaded.contains("<span class=\"break\">aprity-acme-\(certificate.sha256.prefix(8)).crt</span>"))
            #expect(downloaded.contains("<span class=\"text-good\">the certificate in force</span>"))
            #expect(downloaded.contains("by the start token (session "))

            _ = try await service.rotations.begin(of: "acme", as: me)
            let next = try await service.certificates.next(of: "acme", as: me)
            try await service.certificates.recordDownload(of: next, for: "acme", into: "next.crt", as: me)
            let rotating = try await client.get("/connections/acme").text
            #expect(rotating.contains("<span class=\"break\">next.crt</span>"))
            #expect(rotating.contains("<span class=\"text-good\">the next certificate of the rotation</span>"))
            #expect(rotating.contains("<code class=\"sub break\">\(ConnectionPage.grouped(next.sha256))</code>"))
            #expect(rotating.contains("by tester, on the command line"))

            _ = try await service.rotations.abort(of: "acme", as: me)
            let aborted = try await client.get("/connections/acme").text
            #expect(aborted.contains("<span class=\"text-warn\">not the certificate in force</span>"))
        }
    }

    @Test("After a rollback, the page calls a downloaded former certificate by that name")
    func formerDownload() async throws {
        let me = Principal(.commandLine, name: "tester")
        try await SettingsClient.run { client in
            let service = client.world.service
            try await client.addConnection()
            try await client.signIn()
            _ = try await service.rotations.begin(of: "acme", as: me)
            _ = try await service.rotations.confirmUpload(of: "acme", as: me)
            #expect(try await service.rotations.rollBack(of: "acme", as: me).isOtherUnproven)
            let former = try await service.certificates.next(of: "acme", as: me)
            try await service.certificates.recordDownload(of: former, for: "acme", into: "former.crt", as: me)
            let page = try await client.get("/connections/acme").text
            #expect(page.contains("<span class=\"text-good\">the former certificate of the rotation</span>"))
        }
    }

    @Test(
        "A page reads the store once, so it shows one state of it",
        arguments: [
            "", "/rotation", "/compromise", "/guide", "/set-up", "/settings", "/certificate-import", "/removal",
            "/bundle",
        ])
    func oneRead(_ page: String) async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            try await client.signIn()
            _ = try await client.world.service.blocks.reportCompromise(
                of: "acme", reason: "drill", as: Principal(.commandLine, name: "tester"))
            let before = client.world.store.reads
            #expect(try await client.get("/connections/acme" + page).status == 200)
            // The other read is that of the session's rights.
            #expect(client.world.store.reads == before + 2)
        }
    }

    @Test(
        "A problem page links to the sign-in page if signing in resolves the problem",
        arguments: ServerRefusal.Reason.allCases)
    func signInOffered(_ reason: ServerRefusal.Reason) {
        let isMended = [ServerRefusal.Reason.signInRequired, .formRefused].contains(reason)
        #expect(ProblemCard(Problem(ServerRefusal(reason))).needsSignIn == isMended)
    }

    @Test("A problem's card has each sentence only once")
    func problemCards() async throws {
        let plain = ProblemCard(Problem(ConnectedAppError(.unknownAlias)))
        #expect(plain.title == Cause.unknownAlias.entry.summary)
        #expect(plain.addition == nil)
        let named = ProblemCard(Problem(ConnectedAppError(.unknownAlias, subject: "nobody")))
        #expect(named.addition == "nobody")
        let repeated = ConnectedAppError(.unknownAlias, detail: Cause.unknownAlias.entry.summary)
        #expect(ProblemCard(Problem(repeated)).addition == nil)
        let detailed = ConnectedAppError(.unknownAlias, subject: "nobody", detail: "It is not here.")
        #expect(ProblemCard(Problem(detailed)).addition == "nobody: It is not here.")
        #expect(ProblemCard(Problem(ServerRefusal(.notFound))).addition == nil)
        #expect(ProblemCard(Problem(ServerRefusal(.notFound, detail: "No such page."))).addition == "No such page.")
        try await SettingsClient.run { client in
            try await client.signIn()
            let page = try await client.get("/connections/nobody").text
            let body = try #require(page.components(separatedBy: "<main").last)
            #expect(body.components(separatedBy: Cause.unknownAlias.entry.summary).count == 2)
        }
    }

    @Test("An unknown connection leads to a page with cause and remedy, and suggests a similar name")
    func unknownAlias() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            try await client.signIn()
            let reply = try await client.get("/connections/acmee")
            #expect(reply.status == 404)
            #expect(reply.text.contains("Did you mean acme?"))
            #expect(reply.text.contains("Choose the connection in the list of connections."))
            #expect(reply.text.contains("unknownAlias"))
        }
    }

    @Test(
        "A name with markup is shown as text",
        arguments: ["%3Cscript%3Ealert(1)%3C%2Fscript%3E", "a%22%3E%3Cimg%20src=x%3E"])
    func hostileAlias(_ alias: String) async throws {
        try await SettingsClient.run { client in
            try await client.signIn()
            let reply = try await client.get("/connections/\(alias)")
            #expect(reply.status == 404)
            #expect(!reply.text.contains("<script>alert"))
            #expect(!reply.text.contains("<img"))
            #expect(reply.text.contains("&lt;"))
        }
    }

    @Test("Invisible characters in a name become visible")
    func invisibleAlias() async throws {
        try await SettingsClient.run { client in
            try await client.signIn()
            let reply = try await client.get("/connections/a%E2%80%AEb%1Bc%00d")
            #expect(reply.text.contains("a⟨U+202E⟩b⟨U+001B⟩c⟨U+0000⟩d"))
            #expect(!reply.text.unicodeScalars.contains("\u{202E}"))
            #expect(!reply.bytes.contains(0x1B))
            #expect(!reply.bytes.contains(0))
        }
    }

    @Test("Making text visible does not change letters, marks and line breaks")
    func visibleText() {
        let text = "Zürich\n\t東京 <b>&amp; é 👍🏽"
        #expect(VisibleText.of(text) == text)
        #expect(
            VisibleText.of("\r\u{200B}\u{2066}\u{FEFF}\u{2028}\u{E0041}")
                == "⟨U+000D⟩⟨U+200B⟩⟨U+2066⟩⟨U+FEFF⟩⟨U+2028⟩⟨U+E0041⟩")
    }

    @Test("An unknown address is 404; a wrong method is 405, with the allowed methods")
    func methods() async throws {
        try await SettingsClient.run { client in
            try await client.signIn()
            #expect(try await client.get("/nowhere").status == 404)
            #expect(try await client.get("/connections/acme/tests").status == 404)
            let reply = try await client.get("/connections/acme/test")
            #expect(reply.status == 405)
            #expect(reply.headers[.allow] == "POST")
            #expect(try await client.send(.delete, "/connections").headers[.allow] == "GET, HEAD")
            #expect(try await client.send(.put, "/api/v1/connections").members["code"] as? String == "methodNotAllowed")
            let head = try await client.send(.head, "/connections")
            #expect(head.status == 200)
            #expect(head.bytes.isEmpty)
        }
    }
}

extension SettingsClient {
    /// Starts a test with the form and waits until it ends.
    ///
    /// - Returns: The page's path.
    func startTest(_ alias: String = "acme") async throws -> String {
        let reply = try await post("/connections/\(alias)/test", ["formToken": try await formToken()])
        #expect(reply.status == 303)
        let path = try #require(reply.headers[.location])
        _ = try await get(path + "/events", headers: [.accept: "text/event-stream"])
        return path
    }
}
