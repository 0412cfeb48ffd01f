import Foundation
import Testing

@testable import OrgSimulator

@Suite("Setup pages")
struct SetupPageTests {
    @Test("Every page has a title, no script, escapes its values, and never shows when a certificate expires")
    func everyPage() async throws {
        let client = try SetupClient.withBothKinds(label: #"<script>"&'"#)
        for path in try await client.pages + ["/"] {
            let answer = await client.get(path)
            #expect(answer.status == 200, "\(path)")
            let text = answer.text
            #expect(text.contains("Simulation — this is not Salesforce"), "\(path)")
            #expect(!text.contains("<script"), "\(path)")
            #expect(!text.contains("style=\""), "\(path)")
            #expect(!text.contains(" onclick"), "\(path)")
            #expect(text.components(separatedBy: "<h1>").count == 2, "\(path)")
            #expect(!text.contains("2126"), "\(path)")
            #expect(!text.localizedCaseInsensitiveContains("valid until"), "\(path)")
            #expect(!text.contains(TokenCase.consumerKey), "\(path)")
        }
        let list = await client.get(SetupPlace.appManager.path).text
        #expect(list.contains("&lt;script&gt;&quot;&amp;&#39;"))
    }

    @Test("Headers forbid the browser to run scripts, to store pages and to send forms elsewhere")
    func headers() async throws {
        let client = try SetupClient()
        for answer in [await client.get(SetupPlace.home.path), await client.get("/lightning/setup/Nowhere/home")] {
            let headers = Dictionary(uniqueKeysWithValues: answer.headers.map { ($0.name, $0.value) })
            #expect(headers["Cache-Control"] == "no-store")
            #expect(headers["Referrer-Policy"] == "same-origin")
            let policy = try #require(headers["Content-Security-Policy"])
            #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
            #expect(policy.contains("form-action 'self'"))
        }
    }

    @Test(
        "Only an org has Setup; login hosts and foreign names do not",
        arguments: [
            (SetupClient.host, 200), ("127.0.0.1:7412", 200), ("login.salesforce.com", 404),
            ("test.salesforce.com", 404), ("evil.example", 404),
        ])
    func hosts(_ host: String, _ status: Int) async throws {
        let client = try SetupClient()
        #expect(await client.get(SetupPlace.home.path, host: host).status == status)
        #expect(await client.get("/", host: "login.salesforce.com").text.contains("not Salesforce"))
    }

    @Test("/setup redirects to Setup Home, and unknown pages are 404")
    func paths() async throws {
        let client = try SetupClient.withApp(.connectedApp)
        for path in ["/setup", "/lightning/setup", "/setup/"] {
            let answer = await client.get(path)
            #expect(answer.status == 303)
            #expect(answer.location == SetupPlace.home.path)
        }
        let id = try await client.app.id
        for path in [
            "/setup/x", "/lightning/setup/X/home", SetupPlace.users.path("x", "view"),
            SetupPlace.externalClientApps.path(id, "settings"), SetupPlace.appManager.path(id, "block"),
            SetupPlace.manageConnectedApps.path(id, "block"), SetupPlace.home.path + "/more",
        ] {
            #expect(await client.get(path).status == 404, "\(path)")
        }
        let answer = await client.org.send("DELETE", SetupPlace.home.path)
        #expect(answer.status == 405)
    }

    @Test(
        "Quick Find finds the names in the guides",
        arguments: [
            ("App Manager", "App Manager"), ("external client", "External Client App Manager"),
            ("Connected Apps", "Manage Connected Apps"), ("connected apps", "Connected Apps OAuth Usage"),
            ("External Client Apps", "OAuth Usage"), ("Permission Sets", "Permission Sets"),
            ("login history", "Login History"), ("My Domain", "My Domain"),
            ("API Access", "API Access Control"), ("org time", "Org Time"),
        ])
    func quickFind(_ typed: String, _ found: String) async throws {
        let client = try SetupClient()
        let page = await client.get(SetupPlace.home.path + "?find=" + TestOrg.escaped(typed)).text
        let menu = page.components(separatedBy: "</nav>")[0]
        #expect(menu.contains(">\(found)</a>"))
        #expect(!menu.contains(">Users</a>"))
    }

    @Test("A form without its token, or from another site, is refused and changes nothing")
    func forged() async throws {
        let client = try SetupClient.withApp(.connectedApp)
        let path = SetupPlace.manageConnectedApps.path(try await client.app.id, "block")
        for answer in [
            await client.post(path, token: "guess"), await client.post(path, token: ""),
            await client.post(path, origin: "https://evil.example"), await client.post(path, origin: "null"),
            await client.post(path, origin: "https://\(SetupClient.host).evil.example"),
        ] {
            #expect(answer.status == 403)
            #expect(answer.problem.hasPrefix("Nothing was saved: the form is not from a page of this Setup"))
        }
        #expect(try await client.app.blocked == false)
        for origin in [nil, "https://\(SetupClient.host)"] {
            #expect(await client.post(path, origin: origin).status == 303)
        }
        #expect(try await client.app.blocked)
    }

    @Test("The history records the actions of an admin in Setup")
    func history() async throws {
        let client = try SetupClient.withApp(.connectedApp)
        _ = await client.get(SetupPlace.home.path)
        _ = await client.post(SetupPlace.manageConnectedApps.path(try await client.app.id, "block"))
        let seen = await client.org.simulation.history.requests
        #expect(seen.map(\.operation) == ["setup", "setup"])
        #expect(seen.map(\.verdict) == [.readsMetadata, .changesMetadata])
        #expect(seen.map(\.username) == ["admin@harbour-bikes.example", "admin@harbour-bikes.example"])
        #expect(seen[1].reason == "An admin saved in Setup: a connected app is blocked.")
    }
}
