import Testing

@testable import OrgSimulator

@Suite("Confirmations in Setup")
struct ConfirmationTests {
    struct Step: Sendable, CustomTestStringConvertible {
        let button: String
        let kind: App.Kind
        /// The page with the button, and the page that asks for confirmation; those of a profile if the button is not
        /// an app's.
        let page: @Sendable (Org) -> String
        let question: @Sendable (Org) -> String
        var testDescription: String { "\(button), \(kind)" }
    }

    private static func app(_ place: SetupPlace, _ action: String) -> @Sendable (Org) -> String {
        { place.path($0.apps[0].id, action) }
    }

    static let steps = [
        Step(
            button: "Delete", kind: .connectedApp, page: app(.appManager, "view"), question: app(.appManager, "delete")),
        Step(
            button: "Delete", kind: .externalClientApp, page: app(.externalClientApps, "settings"),
            question: app(.externalClientApps, "delete")),
        Step(
            button: "Uninstall", kind: .connectedApp, page: { _ in SetupPlace.connectedAppsUsage.path },
            question: app(.connectedAppsUsage, "uninstall")),
        Step(
            button: "Revoke", kind: .externalClientApp, page: app(.externalClientAppsUsage, "users"),
            question: app(.externalClientAppsUsage, "revoke")),
        Step(
            button: "Delete", kind: .externalClientApp,
            page: { SetupPlace.profiles.path($0.profiles[0].id, "view") },
            question: { SetupPlace.profiles.path($0.profiles[0].id, "delete-range") + "?start=10.0.0.1&end=10.0.0.9" }),
    ]

    @Test(
        "Irreversible actions need a confirmation: the button opens a question and changes nothing",
        arguments: steps)
    func asks(_ step: Step) async throws {
        let client = try SetupClient { state in
            var app = try App.approved()
            app.kind = step.kind
            state.orgs[0].apps = [app]
            var profile = Profile(name: "Limited")
            profile.loginIPRanges = [IPRange(start: "10.0.0.1", end: "10.0.0.9")]
            state.orgs[0].profiles = [profile]
        }
        if step.button == "Revoke" { #expect(try await client.signIn(step.kind) == "token") }
        let before = await client.state
        let path = step.question(before).split(separator: "?")[0]
        let page = await client.get(step.page(before)).text
        #expect(page.contains("=\"\(path)\""))
        #expect(!page.contains("method=\"post\" action=\"\(path)\""))
        let asked = await client.get(step.question(before))
        #expect(asked.status == 200)
        #expect(asked.text.contains("method=\"post\" action=\"\(path)\""))
        #expect(asked.text.contains(">\(step.button)</button>"))
        #expect(asked.text.contains(">Cancel</a>"))
        #expect(await client.state == before)
    }

    @Test("A new Consumer Secret is requested on the page of the consumer details, and created after confirmation")
    func newSecret() async throws {
        let client = try SetupClient.withApp(.connectedApp)
        let app = try await client.app
        let path = { SetupPlace.appManager.path(app.id, $0) }
        _ = await client.post(path("consumer"))
        let details = await client.post(path("verify"), [("code", await client.mailedCode)]).text
        #expect(details.contains("method=\"get\" action=\"\(path("new-secret"))\""))
        #expect(await client.get(path("new-secret")).text.contains("Are you sure?"))
        let isSame = try await client.app.consumerSecret == app.consumerSecret
        #expect(isSame)
    }
}
