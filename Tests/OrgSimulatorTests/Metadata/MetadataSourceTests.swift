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

    @Test("A decomposed object becomes one file, sorted by element and name (read by Python's parser)")
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

    @Test("An object without its own file, and an object in two package directories")
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
        #expect(repository.notes.isEmpty)
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

    @Test("Types with the same suffix are distinguished by their directory, at any depth")
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
        #expect(repository.notes.map(\.file) == ["README.md"])
    }

    @Test(
        "A package directory that is a link or reached through one is not followed, nor is a project file",
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
        let refusal = try #require(throws: SourceFolderError.self) { try folder.repository() }
        #expect(refusal.problems.map(\.file) == ["sfdx-project.json"])
    }

    /// A conflict or an invalid file, and what is served nevertheless.
    struct Flaw: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var files: [String: String]
        /// Paths in the archive, with a part of their content.
        var served: [String: String] = [:]
        /// Files with a note, and a part of its reason.
        var notes: [String: String] = [:]
    }

    private static func field(_ name: String, _ label: String = "x") -> String {
        metadataXML("CustomField", "<fullName>\(name)</fullName><label>\(label)</label>")
    }

    private static func labels(_ labels: [(String, String)]) -> String {
        metadataXML(
            "CustomLabels",
            labels.map { "<labels><fullName>\($0.0)</fullName><value>\($0.1)</value></labels>" }.joined())
    }

    static let flaws = [
        Flaw(
            testDescription: "XML that is not well-formed", files: ["roles/A.role-meta.xml": "<Role>"],
            notes: ["roles/A.role-meta.xml": "not well-formed"]),
        Flaw(
            testDescription: "a document type", files: ["roles/A.role-meta.xml": "<!DOCTYPE x><Role/>"],
            notes: ["roles/A.role-meta.xml": "document type declaration"]),
        Flaw(
            testDescription: "two files of one component",
            files: [
                "a/roles/A.role-meta.xml": metadataXML("Role", "<name>first</name>"),
                "b/roles/A.role-meta.xml": metadataXML("Role", "<name>second</name>"),
            ], served: ["roles/A.role": "first"],
            notes: ["b/roles/A.role-meta.xml": "a/roles/A.role-meta.xml provides the same file and comes first"]),
        Flaw(
            testDescription: "two copies of one component",
            files: [
                "a/roles/A.role-meta.xml": metadataXML("Role"), "b/roles/A.role-meta.xml": metadataXML("Role"),
            ], served: ["roles/A.role": "Role"]),
        Flaw(
            testDescription: "a class without its XML", files: ["classes/A.cls": "x"],
            notes: ["classes/A.cls": "no -meta.xml file beside it"]),
        Flaw(
            testDescription: "XML without its class", files: ["classes/A.cls-meta.xml": metadataXML("ApexClass")],
            notes: ["classes/A.cls-meta.xml": "no content file"]),
        Flaw(
            testDescription: "a static resource packed and unpacked",
            files: [
                "staticresources/a.resource-meta.xml": metadataXML("StaticResource"), "staticresources/a.txt": "",
                "staticresources/a/b": "",
            ], served: ["staticresources/a.resource-meta.xml": "StaticResource", "staticresources/a.resource": ""],
            notes: ["staticresources/a.txt": "is the same static resource"]),
        Flaw(
            testDescription: "one field in two folders",
            files: [
                "a/objects/X/fields/F.field-meta.xml": field("F", "first"),
                "b/objects/X/fields/F.field-meta.xml": field("F", "second"),
                "b/objects/X/fields/G.field-meta.xml": field("G"),
            ], served: ["objects/X.object": "<label>first</label>"],
            notes: [
                "b/objects/X/fields/F.field-meta.xml": "a/objects/X/fields/F.field-meta.xml defines it differently"
            ]),
        Flaw(
            testDescription: "one object in two folders",
            files: [
                "a/objects/X/X.object-meta.xml": metadataXML(
                    "CustomObject",
                    "<actionOverrides><actionName>View</actionName></actionOverrides><label>first</label>"),
                "b/objects/X/X.object-meta.xml": metadataXML(
                    "CustomObject",
                    "<actionOverrides><actionName>View</actionName></actionOverrides><label>second</label>"
                        + "<sharingModel>Read</sharingModel>"),
            ],
            served: [
                "objects/X.object": """
                <actionOverrides>
                        <actionName>View</actionName>
                    </actionOverrides>
                    <label>first</label>
                    <sharingModel>Read</sharingModel>
                </CustomObject>
                """
            ],
            notes: [
                "b/objects/X/X.object-meta.xml":
                    "<label> is not served: a/objects/X/X.object-meta.xml defines it differently"
            ]
        ),
        Flaw(
            testDescription: "one object translation in two folders",
            files: [
                "a/objectTranslations/X-de/X-de.objectTranslation-meta.xml": metadataXML(
                    "CustomObjectTranslation", "<caseValues><plural>false</plural></caseValues>"),
                "a/objectTranslations/X-de/A.fieldTranslation-meta.xml": metadataXML(
                    "CustomFieldTranslation", "<name>A</name>"),
                "b/objectTranslations/X-de/X-de.objectTranslation-meta.xml": metadataXML(
                    "CustomObjectTranslation",
                    "<caseValues><plural>false</plural></caseValues><layouts><layout>L</layout></layouts>"),
                "b/objectTranslations/X-de/B.fieldTranslation-meta.xml": metadataXML(
                    "CustomFieldTranslation", "<name>B</name>"),
            ],
            served: [
                "objectTranslations/X-de.objectTranslation": """
                <caseValues>
                        <plural>false</plural>
                    </caseValues>
                    <fields>
                        <name>A</name>
                    </fields>
                    <fields>
                        <name>B</name>
                    </fields>
                    <layouts>
                        <layout>L</layout>
                    </layouts>
                </CustomObjectTranslation>
                """
            ]),
        Flaw(
            testDescription: "the labels in two folders",
            files: [
                "a/labels/CustomLabels.labels-meta.xml": labels([("A", "1"), ("C", "1")]),
                "b/labels/CustomLabels.labels-meta.xml": labels([("B", "1"), ("A", "1"), ("C", "2")]),
            ],
            served: [
                "labels/CustomLabels.labels": """
                <labels>
                        <fullName>B</fullName>
                        <value>1</value>
                    </labels>
                    <labels>
                        <fullName>C</fullName>
                        <value>1</value>
                    </labels>
                </CustomLabels>
                """
            ],
            notes: [
                "b/labels/CustomLabels.labels-meta.xml":
                    "<labels> C is not served: a/labels/CustomLabels.labels-meta.xml defines it differently"
            ]),
        Flaw(
            testDescription: "one label in two files",
            files: [
                "labels/A.labels-meta.xml": labels([("L", "1")]), "labels/B.labels-meta.xml": labels([("L", "2")]),
            ],
            served: ["labels/A.labels": "<value>1", "labels/B.labels": "<value>2"],
            notes: ["labels/B.labels": "the CustomLabel 'L' is served from labels/A.labels"]),
        Flaw(
            testDescription: "a translation in two folders",
            files: [
                "a/translations/de.translation-meta.xml": metadataXML(
                    "Translations", "<customLabels><label>a</label><name>A</name></customLabels>"),
                "b/translations/de.translation-meta.xml": metadataXML(
                    "Translations", "<customLabels><label>b</label><name>B</name></customLabels>"),
            ], served: ["translations/de.translation": "<name>B</name>"]),
        Flaw(
            testDescription: "a part with another root element",
            files: [
                "objects/X/fields/F.field-meta.xml": metadataXML("ListView"),
                "objects/X/fields/G.field-meta.xml": field("G"),
            ], served: ["objects/X.object": "<fullName>G</fullName>"],
            notes: ["objects/X/fields/F.field-meta.xml": "the root element is <ListView>, not <CustomField>"]),
        Flaw(
            testDescription: "an object without any readable part",
            files: ["objects/X/fields/F.field-meta.xml": "<CustomField>"],
            notes: ["objects/X/fields/F.field-meta.xml": "not well-formed"]),
        Flaw(
            testDescription: "a file of a bundle in two folders",
            files: ["a/lwc/c/c.js": "first", "b/lwc/c/c.js": "second", "b/lwc/c/d.js": "more"],
            served: ["lwc/c/c.js": "first", "lwc/c/d.js": "more"],
            notes: [
                "b/lwc/c/c.js": "a/lwc/c/c.js provides the same file and comes first",
                "b/lwc/c/d.js": "is served as a part of a/lwc/c, which is another folder",
            ]),
        Flaw(
            testDescription: "two names that differ in case only",
            files: [
                "a/roles/A.role-meta.xml": metadataXML("Role", "<name>first</name>"),
                "b/roles/a.role-meta.xml": metadataXML("Role", "<name>second</name>"),
            ], served: ["roles/A.role": "first"],
            notes: ["roles/a.role": "roles/A.role has the same name, because an org ignores case in names"]),
        Flaw(
            testDescription: "another root element, which is served as it is",
            files: ["tabs/A.tab-meta.xml": metadataXML("CustomApplication")],
            served: ["tabs/A.tab": "CustomApplication"],
            notes: ["tabs/A.tab-meta.xml": "the root element is <CustomApplication>, not <CustomTab>"]),
        Flaw(
            testDescription: "a root element without its namespace",
            files: ["roles/A.role-meta.xml": "<?xml version=\"1.0\"?>\n<!-- <x> -->\n<Role/>"],
            served: ["roles/A.role": "<Role/>"],
            notes: ["roles/A.role-meta.xml": "is not in the namespace of the Metadata API"]),
        Flaw(
            testDescription: "the settings of something",
            files: ["settings/Account.settings-meta.xml": metadataXML("AccountSettings")],
            served: ["settings/Account.settings": "AccountSettings"]),
        Flaw(
            testDescription: "a folder without its own file",
            files: [
                "documents/D/E/x.txt": "x", "documents/D/E/x.txt-meta.xml": metadataXML("Document"),
                "email/unfiled$public/M.email": "x",
                "email/unfiled$public/M.email-meta.xml": metadataXML("EmailTemplate"),
            ],
            served: [
                "documents/D-meta.xml": "<name>D</name>", "documents/D/E-meta.xml": "<name>E</name>",
                "documents/D/E/x.txt": "x", "documents/D/E/x.txt-meta.xml": "", "email/unfiled$public/M.email": "x",
                "email/unfiled$public/M.email-meta.xml": "",
            ],
            notes: [
                "documents/D": "has no -meta.xml file of its own", "documents/D/E": "has no -meta.xml file of its own",
            ]),
        Flaw(
            testDescription: "a package.xml that is not well-formed",
            files: ["package.xml": "<Package", "roles/A.role": metadataXML("Role")], served: ["roles/A.role": "Role"],
            notes: ["package.xml": "not well-formed"]),
        Flaw(
            testDescription: "a package.xml of something else",
            files: ["package.xml": metadataXML("Role"), "roles/A.role": metadataXML("Role")],
            served: ["roles/A.role": "Role"], notes: ["package.xml": "the root element is <Role>, not <Package>"]),
        Flaw(
            testDescription: "a package.xml that does not match the files",
            files: [
                "package.xml": metadataXML(
                    "Package",
                    "<types><members>A</members><members>C</members><name>Role</name></types>"
                        + "<types><members>*</members><name>CustomTab</name></types>"
                        + "<types><members>X.F</members><name>CustomField</name></types>"),
                "roles/A.role": metadataXML("Role"), "roles/B.role": metadataXML("Role"),
                "tabs/T.tab": metadataXML("CustomTab"), "objects/X.object": metadataXML("CustomObject"),
            ],
            served: ["roles/A.role": "", "roles/B.role": "", "tabs/T.tab": "", "objects/X.object": ""],
            notes: [
                "package.xml": "names the Role 'C', but no file defines it",
                "roles/B.role": "is served, though package.xml does not name it",
            ]),
        Flaw(
            testDescription: "files of tools",
            files: [
                "sfdx-project.json": #"{"packageDirectories": [{"path": "."}]}"#, "lwc/jsconfig.json": "{}",
                "destructiveChanges.xml": "<Package/>", "roles/A.role-meta.xml": metadataXML("Role"),
            ], served: ["roles/A.role": "Role"]),
        Flaw(
            testDescription: "an option that is not supported",
            files: [
                "sfdx-project.json":
                    #"{"packageDirectories": [{"path": "p"}], "sourceBehaviorOptions": ["decomposeWorkflowBeta"]}"#,
                "p/roles/A.role-meta.xml": metadataXML("Role"),
            ], served: ["roles/A.role": "Role"], notes: ["sfdx-project.json": "decomposeWorkflowBeta is not supported"]),
        Flaw(
            testDescription: "a package directory that does not exist",
            files: [
                "sfdx-project.json": #"{"packageDirectories": [{"path": "p"}, {"path": "gone"}]}"#,
                "p/roles/A.role-meta.xml": metadataXML("Role"),
            ], served: ["roles/A.role": "Role"], notes: ["sfdx-project.json": "'gone' does not exist"]),
    ]

    @Test("Conflicts and invalid files are noted, and everything else is served", arguments: flaws)
    func flaw(_ flaw: Flaw) throws {
        let repository = try SourceFixture(flaw.files).repository()
        #expect(repository.components.flatMap { $0.files.map(\.path) }.sorted() == flaw.served.keys.sorted())
        for (path, piece) in flaw.served where !piece.isEmpty {
            #expect(text(repository, path)?.contains(piece) == true, "\(text(repository, path) ?? path)")
        }
        for note in repository.notes { #expect(flaw.notes[note.file].map(note.reason.contains) == true, "\(note)") }
        #expect(Set(repository.notes.map(\.file)) == Set(flaw.notes.keys))
    }

    @Test("All notes are returned together; files of no known type are last")
    func allNotes() throws {
        let repository = try SourceFixture([
            "0.txt": "no metadata", "roles/A.role-meta.xml": "<Role>", "roles/B.role-meta.xml": "<Role>",
            "classes/A.cls": "x", "a/lwc/c/c.js": "first", "b/lwc/c/c.js": "second",
        ]).repository()
        #expect(
            repository.notes.map(\.file) == [
                "classes/A.cls", "b/lwc/c/c.js", "roles/A.role-meta.xml", "roles/B.role-meta.xml", "0.txt",
            ])
    }

    @Test(
        "The refusal of a folder names every file and reason",
        arguments: [
            (
                ["sfdx-project.json": #"{"packageDirectories": [{"path": "gone"}, {"path": "lost"}]}"#],
                ["the package directory 'gone' does not exist", "the package directory 'lost' does not exist"]
            ),
            (
                ["sfdx-project.json": #"{"packageDirectories": [{"path": "../x"}, {"path": "/y"}, {"path": "z"}]}"#],
                [
                    "the package directory '../x' is outside the project",
                    "the package directory '/y' is outside the project", "the package directory 'z' does not exist",
                ]
            ),
            (
                ["sfdx-project.json": "{"],
                ["not a project file: it must have packageDirectories, each with a path"]
            ),
            (["package.xml/x": ""], ["a folder, not a file"]),
        ] as [([String: String], [String])])
    func refusals(files: [String: String], reasons: [String]) throws {
        let folder = try SourceFixture(files)
        let refusal = try #require(throws: SourceFolderError.self) { try folder.repository() }
        #expect(refusal.problems.map(\.reason) == reasons)
    }

    @Test("A package in the folder src or unpackaged is in the Metadata API form", arguments: ["src", "unpackaged"])
    func packageBelow(_ name: String) throws {
        let repository = try SourceFixture([
            "README.md": "", "\(name)/package.xml": metadataXML("Package"),
            "\(name)/objects/Bike__c.object": metadataXML("CustomObject"),
        ]).repository()
        #expect(repository.components.flatMap { $0.files.map(\.path) } == ["objects/Bike__c.object"])
        #expect(repository.notes.isEmpty)
    }

    @Test("A folder that does not exist is rejected")
    func noFolder() {
        #expect(throws: SourceFolderError.missing("/nowhere/at/all", "there is no such folder")) {
            try MetadataRepository(sourceDirectory: "/nowhere/at/all")
        }
    }

    @Test("Ignored and hidden files are not served; other files that are not metadata are reported")
    func ignoredFiles() throws {
        let repository = try SourceFixture([
            ".forceignore": "**/__tests__/**\njsconfig.json\n",
            "lwc/card/card.js": "", "lwc/card/__tests__/t.js": "", "lwc/card/.hidden": "", "lwc/jsconfig.json": "",
            "lwc/.eslintrc.json": "", "notes.txt": "", "things/A.unheardOf-meta.xml": "",
        ]).repository()
        #expect(repository.components.flatMap { $0.files.map(\.path) } == ["lwc/card/card.js"])
        #expect(repository.notes.map(\.file).sorted() == ["notes.txt", "things/A.unheardOf-meta.xml"])
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
