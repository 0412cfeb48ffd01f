import Testing

@testable import OrgSimulator

@Suite("API Access Control in Setup")
struct APIAccessControlPageTests {
    @Test("If selected, the APIs refuse tokens of an app that is not installed; if cleared, they accept them again")
    func effect() async throws {
        let client = try SetupClient { state in
            var app = try App.approved()
            app.kind = .connectedApp
            app.installed = false
            state.orgs[0].apps = [app]
            state.orgs[0].permissionSets[0].userPermissions = ["ApiEnabled", "ApproveUninstalledConnectedApps"]
        }
        let path = SetupPlace.apiAccessControl.path
        let label = "For admin-approved users, limit API access to only allowlisted connected apps"
        #expect(await client.get(path).text.contains("value=\"1\"> \(label)</label>"))
        var token = try TokenCase()
        token.audience = "\"https://login.salesforce.com\""
        let signedIn = await client.org.signIn(token, assertion: try await token.assertion())
        let limits = { await client.org.send("GET", "/services/data/v67.0/limits", token: signedIn.accessToken) }
        #expect(await limits().status == 200)

        #expect(await client.post(path, [("apiAccessControl", "1")]).status == 303)
        #expect(await client.state.apiAccessControl)
        let page = await client.get(path).text
        #expect(page.contains("value=\"1\" checked> \(label)</label>"))
        #expect(
            page.contains(
                "<td>Not installed</td><td>cannot use the APIs, except for users with Use Any API Client</td>"))
        #expect(await limits().text.contains("This session is not valid for use with the REST API"))

        #expect(await client.post(path).status == 303)
        #expect(await limits().status == 200)
    }
}
