import Testing

@testable import OrgSimulator

@Suite("Flows and options of an app's OAuth settings")
struct OAuthBoxTests {
    private static let fields = [
        ("label", "Aprity"), ("contactEmail", "owner@harbour-bikes.example"), ("enablesOAuth", "1"),
        ("callbackURL", "https://login.salesforce.com/services/oauth2/callback"), ("usesCertificate", "1"),
        ("scopes", "Api"), ("scopes", "RefreshToken"),
    ]

    private static let idToken = [
        ("idToken", "1"), ("idTokenValidity", "30"), ("idTokenAudience", "https://portal.example"),
        ("idTokenStandardClaims", "1"), ("idTokenAttributes", "1"),
    ]

    private func editPath(_ client: SetupClient) async throws -> String {
        let app = try await client.app
        return app.kind == .connectedApp
            ? SetupPlace.appManager.path(app.id, "edit") : SetupPlace.externalClientApps.path(app.id, "edit-settings")
    }

    private func viewPath(_ client: SetupClient) async throws -> String {
        let app = try await client.app
        return app.kind == .connectedApp
            ? SetupPlace.appManager.path(app.id, "view") : SetupPlace.externalClientApps.path(app.id, "settings")
    }

    private func box(_ box: OAuthBox, isTicked: Bool) -> String {
        let isRevealing = OAuthBox.allCases.contains { $0.parent == box }
        let name =
            isRevealing
            ? "class=\"reveals\" id=\"\(box.rawValue)\" name=\"\(box.rawValue)\"" : "name=\"\(box.rawValue)\""
        return "<input type=\"checkbox\" \(name) value=\"1\"\(isTicked ? " checked" : "")>"
    }

    @Test(
        "A selected checkbox is saved and shown as selected in the form and on the page; all others are not",
        arguments: App.Kind.allCases, OAuthBox.allCases)
    func ticked(_ kind: App.Kind, _ ticked: OAuthBox) async throws {
        let client = try SetupClient.withApp(kind)
        let names = [ticked, ticked.parent].compactMap { $0 }
        let answer = await client.upload(
            try await editPath(client), Self.fields + names.map { ($0.rawValue, "1") }, file: [])
        #expect(answer.status == 303, "\(answer.problem)")
        let app = try await client.app
        let form = await client.get(try await editPath(client)).text
        for box in OAuthBox.allCases {
            #expect(app[keyPath: box.value] == names.contains(box), "\(box)")
            #expect(form.contains(self.box(box, isTicked: names.contains(box))), "\(box)")
        }
        let view = await client.get(try await viewPath(client)).text
        #expect(view.contains("<dt>\(ticked.label(kind))</dt><dd>yes"))
    }

    @Test("A dependent checkbox is off without its parent", arguments: App.Kind.allCases)
    func orphan(_ kind: App.Kind) async throws {
        let client = try SetupClient.withApp(kind)
        for box in OAuthBox.allCases where box.parent != nil {
            #expect(
                await client.upload(try await editPath(client), Self.fields + [(box.rawValue, "1")], file: []).status
                    == 303)
            #expect(try await client.app[keyPath: box.value] == false, "\(box)")
        }
    }

    @Test("A new app's form has PKCE and the secrets selected, and no flow", arguments: App.Kind.allCases)
    func fresh(_ kind: App.Kind) async throws {
        let client = try SetupClient { $0.orgs[0].allowConnectedAppCreation = true }
        let place: SetupPlace = kind == .connectedApp ? .appManager : .externalClientApps
        let form = await client.get(place.newPath).text
        let ticked: Set<OAuthBox> = [
            .requiresPKCE, .requiresSecretForWebServerFlow, .requiresSecretForRefreshTokenFlow,
        ]
        for box in OAuthBox.allCases {
            #expect(form.contains(self.box(box, isTicked: ticked.contains(box))), "\(box)")
        }
    }

    @Test(
        "Configure ID Token is saved with its options, and removed when its checkbox is cleared",
        arguments: App.Kind.allCases)
    func idToken(_ kind: App.Kind) async throws {
        let client = try SetupClient.withApp(kind)
        let path = try await editPath(client)
        #expect(await client.upload(path, Self.fields + Self.idToken, file: []).status == 303)
        var expected = IDTokenOptions()
        expected.isConfigured = true
        expected.validityMinutes = 30
        expected.audience = "https://portal.example"
        expected.includesStandardClaims = true
        expected.includesCustomAttributes = true
        #expect(try await client.app.oauthOptions.idToken == expected)
        #expect(await client.get(path).text.contains("value=\"https://portal.example\""))
        #expect(await client.get(try await viewPath(client)).text.contains("yes, valid for 30 minutes"))
        #expect(await client.upload(path, Self.fields, file: []).status == 303)
        #expect(try await client.app.oauthOptions.idToken == IDTokenOptions())
    }

    @Test(
        "A validity of an ID token that is too long or not in whole minutes is rejected",
        arguments: ["0", "721", "", "2.5"])
    func validity(_ minutes: String) async throws {
        let client = try SetupClient.withApp(.externalClientApp)
        let before = await client.state
        let answer = await client.upload(
            try await editPath(client), Self.fields + [("idToken", "1"), ("idTokenValidity", minutes)], file: [])
        #expect(answer.problem == "Nothing was saved: Token Valid for must be 1 to 720 minutes.")
        #expect(await client.state == before)
    }

    @Test("The flows in the policies of an External Client App are saved separately from those of its settings")
    func policies() async throws {
        let client = try SetupClient.withApp(.externalClientApp)
        let path = SetupPlace.externalClientApps.path(try await client.app.id, "edit-policies")
        let policies = [
            ("permittedUsers", "adminApprovedPreAuthorized"), ("ipRelaxation", "ENFORCE"), ("timeout", ""),
            ("enabled", "1"),
        ]
        #expect(await client.post(path, policies + [("allowsTokenExchangeFlow", "1")]).status == 303)
        let app = try await client.app
        #expect(app.flowPolicies.allowsTokenExchangeFlow)
        #expect(!app.flowPolicies.allowsClientCredentialsFlow)
        #expect(app.oauthOptions == OAuthOptions())
        #expect(
            await client.get(path).text.contains("name=\"allowsTokenExchangeFlow\" value=\"1\" checked"))
    }
}
