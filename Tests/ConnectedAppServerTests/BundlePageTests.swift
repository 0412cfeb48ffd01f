internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("The bundle on the page")
struct BundlePageTests {
    private static let tester = Principal(.commandLine, name: "tester")

    @Test("The project is downloaded as an archive with the files that the command writes", arguments: Wire.allCases)
    func archive(_ wire: Wire) async throws {
        try await SettingsClient.run(wire) { client in
            try await client.addConnection(consumerKey: nil)
            try await client.signIn()
            let fields = [
                "formToken": try await client.formToken(), "contactEmail": "team@acme.example", "appName": "aprity",
                "allowedSets": " Aprity_Integration  Aprity_Admin ", "certificateEncoding": "pem",
            ]
            let reply = try await client.post("/connections/acme/bundle", fields)
            #expect(reply.status == 200)
            #expect(reply.headers[.contentType] == "application/zip")
            #expect(reply.headers[.contentDisposition] == "attachment; filename=\"aprity-acme-app.zip\"")
            let expected = try await client.world.service.bundles.make(
                for: "acme",
                BundleRequest(
                    contactEmail: "team@acme.example", allowedSets: ["Aprity_Integration", "Aprity_Admin"],
                    encoding: .pem), as: Self.tester)
            let files = try await Self.unpacked(reply.bytes)
            let named = expected.files.map { ("aprity-acme-app/" + $0.key, $0.value) }
            #expect(files == Dictionary(uniqueKeysWithValues: named))
            #expect(!reply.text.contains("PRIVATE KEY"))

            let events = try await client.world.store.events(limit: 3)
            #expect(events.contains { $0.act == .bundleMade && $0.principal.channel == .settingsPage })
            #expect(events.contains { $0.facts["file"] == "aprity-acme-app.zip" })
            // The set-up continues with the app, because the archive contains the certificate.
            let setUp = try await client.get("/connections/acme/set-up").text
            #expect(setUp.contains("id=\"step-create\" aria-current=\"step\""))
        }
    }

    @Test("A wrong field is named, and the other fields stay")
    func wrongField() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            try await client.signIn()
            let fields = [
                "formToken": try await client.formToken(), "contactEmail": "nobody", "appName": "acme_app",
                "allowedSets": "Other_Set", "certificateEncoding": "pem",
            ]
            let reply = try await client.post("/connections/acme/bundle", fields)
            #expect(reply.status == 400)
            #expect(reply.text.contains("It is missing or malformed"))
            #expect(reply.text.contains("value=\"acme_app\""))
            #expect(reply.text.contains("value=\"Other_Set\""))
            #expect(reply.text.contains("<option value=\"pem\" selected>"))
            #expect(try await !client.world.store.events(limit: 10).contains { $0.act == .bundleMade })
        }
    }

    @Test("The page shows the lines that deploy the project, and warns if the org has the app")
    func lines() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection(appKind: .connectedApp)
            try await client.signIn()
            let page = try await client.get("/connections/acme/bundle").text
            #expect(page.contains("sf project deploy start --manifest manifest/package.xml --target-org ORG"))
            #expect(page.contains("--name Aprity_Integration --on-behalf-of integration@acme.example"))
            #expect(!page.contains("id=\"certificate-encoding\""))
            #expect(!page.contains("id=\"has-app\""))
            let links = try await client.get("/connections/acme/set-up").text
            #expect(links.contains("href=\"/connections/acme/bundle\""))
        }
    }

    /// Returns the texts in an archive, as Python reads them.
    private static func unpacked(_ archive: [UInt8]) async throws -> [String: String] {
        let script = """
            import io, json, sys, zipfile
            archive = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))
            assert archive.testzip() is None
            print(json.dumps({name: archive.read(name).decode() for name in archive.namelist()}))
            """
        let text = try await OutsideTool("python3").output(["-c", script], input: archive)
        return try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
    }
}
