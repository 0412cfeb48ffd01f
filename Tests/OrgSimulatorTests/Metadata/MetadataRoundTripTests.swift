import Foundation
import Testing

@testable import OrgSimulator

/// The folder that contains `Tests/Tools`.
private let productRoot: URL = {
    var url = URL(filePath: #filePath)
    while url.path != "/", !FileManager.default.fileExists(atPath: url.appending(path: "Tests/Tools").path) {
        url.deleteLastPathComponent()
    }
    return url
}()

/// `Examples/harbour-bikes`, or another folder that `HARBOUR_BIKES` names.
private let demoSource =
    ProcessInfo.processInfo.environment["HARBOUR_BIKES"] ?? productRoot.appending(path: "Examples/harbour-bikes").path

/// Retrieves everything and compares it with its source by a script that shares no code with the simulator.
@Suite("Round trip from source to archive")
struct MetadataRoundTripTests {
    private func compare(_ source: String, _ pulled: SourceFixture) throws -> (status: Int32, text: String) {
        let script = productRoot.appending(path: "Tests/Tools/compare_with_source.py").path
        return try PythonJudge.run([script, source, pulled.url.path])
    }

    private func pull(_ source: String) async throws -> SourceFixture {
        let repository = try MetadataRepository(sourceDirectory: source)
        let types = Dictionary(grouping: repository.components, by: \.type.xmlName)
        let manifest = types.map { (type: $0.key, members: $0.value.map(\.fullName)) }
        let retrieved = try await MetadataTestOrg(repository).retrieve(manifest)
        #expect(retrieved.problems.isEmpty)
        let folder = try SourceFixture()
        for (path, bytes) in try PythonJudge.unpacked(retrieved.archive) { try folder.write(path, bytes) }
        return folder
    }

    private static let source: [String: String] = MetadataRetrieveTests.files.merging([
        ".forceignore": "*.orig\n", "main/lwc/card/card.js.orig": "old",
        "main/staticresources/pack.resource-meta.xml": metadataXML("StaticResource"),
        "main/staticresources/pack/a/b.css": "b{}",
        "main/staticresources/one.resource-meta.xml": metadataXML("StaticResource"),
        "main/staticresources/one.json": "{}",
        "main/documents/Pics.documentFolder-meta.xml": metadataXML("DocumentFolder"),
        "main/documents/Pics/logo.png": "png",
        "main/documents/Pics/logo.document-meta.xml": metadataXML("Document"),
        "main/objectTranslations/Bike__c-de/Bike__c-de.objectTranslation-meta.xml": metadataXML(
            "CustomObjectTranslation"),
        "main/objectTranslations/Bike__c-de/A__c.fieldTranslation-meta.xml": metadataXML(
            "CustomFieldTranslation", "<name>A__c</name>"),
        "main/connectedApps/App.connectedApp-meta.xml": metadataXML(
            "ConnectedApp", "<oauthConfig><consumerSecret>hush</consumerSecret></oauthConfig>"),
    ]) { first, _ in first }

    @Test("Everything that the simulator serves matches its source")
    func everything() async throws {
        let source = try SourceFixture(Self.source)
        let result = try compare(source.url.path, try await pull(source.url.path))
        #expect(result.text == "")
        #expect(result.status == 0)
    }

    @Test(
        "The comparison finds each difference and names it",
        arguments: [
            ("classes/Fare.cls", "class Fare {}\n", "classes/Fare.cls: not byte for byte"),
            ("lwc/card/extra.js", "", "lwc/card/extra.js: not in the source"),
            ("objects/Bike__c.object", metadataXML("CustomObject"), "lacks <label>"),
            (
                "objects/Account.object", metadataXML("CustomObject", "<fields><fullName>New</fullName></fields>"),
                "objects/Account.object: has <fields New>, which the source has not"
            ),
            ("staticresources/pack.resource", "no archive", "staticresources/pack.resource: not an archive"),
            (
                "profiles/Admin.profile", metadataXML("Profile", "<custom>false</custom>"),
                "profiles/Admin.profile: has <custom>"
            ),
            ("package.xml", metadataXML("Package"), "package.xml: does not name ApexClass Fare"),
            (
                "package.xml", metadataXML("Package", "<types><members>X</members><name>Role</name></types>"),
                "package.xml: names Role X, which is not there"
            ),
            (
                "connectedApps/App.connectedApp",
                metadataXML("ConnectedApp", "<oauthConfig><consumerSecret>x</consumerSecret></oauthConfig>"),
                "connectedApps/App.connectedApp: holds a consumerSecret"
            ),
        ])
    func differences(path: String, content: String, line: String) async throws {
        let source = try SourceFixture(Self.source)
        let pulled = try await pull(source.url.path)
        try pulled.write(path, Array(content.utf8))
        let result = try compare(source.url.path, pulled)
        #expect(result.status == 1)
        #expect(result.text.contains(line))
    }

    @Test("The comparison finds a missing file, and ignores the order and white space of XML")
    func missingAndReordered() async throws {
        let source = try SourceFixture(Self.source)
        let pulled = try await pull(source.url.path)
        try pulled.write(
            "objects/Account.object",
            Array(
                metadataXML(
                    "CustomObject",
                    "<recordTypes><fullName>Shop</fullName></recordTypes><fields><fullName> Tier__c </fullName></fields>"
                        + "<fields>\n<fullName>Area__c</fullName></fields>"
                ).utf8))
        #expect(try compare(source.url.path, pulled).text == "")
        try FileManager.default.removeItem(at: pulled.url.appending(path: "settings/Security.settings"))
        let result = try compare(source.url.path, pulled)
        #expect(result.text.contains("settings/Security.settings: not pulled"))
        #expect(result.text.contains("package.xml: names Settings Security, which is not there"))
    }

    @Test("The demo source is retrieved completely", .enabled(if: FileManager.default.fileExists(atPath: demoSource)))
    func demo() async throws {
        let repository = try MetadataRepository(sourceDirectory: demoSource)
        #expect(repository.notes.isEmpty)
        let result = try compare(demoSource, try await pull(demoSource))
        #expect(result.text == "")
        #expect(result.status == 0)
    }
}
