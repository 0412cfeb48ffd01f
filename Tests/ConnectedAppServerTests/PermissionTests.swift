internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

/// Each kind of credential against each row of the table. A new route is tested by itself.
@Suite("The table of permissions")
struct PermissionTests {
    private static let rows = Permissions.rows

    private func key(_ method: HTTPRequest.Method, _ path: String) -> String { "\(method.rawValue) \(path)" }

    /// The row's path with values in place of names.
    private func path(_ row: Permissions.Row, alias: String) -> String {
        row.path.replacing("{alias}", with: alias).replacing("{run}", with: "1").replacing("{code}", with: "usage")
            .replacing("{task}", with: "user")
    }

    /// Sends a row's request in the session of the client. A form has the session's token and no other field.
    private func visit(_ row: Permissions.Row, alias: String, _ client: SettingsClient) async throws -> Reply {
        let path = path(row, alias: alias)
        guard row.method == .post else { return try await client.send(row.method, path) }
        return try await client.post(path, ["formToken": try await client.formToken()])
    }

    private func sessionRows() -> [(row: Permissions.Row, right: Right)] {
        Self.rows.compactMap { row in
            guard case .session(let right) = row.admission, row.path != "/sign-out" else { return nil }
            return (row, right)
        }
    }

    private func programRows() -> [(row: Permissions.Row, right: Right, showsOnlyOwn: Bool)] {
        Self.rows.compactMap { row in
            guard case .program(let right, let showsOnlyOwn) = row.admission else { return nil }
            return (row, right, showsOnlyOwn)
        }
    }

    @Test("The router and the table have the same routes")
    func sameRoutes() async throws {
        try await SettingsClient.run { client in
            let served = client.routes.map { key($0.method, $0.path) }
            let listed = Self.rows.map { key($0.method, $0.path) }
            #expect(Set(served).subtracting(listed) == [])
            #expect(Set(listed).subtracting(served) == [])
            #expect(listed.count == Set(listed).count)
        }
    }

    @Test("No page has a row for programs, and no route of the API one for sessions")
    func kinds() {
        for row in Self.rows {
            let isAPI = row.path.hasPrefix(APIRoutes.prefix)
            switch row.admission {
            case .program: #expect(isAPI, "\(row.path)")
            case .session, .anyone, .monitor: #expect(!isAPI, "\(row.path)")
            }
        }
    }

    @Test("Only a GET shows something without changing it")
    func rightsOfMethods() {
        for row in Self.rows where row.method != .get {
            switch row.admission {
            case .session(let right), .program(let right, _): #expect(right != .see, "\(row.path)")
            case .anyone: #expect(row.path == "/sign-in")
            case .monitor: Issue.record("\(row.path)")
            }
        }
    }

    @Test("Without a credential, exactly the open routes answer", arguments: Wire.allCases)
    func withoutCredential(_ wire: Wire) async throws {
        try await SettingsClient.run(wire) { client in
            for row in Self.rows {
                let reply = try await client.send(
                    row.method, path(row, alias: "acme"), headers: [.secFetchSite: "same-origin"])
                switch row.admission {
                case .anyone: #expect(![303, 401, 403].contains(reply.status), "\(row.path)")
                case .program, .monitor: expectProblem(reply, 401, "signInRequired", "\(row.path)")
                case .session where row.method == .get:
                    #expect(reply.status == 303, "\(row.path)")
                    #expect(reply.headers[.location]?.hasPrefix("/sign-in") == true, "\(row.path)")
                case .session: #expect(reply.status == 403, "\(row.path)")
                }
            }
        }
    }

    @Test("A role User gets every page that changes nothing, and 403 for everything else")
    func roleUser() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            try await client.addAccount("root", .admin)
            try await client.addAccount("bob", .user)
            #expect(try await client.signIn(as: "bob").status == 303)
            for (row, right) in sessionRows() {
                // A stream of an existing page does not end.
                let reply = try await visit(row, alias: row.path.hasSuffix("/events") ? "nobody" : "acme", client)
                switch right {
                case .change:
                    #expect(reply.status == 403, "\(row.path)")
                    #expect(reply.text.contains("<code>forbidden</code>"), "\(row.path)")
                case .own, .see:
                    #expect(![401, 403].contains(reply.status), "\(row.path)")
                    #expect(reply.headers[.location]?.hasPrefix("/sign-in") != true, "\(row.path)")
                }
            }
            #expect(try await client.world.store.events(limit: 100).filter { $0.act == .appBlocked }.isEmpty)
        }
    }

    @Test("A role Admin and the start token may send every form", arguments: ["alice", nil])
    func roleAdmin(_ account: String?) async throws {
        try await SettingsClient.run { client in
            if let account {
                try await client.addAccount(account)
                #expect(try await client.signIn(as: account).status == 303)
            } else {
                try await client.signIn()
            }
            // No connection has this name, so no request does anything.
            for (row, _) in sessionRows() {
                let reply = try await visit(row, alias: "nobody", client)
                #expect(![401, 403].contains(reply.status), "\(row.path)")
                #expect(reply.headers[.location]?.hasPrefix("/sign-in") != true, "\(row.path)")
            }
        }
    }

    @Test("A token to read gets every request that changes nothing, and 403 for everything else")
    func readingToken() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            let token = try await client.addToken("reader", .read)
            for (row, right, _) in programRows() {
                let reply = try await client.send(row.method, path(row, alias: "acme"), bearer: token)
                switch right {
                case .change: expectProblem(reply, 403, "forbidden", "\(row.path)")
                case .own, .see: #expect(![401, 403].contains(reply.status), "\(row.path)")
                }
            }
        }
    }

    @Test("A token for everything may send every request")
    func unlimitedToken() async throws {
        try await SettingsClient.run { client in
            let token = try await client.addToken("deploy", .everything)
            for (row, _, _) in programRows() {
                let reply = try await client.send(row.method, path(row, alias: "nobody"), bearer: token)
                #expect(![401, 403].contains(reply.status), "\(row.path)")
            }
        }
    }

    @Test("A token for named connections gets nothing about others, and nothing about all")
    func limitedToken() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection("acme")
            try await client.addConnection("other", consumerKey: "3MVG9another")
            let token = try await client.addToken("deploy", .everything, connections: ["acme"])
            for (row, right, showsOnlyOwn) in programRows() {
                let reply = try await client.send(row.method, path(row, alias: "other"), bearer: token)
                if showsOnlyOwn {
                    #expect(reply.status == 200, "\(row.path)")
                } else {
                    expectProblem(reply, 403, "forbidden", "\(row.path)")
                }
                guard row.path.contains("{alias}"), right == .see else { continue }
                let own = try await client.send(row.method, path(row, alias: "acme"), bearer: token)
                #expect(![401, 403].contains(own.status), "\(row.path)")
            }
            let list = try await client.send(.get, "/api/v1/connections", bearer: token)
            #expect(try list.json([ConnectionView].self).map(\.alias) == ["acme"])
        }
    }

    @Test("An encoded name of a connection counts as the name itself")
    func encodedAlias() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection("acme")
            try await client.addConnection("other", consumerKey: "3MVG9another")
            let token = try await client.addToken("reader", connections: ["acme"])
            #expect(try await client.send(.get, "/api/v1/connections/ac%6De", bearer: token).status == 200)
            let other = try await client.send(.get, "/api/v1/connections/othe%72", bearer: token)
            expectProblem(other, 403, "forbidden")
        }
    }

    @Test("The metrics accept a token for all connections, and no other API token")
    func monitor() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection("acme")
            let all = try await client.addToken("monitor")
            let some = try await client.addToken("limited", connections: ["acme"])
            #expect(try await client.send(.get, "/metrics", bearer: all).status == 200)
            expectProblem(try await client.send(.get, "/metrics", bearer: some), 403, "forbidden")
        }
    }

    @Test("HEAD needs the same as GET")
    func head() async throws {
        try await SettingsClient.run { client in
            for (path, status) in [("/api/v1/connections", 401), ("/connections", 303), ("/metrics", 401)] {
                let reply = try await client.send(.head, path)
                #expect(reply.status == status, "\(path)")
            }
        }
    }

    @Test("A role User sees stored values as text and no buttons, and once per page who can change something")
    func seenForms() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            try await client.addAccount("root", .admin)
            try await client.addAccount("bob", .user)
            #expect(try await client.signIn(as: "bob").status == 303)
            for page in ["/connections/acme", "/connections/acme/settings", "/add-connection"] {
                let text = try await client.get(page).text
                #expect(text.split(separator: "<button").count == 2, "only that of signing out: \(page)")
                let sentence = "You have the role User: you can see these settings, but only an admin can change them."
                #expect(text.components(separatedBy: sentence).count == 2, "\(page)")
                #expect(!text.contains("<input type=\"text\""), "\(page)")
            }
            let settings = try await client.get("/connections/acme/settings").text
            #expect(settings.contains("<dt>Login host</dt><dd class=\"break\">https://acme.my.salesforce.com</dd>"))
            #expect(settings.contains("<dt>Audience</dt><dd class=\"break\">–</dd>"))
            let account = try await client.get("/account").text
            #expect(account.contains("Change the password</button>"))
            #expect(!account.contains("only an admin can change it"))
        }
    }

    @Test("Forms become lists of their values, or nothing; searches and own forms stay")
    func seenFormsOfText() {
        let search = "<form method=\"get\" action=\"/audit\"><button>Show</button></form>"
        let out = "<form method=\"post\" action=\"/sign-out\"><button>Sign out</button></form>"
        let fields =
            "<input type=\"hidden\" name=\"formToken\" value=\"s\"><label for=\"n\">Name</label>\n"
            + "<input id=\"n\" type=\"text\" value=\"a&lt;b\"><label for=\"p\">Password</label>"
            + "<input id=\"p\" type=\"password\"><button\n class=\"b\">Go</button></form>"
        let values = "<form data-values class=\"a\" method=\"post\" action=\"/users\">" + fields
        let act = "<form method=\"post\" action=\"/block\">" + fields
        let shown = SeenForms.of("<main id=\"content\"><p>a</p>" + search + values + act + out + "<p>b</p></main>")
        let sentence =
            "<p class=\"alert\" id=\"seen-only\">You have the role User: you can see these settings, but only an admin can "
            + "change them.</p>\n"
        let seen = "<dl class=\"facts seen\">\n<div><dt>Name</dt><dd class=\"break\">a&lt;b</dd></div>\n</dl>\n"
        #expect(
            shown == "<main id=\"content\">" + sentence + "<p>a</p>" + search + seen + out + "<p>b</p></main>")
        let links = "<main><a href=\"/audit\">Audit</a><a class=\"b\" data-admin href=\"/x\">Change</a></main>"
        #expect(SeenForms.of(links) == "<main><a href=\"/audit\">Audit</a></main>")
        #expect(SeenForms.of("<main>" + search + "</main>") == "<main>" + search + "</main>")
    }
}
