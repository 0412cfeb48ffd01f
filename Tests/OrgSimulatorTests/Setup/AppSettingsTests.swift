import Foundation
import Subprocess
import Testing

@testable import OrgSimulator

@Suite("Settings of an app in Setup")
struct AppSettingsTests {
    private static let fields = [
        ("label", "aprity <1>"), ("contactEmail", "owner@harbour-bikes.example"), ("enablesOAuth", "1"),
        ("callbackURL", "https://login.salesforce.com/services/oauth2/callback"), ("usesCertificate", "1"),
        ("scopes", "Api"), ("scopes", "RefreshToken"),
    ]

    private func fields(without name: String, and new: [(String, String)] = []) -> [(String, String)] {
        Self.fields.filter { $0.0 != name } + new
    }

    private func newPath(_ kind: App.Kind) -> String {
        (kind == .connectedApp ? SetupPlace.appManager : .externalClientApps).newPath
    }

    private func editPath(_ client: SetupClient, _ kind: App.Kind) async throws -> String {
        let id = try await client.app.id
        return kind == .connectedApp
            ? SetupPlace.appManager.path(id, "edit") : SetupPlace.externalClientApps.path(id, "edit-settings")
    }

    private func emptyClient() throws -> SetupClient {
        try SetupClient { $0.orgs[0].allowConnectedAppCreation = true }
    }

    private func certificate(_ name: String) throws -> [UInt8] { Array(try TestFiles.text(name).utf8) }

    @Test(
        "A new app has the form's values and a key of its own, and spreads over the servers",
        arguments: App.Kind.allCases
    )
    func create(_ kind: App.Kind) async throws {
        let client = try emptyClient()
        let answer = await client.upload(newPath(kind), Self.fields, file: try certificate("first.crt"))
        #expect(answer.status == 303, "\(answer.problem)")
        #expect(answer.location.hasSuffix("?notice=created"))
        let app = try await client.app
        #expect(app.kind == kind)
        #expect(app.label == "aprity <1>")
        #expect(app.name == "aprity_1")
        #expect(app.scopes == ["Api", "RefreshToken"])
        #expect(app.certificatePEM == (try TestFiles.text("first.crt")).trimmingCharacters(in: .newlines))
        #expect(app.consumerKey.hasPrefix("3MVG9"))
        #expect(await client.org.simulation.propagationView().pending.map(\.change) == ["created"])
        let next = await client.get(answer.location)
        #expect(next.status == 200)
        #expect(next.text.contains("Changes can take 2-10 minutes to take effect"))
    }

    @Test("A Connected App cannot be created unless the org allows it")
    func closed() async throws {
        let client = try SetupClient()
        for answer in [
            await client.get(newPath(.connectedApp)),
            await client.upload(newPath(.connectedApp), Self.fields, file: try certificate("first.crt")),
        ] {
            #expect(answer.status == 403)
            #expect(answer.problem.hasPrefix("This org does not allow new Connected Apps"))
        }
        #expect(await client.state.apps.isEmpty)
    }

    @Test(
        "A form with a missing or invalid field is rejected with one sentence, and nothing is saved",
        arguments: [
            ("label", "", "the name is missing."), ("name", "1x", "an API name must begin with a letter"),
            ("name", "a__b", "an API name must begin with a letter"),
            ("contactEmail", "nobody", "Contact Email is not"),
            ("callbackURL", "", "Callback URL is not a URL."),
            ("enablesOAuth", nil, "this simulation does not support apps"),
            ("scopes", nil, "select at least one OAuth scope."),
        ])
    func lacks(_ name: String, _ value: String?, _ sentence: String) async throws {
        let client = try emptyClient()
        let fields = fields(without: name, and: value.map { [(name, $0)] } ?? [])
        let answer = await client.upload(
            newPath(.externalClientApp), fields, file: try certificate("first.crt"))
        #expect(answer.status == 400)
        #expect(answer.problem.hasPrefix("Nothing was saved: \(sentence)"))
        #expect(answer.text.components(separatedBy: "role=\"alert\"").count == 2)
        #expect(await client.state.apps.isEmpty)
    }

    @Test("A second app with the same API name in any case is rejected, and the first is kept")
    func sameName() async throws {
        let client = try SetupClient.withApp(.externalClientApp)
        let before = await client.state
        let answer = await client.upload(
            newPath(.externalClientApp), Self.fields + [("name", "APRITY")], file: try certificate("second.crt"))
        #expect(answer.problem == "Nothing was saved: an app with this API name exists already.")
        #expect(await client.state == before)
    }

    @Test("An upload replaces the certificate, and the old key is refused from then on", arguments: App.Kind.allCases)
    func replace(_ kind: App.Kind) async throws {
        let client = try SetupClient.withApp(kind)
        #expect(try await client.signIn(kind) == "token")
        let answer = await client.upload(
            try await editPath(client, kind), Self.fields, file: try certificate("second.crt"))
        #expect(answer.status == 303, "\(answer.problem)")
        #expect(try await client.signIn(kind) == "invalid_client / invalid client credentials")
        #expect(try await client.signIn(kind, key: "second") == "token")
    }

    @Test("Without a file the certificate is kept; without its checkbox it is removed", arguments: App.Kind.allCases)
    func slot(_ kind: App.Kind) async throws {
        let client = try SetupClient.withApp(kind)
        let path = try await editPath(client, kind)
        let before = try await client.app.certificatePEM
        #expect(await client.upload(path, Self.fields, file: []).status == 303)
        #expect(try await client.app.certificatePEM == before)
        #expect(await client.upload(path, fields(without: "usesCertificate"), file: []).status == 303)
        #expect(try await client.app.certificatePEM == nil)
        let answer = await client.upload(path, Self.fields, file: [])
        #expect(answer.problem == "Nothing was saved: choose a certificate file.")
    }

    @Test("DER of up to 4 KB is accepted too, and so is pasted text")
    func encodings() async throws {
        let client = try SetupClient.withApp(.connectedApp)
        let path = try await editPath(client, .connectedApp)
        for (padding, status) in [(0, 303), (2_400, 303), (3_400, 400)] {
            let der = try await self.der(padding: padding)
            #expect((der.count <= 4_096) == (status == 303))
            #expect(await client.upload(path, Self.fields, file: der).status == status, "\(padding)")
        }
        #expect(try await client.signIn(.connectedApp) == "token")
        let pasted = Self.fields + [("certificateText", try TestFiles.text("second.crt"))]
        #expect(await client.upload(path, pasted, file: []).status == 303)
        #expect(try await client.signIn(.connectedApp, key: "second") == "token")
    }

    /// A certificate of the first key with a comment of that many bytes.
    private func der(padding: Int) async throws -> [UInt8] {
        let comment = "nsComment=x" + String(repeating: "y", count: padding)
        let result = try await run(
            .name("openssl"),
            arguments: [
                "req", "-x509", "-key", TestFiles.fixture("first.key"), "-subj", "/CN=padded", "-days", "30", "-addext",
                comment, "-outform", "DER",
            ], output: .bytes(limit: 16_384), error: .discarded)
        guard result.terminationStatus.isSuccess else { throw SignerFailed() }
        return result.standardOutput
    }

    @Test(
        "A wrong upload is rejected with one sentence and changes nothing",
        arguments: [
            ("text", "this is not an X.509 certificate in PEM or DER."),
            ("large", "the certificate is larger than 4 KB."),
            ("elliptic.crt", "the certificate has no RSA key."),
            ("first.key", "the file holds a private key, which must not be uploaded; choose the certificate."),
            ("empty", "the file is empty."), ("blank", "the file is empty."),
        ])
    func wrongUpload(_ what: String, _ sentence: String) async throws {
        let client = try SetupClient.withApp(.externalClientApp)
        let before = await client.state
        let file: [UInt8] =
            switch what {
            case "text": Array("This is not a certificate.".utf8)
            case "empty": []
            case "blank": Array(" \r\n".utf8)
            case "large": try certificate("first.crt") + [UInt8](repeating: 10, count: 4_096)
            default: try certificate(what)
            }
        let path = try await editPath(client, .externalClientApp)
        let answer = await client.upload(path, Self.fields, file: file, isChosen: true)
        #expect(answer.status == 400)
        #expect(answer.problem == "Nothing was saved: \(sentence)")
        #expect(await client.state == before)
        let quotesKey = answer.text.contains("PRIVATE KEY-----")
        #expect(!quotesKey)
    }

    @Test("A certificate is accepted in the encodings of editors", arguments: [String.Encoding.utf16, .utf8])
    func editors(_ encoding: String.Encoding) async throws {
        let client = try SetupClient.withApp(.externalClientApp)
        let text = "\u{FEFF}" + (try TestFiles.text("second.crt")).replacing("\n", with: "\r\n")
        let little = text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        let file = encoding == .utf8 ? Array(text.utf8) : little
        let path = try await editPath(client, .externalClientApp)
        #expect(await client.upload(path, Self.fields, file: file).status == 303)
        #expect(try await client.signIn(.externalClientApp, key: "second") == "token")
    }

    @Test(
        "A form with a value that cannot be saved is rejected",
        arguments: [
            ("scopes", "Nope", "there is no OAuth scope Nope."),
            ("label", String(repeating: "x", count: 81), "the name has more than 80 characters."),
            (
                "usesCertificate", nil,
                "the form has a certificate, but its checkbox is not ticked. Tick the checkbox, or remove the "
                    + "certificate from the form."
            ),
        ] as [(String, String?, String)])
    func unsaved(_ name: String, _ value: String?, _ sentence: String) async throws {
        let client = try SetupClient.withApp(.externalClientApp)
        let before = await client.state
        let form = fields(without: name, and: value.map { [(name, $0)] } ?? [])
        let path = try await editPath(client, .externalClientApp)
        let answer = await client.upload(path, form, file: try certificate("second.crt"))
        #expect(answer.problem == "Nothing was saved: \(sentence)")
        #expect(await client.state == before)
    }

    @Test("If changes take effect at once, the page says so after a change was saved")
    func instant() async throws {
        let client = try SetupClient.withApp(.externalClientApp)
        let answer = await client.post(try await editPath(client, .externalClientApp), Self.fields)
        let page = await client.get(answer.location).text
        #expect(page.contains("Saved. In this simulation, changes are set to take effect at once."))
    }

    @Test("A form above the port's limit is rejected in the same way")
    func tooLarge() async throws {
        let client = try SetupClient.withApp(.connectedApp)
        var request = OrgRequest(
            method: "POST", target: try await editPath(client, .connectedApp), host: SetupClient.host, body: nil,
            sourceAddress: "192.0.2.7")
        request.contentType = "multipart/form-data; boundary=edge"
        let answer = await client.org.simulation.answer(request).answer
        #expect(answer.status == 413)
        #expect(answer.problem == "Nothing was saved: the form is too large. A certificate can have at most 4 KB.")
    }

    @Test("Sign-ins fail while a scope is removed, and work again after it is added", arguments: App.Kind.allCases)
    func scopes(_ kind: App.Kind) async throws {
        let client = try SetupClient.withApp(kind)
        let path = try await editPath(client, kind)
        let one = fields(without: "scopes", and: [("scopes", "Api")])
        #expect(await client.upload(path, one, file: []).status == 303)
        #expect(try await client.signIn(kind).hasPrefix("invalid_request / refresh_token scope is required"))
        #expect(await client.upload(path, Self.fields, file: []).status == 303)
        #expect(try await client.signIn(kind) == "token")
    }

    @Test("Each possible scope of an app is listed once, by its own name or a synonym")
    func scopeChoices() {
        let listed = ScopeChoice.all.map(\.name)
        #expect(Set(listed).count == listed.count)
        #expect(Set(OAuthScope.allNames.map(ScopeChoice.listedName)) == Set(listed))
        for name in OAuthScope.allNames {
            #expect(OAuthScope.wire([name]) == OAuthScope.wire([ScopeChoice.listedName(for: name)]))
        }
    }

    @Test("A deleted app is removed from the state and the token endpoint", arguments: App.Kind.allCases)
    func delete(_ kind: App.Kind) async throws {
        let client = try SetupClient.withApp(kind)
        let place: SetupPlace = kind == .connectedApp ? .appManager : .externalClientApps
        let answer = await client.post(place.path(try await client.app.id, "delete"))
        #expect(answer.status == 303)
        #expect(await client.state.apps.isEmpty)
        #expect(await client.get(answer.location).status == 200)
    }
}
