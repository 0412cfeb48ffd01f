import Testing

@testable import OrgSimulator

@Suite("Consumer details")
struct ConsumerDetailsTests {
    private func path(_ client: SetupClient, _ kind: App.Kind, _ action: String) async throws -> String {
        let place: SetupPlace = kind == .connectedApp ? .appManager : .externalClientApps
        return place.path(try await client.app.id, action)
    }

    @Test("The mailed code shows key and secret once", arguments: App.Kind.allCases)
    func once(_ kind: App.Kind) async throws {
        let client = try SetupClient.withApp(kind)
        let asked = await client.post(try await path(client, kind, "consumer"))
        let verify = try await path(client, kind, "verify")
        #expect(asked.status == 303)
        #expect(asked.location == verify + "?notice=code")
        let code = await client.mailedCode
        #expect(code.wholeMatch(of: #/\d{6}/#) != nil)
        #expect(await client.org.simulation.setupDesk.mailbox.mails.map(\.to) == ["admin@harbour-bikes.example"])

        let shown = await client.post(verify, [("code", code)])
        let app = try await client.app
        #expect(shown.status == 200)
        let isSecret = app.consumerSecret.wholeMatch(of: #/[0-9A-F]{64}/#) != nil
        let showsBoth = shown.text.contains(app.consumerKey) && shown.text.contains(app.consumerSecret)
        #expect(isSecret)
        #expect(showsBoth)

        let again = await client.post(verify, [("code", code)])
        #expect(again.status == 403)
        #expect(
            again.problem == "The verification code is wrong, was already used, or was never sent. Request a new code.")
        let showsAgain = again.text.contains(app.consumerKey) || again.text.contains(app.consumerSecret)
        #expect(!showsAgain)
        let leaks = await client.org.simulation.history.requests.contains {
            "\($0)".contains(app.consumerSecret) || "\($0)".contains(code)
        }
        #expect(!leaks)
    }

    @Test("The question for a code has a link to the mail, also the second time", arguments: App.Kind.allCases)
    func mail(_ kind: App.Kind) async throws {
        let client = try SetupClient.withApp(kind)
        let verify = try await path(client, kind, "verify")
        #expect(await client.get(verify).text.contains("<code>/mail of the management port</code>"))
        await client.org.simulation.setManagementURL(at: "http://127.0.0.1:7413")
        let link =
            "<a href=\"http://127.0.0.1:7413/mail\" target=\"_blank\" rel=\"noopener\">http://127.0.0.1:7413/mail</a>"
        #expect(await client.get(verify).text.contains(link))
        #expect(await client.post(verify, [("code", "000000")]).text.contains(link))
    }

    @Test("A wrong code shows nothing, and five wrong codes invalidate the right one")
    func guesses() async throws {
        let client = try SetupClient.withApp(.connectedApp)
        let verify = try await path(client, .connectedApp, "verify")
        #expect(await client.post(verify, [("code", "")]).status == 403)
        _ = await client.post(try await path(client, .connectedApp, "consumer"))
        let code = await client.mailedCode
        let wrong = code == "000000" ? "000001" : "000000"
        for _ in 0..<4 { #expect(await client.post(verify, [("code", wrong)]).status == 403) }
        #expect(await client.post(verify, [("code", code)]).status == 200)

        _ = await client.post(try await path(client, .connectedApp, "consumer"))
        let next = await client.mailedCode
        for _ in 0..<5 { #expect(await client.post(verify, [("code", next == wrong ? "x" : wrong)]).status == 403) }
        #expect(await client.post(verify, [("code", next)]).status == 403)
    }

    @Test("A new secret replaces the old one, and the key is kept")
    func newSecret() async throws {
        let client = try SetupClient.withApp(.externalClientApp)
        let before = try await client.app
        #expect(await client.post(try await path(client, .externalClientApp, "new-secret")).status == 303)
        let after = try await client.app
        let isNew = before.consumerSecret != after.consumerSecret && !after.consumerSecret.isEmpty
        #expect(isNew)
        #expect(before.consumerKey == after.consumerKey)
    }

    @Test("A reset deletes codes and mail")
    func reset() async throws {
        let client = try SetupClient.withApp(.connectedApp)
        _ = await client.post(try await path(client, .connectedApp, "consumer"))
        let code = await client.mailedCode
        try await client.org.simulation.reset()
        #expect(await client.org.simulation.setupDesk.mailbox.mails.isEmpty)
        let verify = try await path(client, .connectedApp, "verify")
        #expect(await client.post(verify, [("code", code)]).status == 403)
    }
}
