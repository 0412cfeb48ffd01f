import Foundation
import Testing

@testable import OrgSimulator

@Suite("The link to the approval page")
struct ApprovalPageTests {
    @Test(
        "The app's page links to the approval page; after the approval it shows the user, and the sign-in works",
        arguments: App.Kind.allCases)
    func approve(_ kind: App.Kind) async throws {
        let client = try SetupClient { state in
            var app = try App.approved()
            app.kind = kind
            app.consumerKey = "3MVG9key+with/odd.characters&more"
            app.permittedUsers = .allSelfAuthorized
            state.orgs[0].apps = [app]
            state.switches.propagation = .instant
        }
        let id = try await client.app.id
        let view =
            kind == .connectedApp
            ? SetupPlace.manageConnectedApps.path(id, "view") : SetupPlace.externalClientApps.path(id, "policies")
        let before = await client.get(view).text
        #expect(before.contains("JWT Bearer works for a user who has allowed the app once in a browser."))
        #expect(before.contains("No user has allowed the app."))
        let approve = view.replacing(#/(view|policies)$/#, with: "approve")
        #expect(before.contains("href=\"\(approve)\""))

        let redirect = await client.get(approve)
        #expect(redirect.status == 303)
        #expect(redirect.location.hasPrefix("/services/oauth2/authorize?response_type=code&client_id="))
        let question = await client.get(redirect.location)
        #expect(question.status == 200)
        #expect(question.text.contains("Allow Access?"))
        #expect(try await client.signIn(kind) == "invalid_grant / user hasn't approved this consumer")
        let key = try await client.app.consumerKey
        let allowed = await client.post(
            "/services/oauth2/authorize", [("client_id", key), ("username", TokenCase.username), ("decision", "allow")])
        #expect(allowed.text.contains("href=\"\(view)\""))
        #expect(
            await client.get(view).text.contains("<td>\(TokenCase.username)</td><td>api refresh_token</td><td>yes</td>")
        )
        #expect(try await client.signIn(kind) == "token")
    }

    @Test("An app for pre-authorized users says that no approval is needed")
    func preAuthorized() async throws {
        let client = try SetupClient.withApp(.connectedApp)
        let page = await client.get(SetupPlace.manageConnectedApps.path(try await client.app.id, "view")).text
        #expect(page.contains("JWT Bearer needs no approval by the user."))
    }
}
