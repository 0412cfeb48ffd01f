internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("Connections are added, changed and removed on the pages")
struct SetUpTests {
    private static let tester = Principal(.commandLine, name: "tester")

    /// Fields of the form that adds a connection, without the token.
    private static let newConnection = [
        "act": "add", "loginHost": "https://acme.my.salesforce.com", "username": "integration@acme.example",
        "alias": "acme", "appKind": "external-client-app", "keySize": "2048", "certificateDays": "365",
    ]

    @Test("A pasted address leads to the login host, and its session id is not shown")
    func pastedAddress() async throws {
        try await SettingsClient.run { client in
            try await client.signIn()
            let page = try await client.post(
                "/add-connection",
                [
                    "formToken": client.formToken(), "act": "find-org",
                    "org": "https://acme.lightning.force.com/one/one.app?sid=00DSECRET",
                ])
            #expect(page.status == 200)
            #expect(page.text.contains("value=\"https://acme.my.salesforce.com\""))
            #expect(page.text.contains("It is not a login host"))
            #expect(!page.text.contains("00DSECRET"))
        }
    }

    @Test("An address that is none of an org's is explained on the page")
    func wrongAddress() async throws {
        try await SettingsClient.run { client in
            try await client.signIn()
            let page = try await client.post(
                "/add-connection",
                ["formToken": client.formToken(), "act": "find-org", "org": "https://acme.example/"])
            #expect(page.status == 403)
            #expect(page.text.contains("hostNotAllowed"))
            #expect(page.text.contains("enter it under Allowed hosts too"))
            // The second form has that field, and the address without its path.
            #expect(page.text.contains("value=\"https://acme.example\""))
            #expect(page.text.contains("id=\"allowed-hosts\""))
            let malformed = try await client.post(
                "/add-connection", ["formToken": client.formToken(), "act": "find-org", "org": "acme example"])
            #expect(malformed.status == 422)
            #expect(malformed.text.contains("id=\"org-field\""))
        }
    }

    @Test("While a rotation is under way, the connection leads to it, and not to an upload of the certificate in force")
    func rotating() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            try await client.signIn()
            let service = client.world.service
            _ = try await service.rotations.begin(.init(inSecondApp: false), of: "acme", as: Self.tester)
            _ = try await service.rotations.confirmUpload(of: "acme", consumerKey: nil, as: Self.tester)
            #expect(try await service.connections.named("acme", as: Self.tester).state.code == .untested)
            let connection = try await client.get("/connections/acme").text
            #expect(connection.contains("<a href=\"/connections/acme/rotation\">Continue the rotation</a>"))
            let setUp = try await client.get("/connections/acme/set-up").text
            #expect(setUp.contains("<a href=\"/connections/acme/rotation\">Continue the rotation</a>"))
            let rotation = try await client.get("/connections/acme/rotation").text
            #expect(rotation.contains("The clicks of the upload again"))
        }
    }

    @Test("A connection is added, and its set-up begins with the certificate", arguments: Wire.allCases)
    func added(_ wire: Wire) async throws {
        try await SettingsClient.run(wire) { client in
            try await client.signIn()
            var fields = Self.newConnection
            fields["formToken"] = try await client.formToken()
            let reply = try await client.post("/add-connection", fields)
            #expect(reply.status == 303)
            #expect(reply.headers[.location] == "/connections/acme/set-up")
            let view = try await client.world.service.connections.named("acme", as: Self.tester)
            #expect(view.username == "integration@acme.example")
            #expect(view.appKind == .externalClientApp)
            let page = try await client.get("/connections/acme/set-up").text
            #expect(page.contains("id=\"step-download\" aria-current=\"step\""))
        }
    }

    @Test(
        "A wrong field of a new connection is named, the input is shown again, and nothing is added",
        arguments: [
            ("alias", "-acme", 400), ("username", "005000000000001AAA", 422),
            ("loginHost", "https://acme.example", 403),
            ("certificateDays", "0", 400), ("keySize", "2050", 400), ("audience", "x", 422), ("act", "", 400),
        ])
    func wrongField(_ field: String, _ value: String, _ status: Int) async throws {
        try await SettingsClient.run { client in
            try await client.signIn()
            var fields = Self.newConnection
            fields["formToken"] = try await client.formToken()
            fields[field] = value
            let reply = try await client.post("/add-connection", fields)
            #expect(reply.status == status)
            #expect(reply.text.contains("role=\"alert\""))
            if field != "act" { #expect(reply.text.contains("value=\"\(value)\"") || field == "keySize") }
            #expect(try await client.world.service.connections.all(as: Self.tester).isEmpty)
        }
    }

    @Test("The set-up continues where it was left: the app after the download, the user after the Consumer Key")
    func stages() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection(consumerKey: nil)
            try await client.signIn()
            _ = try await client.get("/connections/acme/aprity.crt")
            #expect(try await client.get("/connections/acme/set-up").text.contains(Self.isCurrent("create")))
            let reply = try await client.post(
                "/connections/acme/set-up",
                [
                    "formToken": client.formToken(), "act": "set-consumer-key", "revision": "1",
                    "consumerKey": "3MVG9pastedKey",
                ])
            #expect(reply.status == 303)
            let page = try await client.get("/connections/acme/set-up").text
            #expect(page.contains(Self.isCurrent("preauthorize")))
            #expect(page.contains("3MVG9pastedKey"))
        }
    }

    private static func isCurrent(_ step: String) -> String { "id=\"step-\(step)\" aria-current=\"step\"" }

    @Test("A Consumer Secret that is pasted in the set-up is rejected and not shown")
    func consumerSecret() async throws {
        let secret = "5E1B0C7A9D3F2468ACE013579BDF5E1B0C7A9D3F2468ACE013579BDF5E1B0C7A"
        try await SettingsClient.run { client in
            try await client.addConnection(consumerKey: nil)
            try await client.signIn()
            let reply = try await client.post(
                "/connections/acme/set-up",
                ["formToken": client.formToken(), "act": "set-consumer-key", "revision": "1", "consumerKey": secret])
            #expect(reply.status == 422)
            #expect(reply.text.contains("consumerSecretGiven"))
            #expect(!reply.text.contains(secret))
        }
    }

    @Test("The settings form changes what differs, and a form without a change succeeds")
    func settings() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            try await client.signIn()
            let token = try await client.formToken()
            let same = [
                "formToken": token, "act": "save", "revision": "1", "username": "integration@acme.example",
                "loginHost": "https://acme.my.salesforce.com", "audience": "", "allowedHosts": "",
                "authorities": "keep",
            ]
            #expect(try await client.post("/connections/acme/settings", same).status == 303)
            var changed = same
            changed["username"] = "other@acme.example"
            let reply = try await client.post("/connections/acme/settings", changed)
            #expect(reply.headers[.location] == "/connections/acme?done=settings-saved")
            let view = try await client.world.service.connections.named("acme", as: Self.tester)
            #expect(view.username == "other@acme.example")
            // The form was loaded before the change.
            #expect(try await client.post("/connections/acme/settings", same).status == 409)
        }
    }

    @Test("A key that is no key is rejected, and no text of it is shown")
    func wrongKey() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            try await client.signIn()
            let reply = try await client.post(
                "/connections/acme/certificate-import",
                [
                    "formToken": client.formToken(), "act": "credential", "key": "not-a-key-at-all",
                    "certificate": "not-a-certificate", "confirmation": "acme",
                ])
            #expect(reply.status == 422)
            #expect(!reply.text.contains("not-a-key-at-all"))
        }
    }

    @Test("A connection is removed only by its name, and the page says what is left in Salesforce")
    func removal() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection(consumerKey: nil)
            try await client.signIn()
            var fields = [
                "formToken": try await client.formToken(), "act": "destroy", "revision": "1", "confirmation": "acm",
            ]
            let refused = try await client.post("/connections/acme/removal", fields)
            #expect(refused.status == 400)
            #expect(try await client.world.service.connections.all(as: Self.tester).count == 1)
            fields["confirmation"] = "acme"
            let reply = try await client.post("/connections/acme/removal", fields)
            #expect(reply.status == 200)
            #expect(reply.text.contains("acme is removed"))
            #expect(reply.text.contains("Left to remove in Salesforce"))
            #expect(try await client.world.service.connections.all(as: Self.tester).isEmpty)
        }
    }
}
