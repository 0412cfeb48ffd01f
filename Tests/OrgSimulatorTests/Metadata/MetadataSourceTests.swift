import Foundation
import Testing

@testable import OrgSimulator

@Suite("Loading a source folder")
struct MetadataSourceTests {
    private func paths(_ files: [String: String]) throws -> [String] {
        try SourceFixture(files).repository().components.flatMap { $0.files.map(\.path) }
    }

    private func text(_ repository: MetadataRepository, _ path: String) -> String? {
        repository.components.flatMap(\.files).first { $0.path == path }.map {
            String(decoding: $0.bytes, as: UTF8.self)
        }
    }

    @Test("A decomposed object becomes one file, sorted by element and by name, as Python's parser sees it")
    func merge() throws {
        let repository = try SourceFixture([
            "objects/Bike__c/Bike__c.object-meta.xml": metadataXML(
                "CustomObject",
                """
                <sharingModel>Read</sharingModel><actionOverrides><actionName>View</actionName></actionOverrides>
                <actionOverrides><actionName>Edit</actionName></actionOverrides>
                <description>5 &lt; 6 &amp; "q" 'a'&#13;
                  two lines</description><label></label>
                """),
            "objects/Bike__c/fields/Zeal__c.field-meta.xml": metadataXML(
                "CustomField", "<fullName>Zeal__c</fullName><label><![CDATA[<b>]]></label>"),
            "objects/Bike__c/fields/Age__c.field-meta.xml": metadataXML("CustomField", "<fullName>Age__c</fullName>"),
            "objects/Bike__c/indexes/I.index-meta.xml": metadataXML("Index", "<fullName>I</fullName>"),
            "objects/Bike__c/listViews/All.listView-meta.xml": metadataXML("ListView", "<fullName>All</fullName>"),
            "objects/Bike__c/webLinks/Nameless.webLink-meta.xml": metadataXML("WebLink", "<url>x</url>"),
        ]).repository()
        let bytes = try #require(repository.components.first?.files.first?.bytes)
        let script = """
            import json, sys, xml.etree.ElementTree as E
            strip = lambda tag: tag.rsplit('}', 1)[-1]
            tree = E.parse(sys.argv[1]).getroot()
            rows = [[strip(tree.tag), tree.tag.split('}')[0][1:]]]
            for child in tree:
                leaf = child if len(child) == 0 else child[0]
                rows.append([strip(child.tag), leaf.text or ''])
            print(json.dumps(rows))
            """
        let rows = try PythonJudge.run(script, on: bytes, as: [[String]].self)
        #expect(
            rows == [
                ["CustomObject", "http://soap.sforce.com/2006/04/metadata"],
                ["actionOverrides", "View"], ["actionOverrides", "Edit"],
                ["description", "5 < 6 & \"q\" 'a'\r\n  two lines"],
                ["fields", "Age__c"], ["fields", "Zeal__c"], ["indexes", "I"], ["label", ""], ["listViews", "All"],
                ["sharingModel", "Read"], ["webLinks", "Nameless"],
            ])
        #expect(String(decoding: bytes, as: UTF8.self).contains("\n        <fullName>Zeal__c</fullName>\n"))
        #expect(String(decoding: bytes, as: UTF8.self).contains("<label>&lt;b&gt;</label>"))
    }

    @Test("An object without its own file, and an object spread over two package directories")
    func spreadObject() throws {
        let repository = try SourceFixture([
            "sfdx-project.json": #"{"packageDirectories": [{"path": "./core"}, {"path": "more/", "default": true}]}"#,
            "core/main/objects/Account/fields/B__c.field-meta.xml": metadataXML(
                "CustomField", "<fullName>B__c</fullName>"),
            "more/objects/Account/fields/A__c.field-meta.xml": metadataXML("CustomField", "<fullName>A__c</fullName>"),
            "outside/classes/No.cls": "",
        ]).repository()
        #expect(repository.components.map(\.fullName) == ["Account"])
        #expect(repository.components[0].parts.map(\.fullName) == ["Account.A__c", "Account.B__c"])
        #expect(repository.ignored.isEmpty)
    }

    @Test("Field translations are merged into the object's translation")
    func translations() throws {
        let repository = try SourceFixture([
            "objectTranslations/Bike__c-de/Bike__c-de.objectTranslation-meta.xml": metadataXML(
                "CustomObjectTranslation", "<caseValues><plural>false</plural></caseValues>"),
            "objectTranslations/Bike__c-de/B__c.fieldTranslation-meta.xml": metadataXML(
                "CustomFieldTranslation", "<label>b</label><name>B__c</name>"),
            "objectTranslations/Bike__c-de/A__c.fieldTranslation-meta.xml": metadataXML(
                "CustomFieldTranslation", "<label>a</label><name>A__c</name>"),
        ]).repository()
        let tree = try XMLTree.parse(
            Array(try #require(text(repository, "objectTranslations/Bike__c-de.objectTranslation")).utf8))
        #expect(tree.children.map(\.name) == ["caseValues", "fields", "fields"])
        #expect(tree.children("fields").map { $0.value("name") } == ["A__c", "B__c"])
    }

    @Test("Static resources: any extension becomes .resource, a directory becomes an archive")
    func staticResources() throws {
        let folder = try SourceFixture([
            "staticresources/one.resource-meta.xml": metadataXML("StaticResource"),
            "staticresources/one.json": "{}",
            "staticresources/two.resource-meta.xml": metadataXML("StaticResource"),
            "staticresources/two/a/b.css": "b{}",
            "staticresources/two/index.html": "<p>",
            "staticresources/three.resource-meta.xml": metadataXML("StaticResource"),
            "staticresources/three.resource": "raw",
        ])
        let repository = try folder.repository()
        #expect(text(repository, "staticresources/one.resource") == "{}")
        #expect(text(repository, "staticresources/three.resource") == "raw")
        let archive = try #require(
            repository.components.flatMap(\.files).first { $0.path == "staticresources/two.resource" })
        #expect(
            try PythonJudge.unpacked(archive.bytes) == ["a/b.css": Array("b{}".utf8), "index.html": Array("<p>".utf8)])
        #expect(try folder.repository().components.map(\.files) == repository.components.map(\.files))
    }

    @Test("Folders, documents and templates keep their paths")
    func foldersAndDocuments() throws {
        #expect(
            try paths([
                "documents/Pics.documentFolder-meta.xml": metadataXML("DocumentFolder"),
                "documents/Pics/logo.png": "png",
                "documents/Pics/logo.document-meta.xml": metadataXML("Document"),
                "documents/Pics/old.txt": "x",
                "documents/Pics/old.txt-meta.xml": metadataXML("Document"),
                "email/Team-meta.xml": metadataXML("EmailFolder"),
                "email/Team/Hello.email": "Hello",
                "email/Team/Hello.email-meta.xml": metadataXML("EmailTemplate"),
            ]) == [
                "documents/Pics-meta.xml", "documents/Pics/logo.png", "documents/Pics/logo.png-meta.xml",
                "documents/Pics/old.txt", "documents/Pics/old.txt-meta.xml", "email/Team-meta.xml",
                "email/Team/Hello.email", "email/Team/Hello.email-meta.xml",
            ])
    }

    @Test("Types that share a suffix are told apart by their directory, whatever lies above")
    func sharedSuffixes() throws {
        let repository = try SourceFixture([
            "app/docs/sites/Shop.site-meta.xml": metadataXML("CustomSite"),
            "app/experiences/Help.site-meta.xml": metadataXML("ExperienceBundle"),
            "app/experiences/Help/config/help.json": "{}",
            "app/emailservices/In.xml-meta.xml": metadataXML("EmailServicesFunction"),
            "app/territory2Models/M/M.territory2Model-meta.xml": metadataXML("Territory2Model"),
            "app/territory2Models/M/rules/R.territory2Rule-meta.xml": metadataXML("Territory2Rule"),
            "app/anywhere/Deep.role-meta.xml": metadataXML("Role"),
        ]).repository()
        #expect(
            repository.components.map { "\($0.type.xmlName) \($0.fullName) \($0.files[0].path)" } == [
                "CustomSite Shop sites/Shop.site", "EmailServicesFunction In emailservices/In.xml",
                "ExperienceBundle Help experiences/Help.site-meta.xml", "Role Deep roles/Deep.role",
                "Territory2Model M territory2Models/M/M.territory2Model",
                "Territory2Rule M.R territory2Models/M/rules/R.territory2Rule",
            ])
    }

    @Test("A folder in the Metadata API form is served as it is")
    func metadataAPIForm() throws {
        let object = metadataXML(
            "CustomObject", "<label>x</label>\n  <fields><fullName>B__c</fullName></fields><!-- kept -->")
        let repository = try SourceFixture([
            "package.xml": metadataXML("Package"),
            "objects/Bike__c.object": object,
            "classes/Fare.cls": "x", "classes/Fare.cls-meta.xml": metadataXML("ApexClass"),
            "staticresources/a.resource": "zip", "staticresources/a.resource-meta.xml": metadataXML("StaticResource"),
            "reports/Team-meta.xml": metadataXML("ReportFolder"), "reports/Team/R.report": metadataXML("Report"),
            "documents/D-meta.xml": metadataXML("DocumentFolder"), "documents/D/a.txt": "t",
            "documents/D/a.txt-meta.xml": metadataXML("Document"),
            "lwc/card/card.js": "js",
            "connectedApps/App.connectedApp": metadataXML("ConnectedApp"),
            "README.md": "not metadata",
        ]).repository()
        #expect(text(repository, "objects/Bike__c.object") == object)
        #expect(repository.part(ofType: "CustomField", named: "Bike__c.B__c") != nil)
        #expect(
            repository.components.flatMap { $0.files.map(\.path) }.sorted() == [
                "classes/Fare.cls", "classes/Fare.cls-meta.xml", "connectedApps/App.connectedApp",
                "documents/D-meta.xml", "documents/D/a.txt", "documents/D/a.txt-meta.xml", "lwc/card/card.js",
                "objects/Bike__c.object", "reports/Team-meta.xml", "reports/Team/R.report",
                "staticresources/a.resource", "staticresources/a.resource-meta.xml",
            ])
        #expect(repository.ignored.map(\.file) == ["README.md"])
    }

    @Test(
        "A package directory that is a link, or behind one, is not followed, nor is a project file",
        arguments: ["app", "app/main", "sfdx-project.json"])
    func links(_ name: String) throws {
        let folder = try SourceFixture([
            "sfdx-project.json": #"{"packageDirectories": [{"path": "app/main"}]}"#,
            "app/main/roles/A.role-meta.xml": metadataXML("Role"),
        ])
        _ = try folder.repository()
        let place = folder.url.appending(path: name)
        let elsewhere = folder.url.deletingLastPathComponent().appending(path: "elsewhere-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: elsewhere) }
        try FileManager.default.moveItem(at: place, to: elsewhere)
        try FileManager.default.createSymbolicLink(at: place, withDestinationURL: elsewhere)
        let problem = try #require(throws: SourceProblem.self) { try folder.repository() }
        #expect(problem.file == "sfdx-project.json")
    }

    @Test(
        "A folder that cannot be served names the file and the reason",
        arguments: [
            (["roles/A.role-meta.xml": "<Role>"], "roles/A.role-meta.xml", "not well-formed"),
            (["roles/A.role-meta.xml": "<!DOCTYPE x><Role/>"], "roles/A.role-meta.xml", "document type declaration"),
            (
                ["a/roles/A.role-meta.xml": metadataXML("Role"), "b/roles/A.role-meta.xml": metadataXML("Role")],
                "b/roles/A.role-meta.xml", "a/roles/A.role-meta.xml claim the same component"
            ),
            (["classes/A.cls": "x"], "classes/A.cls", "no -meta.xml file beside it"),
            (["classes/A.cls-meta.xml": metadataXML("ApexClass")], "classes/A.cls-meta.xml", "no content file"),
            (
                [
                    "staticresources/a.resource-meta.xml": metadataXML("StaticResource"), "staticresources/a.txt": "",
                    "staticresources/a/b": "",
                ], "staticresources/a.txt", "claims the same static resource"
            ),
            (
                [
                    "a/objects/X/fields/F.field-meta.xml": metadataXML("CustomField", "<fullName>F</fullName>"),
                    "b/objects/X/fields/F.field-meta.xml": metadataXML("CustomField", "<fullName>F</fullName>"),
                ], "a/objects/X/fields/F.field-meta.xml", "'F' of X is defined twice"
            ),
            (
                [
                    "a/objects/X/X.object-meta.xml": metadataXML("CustomObject"),
                    "b/objects/X/X.object-meta.xml": metadataXML("CustomObject"),
                ], "b/objects/X/X.object-meta.xml", "claim the same component"
            ),
            (
                ["objects/X/fields/F.field-meta.xml": metadataXML("ListView")], "objects/X/fields/F.field-meta.xml",
                "the root element is <ListView>, not <CustomField>"
            ),
            (
                [
                    "labels/A.labels-meta.xml": metadataXML("CustomLabels", "<labels><fullName>L</fullName></labels>"),
                    "labels/B.labels-meta.xml": metadataXML("CustomLabels", "<labels><fullName>L</fullName></labels>"),
                ], "labels/B.labels", "'L' is also defined in labels/A.labels"
            ),
            (["a/lwc/c/c.js": "", "b/lwc/c/c.js": ""], "b/lwc/c/c.js", "claims the same component as a/lwc/c/c.js"),
            (
                ["sfdx-project.json": #"{"packageDirectories": [{"path": "gone"}]}"#], "sfdx-project.json",
                "'gone' does not exist"
            ),
            (
                ["sfdx-project.json": #"{"packageDirectories": [{"path": "../x"}]}"#], "sfdx-project.json",
                "outside the project"
            ),
            (["sfdx-project.json": "{"], "sfdx-project.json", "not a project file"),
            (["package.xml/x": ""], "package.xml", "a folder, not a file"),
            (
                [
                    "sfdx-project.json":
                        #"{"packageDirectories": [], "sourceBehaviorOptions": ["decomposeWorkflowBeta"]}"#
                ], "sfdx-project.json", "sourceBehaviorOptions is not supported (decomposeWorkflowBeta)"
            ),
        ] as [([String: String], String, String)])
    func problems(files: [String: String], file: String, reason: String) throws {
        let folder = try SourceFixture(files)
        let problem = try #require(throws: SourceProblem.self) { try folder.repository() }
        #expect(problem.file == file)
        #expect(problem.reason.contains(reason))
    }

    @Test("A folder that does not exist is refused")
    func noFolder() {
        #expect(throws: SourceProblem.self) { try MetadataRepository(sourceDirectory: "/nowhere/at/all") }
    }

    @Test("Ignored and hidden files are not served; other files that are no metadata are reported")
    func ignoredFiles() throws {
        let repository = try SourceFixture([
            ".forceignore": "**/__tests__/**\njsconfig.json\n",
            "lwc/card/card.js": "", "lwc/card/__tests__/t.js": "", "lwc/card/.hidden": "", "lwc/jsconfig.json": "",
            "lwc/.eslintrc.json": "", "notes.txt": "", "things/A.unheardOf-meta.xml": "",
        ]).repository()
        #expect(repository.components.flatMap { $0.files.map(\.path) } == ["lwc/card/card.js"])
        #expect(repository.ignored.map(\.file).sorted() == ["notes.txt", "things/A.unheardOf-meta.xml"])
    }

    @Test(
        "Ignore rules follow gitignore",
        arguments: [
            ("*.orig", "a/b.orig", true), ("*.orig", "b.orig.txt", false), ("# x\n\n", "x", false),
            ("/top", "top", true), ("/top", "a/top", false), ("a/b", "a/b/c", true), ("a/b", "x/a/b", false),
            ("**/b", "x/y/b", true), ("a/**", "a/b/c", true), ("a/**", "a", false), ("a/**/z", "a/z", true),
            ("a/**/z", "a/b/c/z", true), ("build/", "x/build/f", true), ("build/", "x/build", false),
            ("?.txt", "a.txt", true), ("?.txt", "ab.txt", false), ("[a-c].x", "b.x", true), ("[!a-c].x", "b.x", false),
            ("*.cls\n!Keep.cls", "Keep.cls", false), ("*.cls\n!Keep.cls", "Drop.cls", true),
            ("dir\n!dir/keep", "dir/keep", true), ("\\#x", "#x", true), ("\\!x", "!x", true), ("x  ", "x", true),
            ("a*b", "a/b", false), ("**/__tests__/**", "lwc/c/__tests__/t.js", true),
        ])
    func ignoreRules(rules: String, path: String, isIgnored: Bool) {
        #expect(IgnoreRules(rules).ignores(path, isDirectory: false) == isIgnored)
    }

    @Test(
        "The namespace of an installed package is found in every kind of name",
        arguments: [
            ("acme__Thing__c", "CustomObject", "acme"), ("Thing__c", "CustomObject", nil),
            ("Account.acme__Tier__c", "CustomField", "acme"), ("acme__Thing__c-acme__Main", "Layout", "acme"),
            ("acme__Thing__c-Main", "Layout", nil), ("acme__Tool", "ApexClass", "acme"),
            ("standard__Sales", "CustomApplication", nil), ("Folder/acme__R", "Report", "acme"),
            ("acme__Thing__c-de", "CustomObjectTranslation", "acme"), ("Rule__mdt.Row", "CustomMetadata", nil),
            ("a b__c d", "Profile", nil),
        ] as [(String, String, String?)])
    func namespaces(name: String, type: String, namespace: String?) {
        #expect(ComponentName.namespacePrefix(name, type: type) == namespace)
    }
}
