internal import ConnectedApp
internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Testing

/// How the page and the API show a connection's state, past tests and causes.
@Suite("State, past tests and causes on the page")
struct StateAndHistoryTests {
    /// Runs with a connection `acme` whose test was refused.
    private static func afterRefusedTest(
        _ error: String = "invalid_grant", _ description: String = "inactive user",
        _ body: @Sendable (SettingsClient, _ path: String) async throws -> Void
    ) async throws {
        let time = TestTime()
        let org = ScriptedOrg { time.now }.refusing(error, description)
        try await SettingsClient.run(time: time, transport: org.transport) { client in
            try await client.addConnection()
            try await client.signIn()
            let start = try await client.post("/connections/acme/test", ["formToken": try await client.formToken()])
            let path = try #require(start.headers[.location])
            _ = try await client.get(path + "/events", headers: [.accept: "text/event-stream"])
            try await body(client, path)
        }
    }

    @Test("The list and the page show a connection whose last test failed as not working, with time and reason")
    func state() async throws {
        try await Self.afterRefusedTest { client, path in
            let list = try await client.get("/connections").text
            #expect(list.contains("tone-bad\">Does not work</span>"))
            #expect(list.contains("seen <time datetime="))
            let page = try await client.get("/connections/acme").text
            #expect(page.contains("tone-bad\">Does not work</span>"))
            #expect(page.contains("The user is inactive. Seen <time"))
            #expect(page.contains("<a href=\"\(path)\">The test</a>"))
            let view = try await client.api(.get, "/connections/acme").json(ConnectionView.self)
            #expect(view.state.code == .fails)
            #expect(view.state.cause == .userInactive)
        }
    }

    @Test("The page and the API list past tests and show each of them")
    func history() async throws {
        try await Self.afterRefusedTest { client, path in
            let page = try await client.get("/connections/acme").text
            #expect(page.contains("<h2 id=\"tests\">Tests</h2>"))
            #expect(page.contains("<a href=\"\(path)\"><time"))
            let tests = try await client.api(.get, "/connections/acme/tests").json([TestSummaryView].self)
            #expect(tests.map(\.code) == [.userInactive])
            #expect(path.hasSuffix(try #require(tests.first?.id)))
            #expect(try await client.api(.get, "/connections/none/tests").status == 404)
        }
    }

    @Test("The server has a page for each cause, which a failed test links to and which links to others")
    func causes() async throws {
        try await Self.afterRefusedTest { client, path in
            #expect(
                try await client.get(path).text.contains(
                    "<a href=\"/causes/userInactive\"><code>userInactive</code></a>"))
            let page = try await client.get("/causes/userNotApproved")
            #expect(page.status == 200)
            #expect(page.text.contains("<code class=\"break\">user hasn&#39;t approved this consumer</code>"))
            #expect(page.text.contains("<a href=\"/causes/usernameUnknown\">"))
            #expect(!page.text.contains(".md"))
            #expect(try await client.get("/causes").text.contains("<a href=\"/causes/orgUnavailable\">"))
            #expect(try await client.get("/causes/nothing").status == 404)
        }
    }

    @Test("The verdict names no command if the page has a button, and lists causes that only the wording rules out")
    func remedies() async throws {
        try await Self.afterRefusedTest("invalid_client", "invalid client credentials") { client, path in
            let page = try await client.get(path).text
            let verdict = page.components(separatedBy: "id=\"verdict\"").last?.components(separatedBy: "</section>")
                .first
            #expect(verdict?.contains("Download the certificate on the page of the connection") == true)
            #expect(verdict?.contains("href=\"/connections/acme#components\">Download the certificate</a>") == true)
            #expect(verdict?.contains("As a command") == false)
            #expect(verdict?.contains("If the org's message has another meaning here") == true)
        }
    }
}
