import ConnectedAppTesting
import Foundation
import MetadataAPI
import Testing

@testable import ConnectedApp

@Suite("A bundle for deployment, and apps in files")
struct BundleTests {
    private static let me = Principal(.commandLine, name: "me")
    private static let key = "3MVG9consumer.Key_01"

    private static func world(_ kind: AppKind) async throws -> TestWorld {
        try await TestWorld.connected(.test("acme", username: "i@acme.example", appKind: kind, consumerKey: key))
    }

    /// A new temporary folder, removed at the end.
    private static func inFolder<T>(_ body: (String) async throws -> T) async throws -> T {
        let folder = FileManager.default.temporaryDirectory.appending(path: "aprity-bundle-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await body(folder)
    }

    @Test(
        "Every file but texts is XML in the metadata namespace, and package.xml names each component",
        arguments: AppKind.allCases)
    func complete(_ kind: AppKind) async throws {
        let world = try await Self.world(kind)
        let bundle = try await world.service.bundles.make(
            for: "acme", BundleRequest(contactEmail: "a@acme.example"), as: Self.me)
        var components = 0
        for (path, text) in bundle.files where path.hasSuffix("-meta.xml") {
            let element = try MetadataElement(document: Array(text.utf8))
            #expect(!element.children.isEmpty, "\(path)")
            components += 1
        }
        let manifest = try MetadataElement(document: Array((bundle.files["manifest/package.xml"] ?? "").utf8))
        #expect(manifest.children.flatMap { $0.values("members") }.count == components)
        #expect(bundle.files["README.md"]?.contains(bundle.certificateSHA256) == true)
        #expect(bundle.files.values.allSatisfy { !$0.contains("consumerSecret") })
    }

    @Test(
        "The check approves what a bundle makes: two scopes, admin approval, one permission set, this certificate",
        arguments: AppKind.allCases)
    func approved(_ kind: AppKind) async throws {
        let world = try await Self.world(kind)
        try await Self.inFolder { folder in
            let bundle = try await world.service.bundles.make(
                for: "acme", BundleRequest(contactEmail: "a@acme.example"), as: Self.me)
            try world.service.bundles.write(bundle, to: folder)
            let view = try await world.service.appCheck.check(of: "acme", folder: folder, as: Self.me)
            let differing = view.settings.filter { $0.outcome == .differs }
            #expect(differing.isEmpty, "\(differing)")
            let values = Dictionary(uniqueKeysWithValues: view.settings.map { ($0.setting, $0.found) })
            #expect(values[.scopes] == "Api, RefreshToken")
            #expect(values[.permissionSets] == "Aprity_Integration")
            #expect(values[.certificate] == bundle.certificateSHA256)
            #expect(throws: ConnectedAppError.self) { try world.service.bundles.write(bundle, to: folder) }
        }
    }

    @Test(
        "A bundle explains each permission set and the reach of the key, whichever set is chosen",
        arguments: [nil, ["Aprity_Admin"], ["Aprity_Integration", "Aprity_Admin"]] as [[String]?])
    func permissionSets(_ chosen: [String]?) async throws {
        let world = try await Self.world(.externalClientApp)
        let bundle = try await world.service.bundles.make(
            for: "acme", BundleRequest(contactEmail: "a@acme.example", allowedSets: chosen), as: Self.me)
        let readme = try #require(bundle.files["README.md"])
        for set in AppPermissionSet.allCases {
            #expect(readme.contains("| `\(set.rawValue)` | For "))
            let path = "force-app/main/default/permissionsets/\(set.rawValue).permissionset-meta.xml"
            #expect(bundle.files[path] != nil)
        }
        #expect(readme.contains(AppPermissionSet.reach("acme")))
        #expect(readme.contains("This bundle lists: \((chosen ?? ["Aprity_Integration"]).joined(separator: ", "))."))
        #expect(bundle.warnings.contains { $0.hasSuffix(AppPermissionSet.reach("acme")) } == (chosen != nil))
    }

    @Test("Malformed names and e-mail addresses are rejected")
    func refused() async throws {
        let world = try await Self.world(.externalClientApp)
        for request in [
            BundleRequest(contactEmail: nil), BundleRequest(contactEmail: "nobody"),
            BundleRequest(appName: "a b", contactEmail: "a@b.c"),
            BundleRequest(appName: "a/../b", contactEmail: "a@b.c"),
            BundleRequest(contactEmail: "a@b.c", allowedSets: ["<x>"]),
        ] {
            let error = await thrownByAwaiting {
                try await world.service.bundles.make(for: "acme", request, as: Self.me)
            }
            #expect(error?.cause == .usage, "\(request)")
        }
    }

    // MARK: Patching

    private static let connectedApp = """
        <?xml version="1.0" encoding="UTF-8"?>
        <ConnectedApp xmlns="http://soap.sforce.com/2006/04/metadata">
            <contactEmail>a@b.c</contactEmail>
            <label>Reader &amp; more</label>
            <oauthConfig>
                <callbackUrl>https://x.example/cb</callbackUrl>
                <certificate>OLD</certificate>
                <consumerKey>\(key)</consumerKey>
                <scopes>Api</scopes>
            </oauthConfig>
            <permissionSetName>Kept</permissionSetName>
        </ConnectedApp>

        """

    private static func patched(_ file: String, _ content: String, _ kind: AppKind) async throws -> BundleView {
        let world = try await world(kind)
        return try await inFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(content.utf8).write(to: URL(filePath: folder + "/" + file))
            return try await world.service.bundles.make(for: "acme", BundleRequest(patching: folder), as: me)
        }
    }

    @Test(
        "A patched Connected App has the new certificate and no Consumer Key, as a deployment requires"
    )
    func patchConnectedApp() async throws {
        let view = try await Self.patched("Reader.connectedApp-meta.xml", Self.connectedApp, .connectedApp)
        let path = "force-app/main/default/connectedApps/Reader.connectedApp-meta.xml"
        let text = try #require(view.files[path])
        #expect(text.contains("Reader &amp; more"))
        #expect(text.contains("<permissionSetName>Kept</permissionSetName>"))
        #expect(text.contains("-----BEGIN CERTIFICATE-----"))
        #expect(!text.contains("OLD"))
        #expect(!text.contains("consumerKey"))
        #expect(view.files.keys.filter { $0.hasSuffix("-meta.xml") } == [path])
    }

    @Test("A retrieved External Client App without a certificate gets one after its callback URL")
    func patchExternalClientApp() async throws {
        let content = """
            <ExtlClntAppGlobalOauthSettings xmlns="http://soap.sforce.com/2006/04/metadata">
                <callbackUrl>https://x.example/cb</callbackUrl>
                <consumerKey>\(Self.key)</consumerKey>
                <externalClientApplication>reader</externalClientApplication>
                <isPkceRequired>false</isPkceRequired>
            </ExtlClntAppGlobalOauthSettings>
            """
        let view = try await Self.patched("reader_glbl.ecaGlblOauth", content, .externalClientApp)
        let text = try #require(view.files.first { $0.key.hasSuffix("ecaGlblOauth-meta.xml") }?.value)
        let element = try MetadataElement(document: Array(text.utf8))
        #expect(element.children.map(\.name)[1] == "certificate")
        #expect(element.value("isPkceRequired") == "false")
        #expect(element.value("consumerKey") == Self.key)
    }

    @Test(
        "A file that cannot be patched safely is rejected with the reason",
        arguments: [
            "<ConnectedApp/>", "no xml", connectedApp.replacingOccurrences(of: key, with: "3MVG9another.Key_00"),
            connectedApp.replacingOccurrences(of: "<label>", with: "<!-- <certificate>x</certificate> --><label>"),
            connectedApp.replacingOccurrences(of: "<scopes>", with: "<certificate>2</certificate><scopes>"),
        ])
    func unsafe(_ content: String) async throws {
        let error = await thrownByAwaiting { try await Self.patched("Reader.connectedApp", content, .connectedApp) }
        #expect(error?.cause == .inputMalformed)
    }

    @Test(
        "If a file cannot be patched safely, the remedy is to retrieve it again",
        arguments: [
            connectedApp.replacingOccurrences(of: "<scopes>", with: "<certificate>2</certificate><scopes>"),
            connectedApp.replacingOccurrences(of: "certificate>", with: "other>")
                .replacingOccurrences(of: "callbackUrl>", with: "more>"),
        ])
    func retrieveAgain(_ content: String) async throws {
        let error = await thrownByAwaiting { try await Self.patched("Reader.connectedApp", content, .connectedApp) }
        #expect(error?.description.contains("The file cannot be patched safely.") == true)
        #expect(error?.remedy.hasPrefix("Retrieve the app again and pass the files unedited.") == true)
    }

    @Test("An error about a bundle's folder names the folder that the user gave")
    func belowFile() async throws {
        let world = try await Self.world(.externalClientApp)
        let bundle = try await world.service.bundles.make(
            for: "acme", BundleRequest(contactEmail: "a@acme.example"), as: Self.me)
        try await Self.inFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data().write(to: URL(filePath: folder + "/file"))
            let target = folder + "/file/app"
            let error = thrown { try world.service.bundles.write(bundle, to: target) }
            #expect(error?.cause == .outputCannotBeCreated)
            #expect(error?.subject?.hasSuffix("/file/app") == true)
        }
    }

    // MARK: Drift

    @Test("A difference is stored with the time of its first reading, and removed when it is approved")
    func drift() async throws {
        let world = try await Self.world(.connectedApp)
        try await Self.inFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(Self.connectedApp.utf8).write(to: URL(filePath: folder + "/Reader.connectedApp"))
            let first = try await world.service.appCheck.check(of: "acme", folder: folder, as: Self.me)
            let seen = world.time.now
            #expect(first.outcome == .fails)
            let differing = Set(first.settings.filter { $0.outcome == .differs }.map(\.setting))
            #expect(differing == [.permittedUsers, .scopes, .certificate])
            world.time.advance(by: .seconds(86_400))
            let second = try await world.service.appCheck.check(of: "acme", folder: folder, as: Self.me)
            #expect(second.settings.first { $0.setting == .scopes }?.firstSeenAt == seen)
            let approved = try await world.service.appCheck.check(
                of: "acme", folder: folder, approving: true, as: Self.me)
            // A certificate other than aprity's always differs, even after an approval.
            #expect(approved.settings.filter { $0.outcome == .differs }.map(\.setting) == [.certificate])
            #expect(approved.approvedAt == world.time.now)
        }
    }

    @Test("Two files without a Consumer Key are rejected, and the reason says whether the connection has a key")
    func severalFiles() async throws {
        let keyless = Self.connectedApp.replacing("<consumerKey>\(Self.key)</consumerKey>", with: "")
        try await Self.inFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for name in ["A", "B"] {
                try Data(keyless.utf8).write(to: URL(filePath: "\(folder)/\(name).connectedApp"))
            }
            let files = try AppFolder(path: folder)
            let withKey = thrown { try files.app(.connectedApp, consumerKey: Self.key) }
            #expect(withKey?.cause == .inputMalformed)
            #expect(withKey?.detail?.hasPrefix("None of the folder's files of the type ConnectedApp (2) has") == true)
            let without = thrown { try files.app(.connectedApp, consumerKey: nil) }
            #expect(without?.cause == .inputMalformed)
            #expect(without?.detail?.hasPrefix("The connection has no Consumer Key yet") == true)
        }
    }

    @Test("The error about a folder without the app, or with unreadable files, names the file")
    func folders() async throws {
        let world = try await Self.world(.externalClientApp)
        let missing = await thrownByAwaiting {
            try await world.service.appCheck.check(of: "acme", folder: "/nowhere/at/all", as: Self.me)
        }
        #expect(missing?.cause == .fileMissing)
        try await Self.inFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let empty = await thrownByAwaiting {
                try await world.service.appCheck.check(of: "acme", folder: folder, as: Self.me)
            }
            #expect(empty?.cause == .inputMalformed)
            #expect(empty?.subject?.contains("aprity-bundle-") == true)
            #expect(empty?.detail?.contains("no file of the type ExtlClntAppGlobalOauthSettings") == true)
            try Data("<a>".utf8).write(to: URL(filePath: folder + "/x.eca"))
            let broken = await thrownByAwaiting {
                try await world.service.appCheck.check(of: "acme", folder: folder, as: Self.me)
            }
            #expect(broken?.subject?.hasSuffix("x.eca") == true)
        }
    }
}
