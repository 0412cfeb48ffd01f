import Foundation
import Testing

@testable import OrgSimulator

@Suite("Retrieved archives")
struct MetadataRetrieveTests {
    static let files = [
        "main/classes/Fare.cls": "class Fare {}\r\n",
        "main/classes/Fare.cls-meta.xml": metadataXML("ApexClass"),
        "main/classes/acme__Tool.cls": "class Tool {}",
        "main/classes/acme__Tool.cls-meta.xml": metadataXML("ApexClass"),
        "main/objects/Account/fields/Tier__c.field-meta.xml": metadataXML(
            "CustomField", "<fullName>Tier__c</fullName>"),
        "main/objects/Account/fields/Area__c.field-meta.xml": metadataXML(
            "CustomField", "<fullName>Area__c</fullName>"),
        "main/objects/Account/recordTypes/Shop.recordType-meta.xml": metadataXML(
            "RecordType", "<fullName>Shop</fullName>"),
        "main/objects/Bike__c/Bike__c.object-meta.xml": metadataXML("CustomObject", "<label>Bike</label>"),
        "main/objects/acme__Part__c/acme__Part__c.object-meta.xml": metadataXML("CustomObject"),
        "main/labels/CustomLabels.labels-meta.xml": metadataXML(
            "CustomLabels",
            "<labels><fullName>A</fullName><value>1</value></labels><labels><fullName>B</fullName></labels>"),
        "main/workflows/Bike__c.workflow-meta.xml": metadataXML(
            "Workflow", "<alerts><fullName>Ring</fullName></alerts><rules><fullName>Ring</fullName></rules>"),
        "main/reports/Team.reportFolder-meta.xml": metadataXML("ReportFolder"),
        "main/reports/Team/Top.report-meta.xml": metadataXML("Report"),
        "main/layouts/Account-Shop %28All%29.layout-meta.xml": metadataXML("Layout"),
        "main/settings/Security.settings-meta.xml": metadataXML("SecuritySettings"),
        "main/standardValueSets/Industry.standardValueSet-meta.xml": metadataXML("StandardValueSet"),
        "main/lwc/card/card.js": "export default 1;\n",
        "main/lwc/card/card.js-meta.xml": metadataXML("LightningComponentBundle"),
        "main/lwc/card/icons/a.svg": "<svg/>",
        "main/profiles/Admin.profile-meta.xml": profile,
        "main/permissionsets/All.permissionset-meta.xml": profile.replacingOccurrences(
            of: "Profile", with: "PermissionSet"),
    ]

    static let profile = metadataXML(
        "Profile",
        """
        <applicationVisibilities><application>Desk</application></applicationVisibilities>
        <classAccesses><apexClass>Fare</apexClass></classAccesses>
        <classAccesses><apexClass>Other</apexClass></classAccesses>
        <custom>true</custom>
        <fieldPermissions><field>Account.Tier__c</field></fieldPermissions>
        <fieldPermissions><field>Bike__c.Color__c</field></fieldPermissions>
        <flowAccesses><flow>Go</flow></flowAccesses>
        <layoutAssignments><layout>Account-Shop %28All%29</layout></layoutAssignments>
        <objectPermissions><object>Bike__c</object></objectPermissions>
        <pageAccesses><apexPage>Home</apexPage></pageAccesses>
        <recordTypeVisibilities><recordType>Account.Shop</recordType></recordTypeVisibilities>
        <tabVisibilities><tab>Bike__c</tab></tabVisibilities>
        <userPermissions><name>ViewSetup</name></userPermissions>
        """)

    let org: MetadataTestOrg

    init() throws { org = try MetadataTestOrg(Self.files) }

    @Test("The archive has an unpackaged folder, unless a single package is requested")
    func rootFolder() async throws {
        let single = try await org.retrieve([("ApexClass", ["Fare"])])
        #expect(single.paths == ["classes/Fare.cls", "classes/Fare.cls-meta.xml", "package.xml"])
        let several = try await org.retrieve([("ApexClass", ["Fare", "Gone"])], singlePackage: false)
        #expect(several.paths == single.paths.map { "unpackaged/\($0)" })
        #expect(several.result.child("messages")?.value("fileName") == "unpackaged/package.xml")
        #expect(single.files["classes/Fare.cls"] == "class Fare {}\r\n")
    }

    @Test("A wildcard selects custom objects, except for installed packages; standard objects must be named")
    func objectWildcard() async throws {
        let all = try await org.retrieve([("CustomObject", ["*"])])
        #expect(try all.manifest() == ["CustomObject": ["Bike__c"]])
        let named = try await org.retrieve([("CustomObject", ["*", "Account", "acme__Part__c"])])
        #expect(try named.manifest() == ["CustomObject": ["Account", "Bike__c", "acme__Part__c"]])
        #expect(named.files["objects/Account.object"]?.contains("Tier__c") == true)
        #expect(try await org.retrieve([("ApexClass", ["*"])]).manifest() == ["ApexClass": ["Fare"]])
    }

    @Test("A child requested alone returns a parent with only this child")
    func childAlone() async throws {
        let retrieved = try await org.retrieve([("CustomField", ["Account.Tier__c"]), ("RecordType", ["Account.Shop"])])
        #expect(retrieved.paths == ["objects/Account.object", "package.xml"])
        let object = try XMLTree.parse(Array(try #require(retrieved.files["objects/Account.object"]).utf8))
        #expect(object.children.map(\.name) == ["fields", "recordTypes"])
        #expect(object.children[0].value("fullName") == "Tier__c")
        #expect(
            try retrieved.manifest() == ["CustomField": ["Account.Tier__c"], "RecordType": ["Account.Shop"]])
    }

    @Test("A child requested with its parent changes only package.xml")
    func childAndParent() async throws {
        let whole = try await org.retrieve([("CustomObject", ["Account"])])
        let both = try await org.retrieve([("CustomField", ["Account.Tier__c"]), ("CustomObject", ["Account"])])
        #expect(both.files["objects/Account.object"] == whole.files["objects/Account.object"])
        #expect(try both.manifest().keys.sorted() == ["CustomField", "CustomObject"])
    }

    @Test("Labels and rules can be requested one by one, and equal names of different child types are distinct")
    func inlineChildren() async throws {
        let retrieved = try await org.retrieve([("CustomLabel", ["B"]), ("WorkflowRule", ["Bike__c.Ring"])])
        let labels = try XMLTree.parse(Array(try #require(retrieved.files["labels/CustomLabels.labels"]).utf8))
        #expect(labels.children.map { $0.value("fullName") } == ["B"])
        let workflow = try XMLTree.parse(Array(try #require(retrieved.files["workflows/Bike__c.workflow"]).utf8))
        #expect(workflow.children.map(\.name) == ["rules"])
    }

    @Test("Members and types that do not exist become messages, and the job still succeeds")
    func messages() async throws {
        let retrieved = try await org.retrieve([
            ("ApexClass", ["FooBar", "fare"]), ("Nonsense", ["*"]), ("ReportFolder", ["Team"]),
            ("CustomField", ["Account.No__c", "*"]),
        ])
        #expect(
            retrieved.problems == [
                "Entity of type 'ApexClass' named 'FooBar' cannot be found",
                "Entity of type 'ApexClass' named 'fare' cannot be found",
                "Entity type: 'Nonsense' is unknown",
                "Entity type: 'ReportFolder' is unknown",
                "Entity of type 'CustomField' named 'Account.No__c' cannot be found",
                "Entity of type 'CustomField' named '*' cannot be found",
            ])
        #expect(retrieved.result.value("status") == "Succeeded")
        #expect(retrieved.paths == ["package.xml"])
        #expect(retrieved.result.child("messages")?.value("fileName") == "package.xml")
    }

    @Test("A type newer than the manifest's version becomes a message")
    func laterType() async throws {
        let retrieved = try await org.retrieve([("ExternalCredential", ["*"])], version: "55.0")
        #expect(retrieved.problems == ["Entity type 'ExternalCredential' is not available in this api version"])
        #expect(retrieved.files["package.xml"]?.contains("<version>55.0</version>") == true)
    }

    @Test(
        "Types with folders and standard value sets do not allow a wildcard", arguments: ["Report", "StandardValueSet"])
    func noWildcard(type: String) async throws {
        let retrieved = try await org.retrieve([(type, ["*"])])
        #expect(retrieved.problems.count == 1)
        #expect(retrieved.paths == ["package.xml"])
    }

    @Test("A folder and its content are members of the content type")
    func folders() async throws {
        let both = try await org.retrieve([("Report", ["Team", "Team/Top"])])
        #expect(both.paths == ["package.xml", "reports/Team-meta.xml", "reports/Team/Top.report"])
        #expect(try both.manifest() == ["Report": ["Team", "Team/Top"]])
        let folder = try await org.retrieve([("Report", ["Team/"])])
        #expect(folder.paths == ["package.xml", "reports/Team-meta.xml"])
    }

    @Test("Settings, layouts with encoded names, and bundles")
    func variousTypes() async throws {
        let retrieved = try await org.retrieve([
            ("Settings", ["*"]), ("Layout", ["Account-Shop (All)"]), ("LightningComponentBundle", ["card"]),
        ])
        #expect(
            retrieved.paths == [
                "layouts/Account-Shop %28All%29.layout", "lwc/card/card.js", "lwc/card/card.js-meta.xml",
                "lwc/card/icons/a.svg", "package.xml", "settings/Security.settings",
            ])
        #expect(retrieved.problems.isEmpty)
        #expect(try retrieved.manifest()["Layout"] == ["Account-Shop %28All%29"])
    }

    @Test("A profile has only the settings of named components; a permission set is complete")
    func profiles() async throws {
        let alone = try await org.retrieve([("Profile", ["Admin"]), ("PermissionSet", ["All"])])
        let names = try XMLTree.parse(Array(try #require(alone.files["profiles/Admin.profile"]).utf8))
        #expect(names.children.map(\.name) == ["custom", "userPermissions"])
        #expect(
            alone.files["permissionsets/All.permissionset"]
                == Self.files["main/permissionsets/All.permissionset-meta.xml"])
        let some = try await org.retrieve([
            ("Profile", ["Admin"]), ("ApexClass", ["*"]), ("CustomField", ["Account.Tier__c"]),
            ("CustomObject", ["*"]), ("Layout", ["*"]), ("CustomTab", ["Bike__c"]),
        ])
        let more = try XMLTree.parse(Array(try #require(some.files["profiles/Admin.profile"]).utf8))
        #expect(
            more.children.map(\.name) == [
                "classAccesses", "custom", "fieldPermissions", "fieldPermissions", "layoutAssignments",
                "objectPermissions", "tabVisibilities", "userPermissions",
            ])
    }

    @Test(
        "Every kind of named component keeps its settings in the profile",
        arguments: [
            ("CustomApplication", "Desk", "applicationVisibilities"), ("ApexClass", "Fare", "classAccesses"),
            ("CustomField", "Account.Tier__c", "fieldPermissions"), ("Flow", "Go", "flowAccesses"),
            ("CustomObject", "Bike__c", "objectPermissions"), ("ApexPage", "Home", "pageAccesses"),
            ("RecordType", "Account.Shop", "recordTypeVisibilities"), ("CustomTab", "Bike__c", "tabVisibilities"),
            ("CustomObject", "Account", "recordTypeVisibilities"),
        ])
    func profileParts(type: String, member: String, part: String) throws {
        let profile = Array(Self.profile.utf8)
        let scope = ComponentScope(members: [type: [member]])
        #expect(try XMLTree.parse(scope.served(profile, type: "Profile")).children(part).count == 1)
        let none = ComponentScope(members: [:]).served(profile, type: "Profile")
        #expect(try XMLTree.parse(none).children(part).isEmpty)
    }

    @Test("File properties list every component file and the manifest, but no side file")
    func fileProperties() async throws {
        let retrieved = try await org.retrieve([("ApexClass", ["Fare"]), ("Report", ["Team"])], singlePackage: false)
        let rows = retrieved.result.children("fileProperties")
        #expect(
            rows.map { $0.value("fileName") } == [
                "unpackaged/classes/Fare.cls", "unpackaged/package.xml", "unpackaged/reports/Team-meta.xml",
            ])
        #expect(rows[1].value("type") == "Package")
        #expect(rows[1].value("createdByName") == "User good")
        #expect(rows[1].child("id")?.text == "")
    }

    @Test("Too many files or too many bytes end the job with LIMIT_EXCEEDED")
    func limits() async throws {
        var settings = MetadataServiceSettings()
        settings.fileLimit = 2
        let exact = try await MetadataTestOrg(Self.files, settings).retrieve([("ApexClass", ["Fare"])])
        #expect(exact.result.value("status") == "Succeeded")
        let many = try await MetadataTestOrg(Self.files, settings).retrieve([("LightningComponentBundle", ["*"])])
        #expect(many.result.value("status") == "Failed")
        #expect(many.result.value("success") == "false")
        #expect(many.result.value("errorStatusCode") == "LIMIT_EXCEEDED")
        #expect(
            many.result.value("errorMessage") == "LIMIT_EXCEEDED: Too many files in retrieve call, limit is: 2")
        settings.countsChildrenAsFiles = true
        let children = try await MetadataTestOrg(Self.files, settings).retrieve([("CustomObject", ["Account"])])
        #expect(children.result.value("errorStatusCode") == "LIMIT_EXCEEDED")
        settings = MetadataServiceSettings()
        settings.uncompressedLimit = 10
        let large = try await MetadataTestOrg(Self.files, settings).retrieve([("ApexClass", ["Fare"])])
        #expect(large.result.value("errorStatusCode") == "LIMIT_EXCEEDED")
    }

    @Test("The argument of retrieve may have any name, and a retrieve by package name fails as documented")
    func otherRequests() async throws {
        let packageName = try await org.call(
            "retrieve", "<request><packageNames>Aba'cus</packageNames><apiVersion>66.0</apiVersion></request>")
        let id = try #require(packageName.content.child("result")?.value("id"))
        org.time.advance(60)
        let result = try await org.call("checkRetrieveStatus", "<asyncProcessId>\(id)</asyncProcessId>")
        #expect(result.reply.status == 200)
        #expect(
            result.content.child("result")?.value("errorMessage")
                == "INVALID_CROSS_REFERENCE_KEY: No package named 'Aba'cus' found")
        #expect(result.content.child("result")?.value("errorStatusCode") == "UNKNOWN_EXCEPTION")
        #expect(result.content.child("result")?.child("zipFile")?.attributes["xsi:nil"] == "true")
    }

    @Test(
        "The consumer secret of an app is never returned; with its switch, the canary is",
        arguments: [
            (
                "ConnectedApp", "connectedApps/App.connectedApp",
                "<oauthConfig><consumerKey>k</consumerKey>SECRET<scopes>Api</scopes></oauthConfig>"
            ),
            (
                "ExtlClntAppGlobalOauthSettings", "extlClntAppGlobalOauthSets/App.ecaGlblOauth",
                "<callbackUrl>c</callbackUrl>SECRET<label>l</label>"
            ),
        ])
    func consumerSecret(type: String, path: String, content: String) async throws {
        let secret = "<consumerSecret>hush</consumerSecret>"
        let stored = metadataXML(type, content.replacingOccurrences(of: "SECRET", with: secret))
        let plain = metadataXML(type, content.replacingOccurrences(of: "SECRET", with: ""))
        let files = [
            path + "-meta.xml": stored, path.replacingOccurrences(of: "App.", with: "Two.") + "-meta.xml": plain,
        ]
        let quiet = try await MetadataTestOrg(files).retrieve([(type, ["*"])])
        #expect(quiet.files[path]?.contains("onsumerSecret") == false)
        #expect(quiet.files[path.replacingOccurrences(of: "App.", with: "Two.")] == plain)
        var settings = MetadataServiceSettings()
        settings.emitConsumerSecretCanary = true
        let leaking = try await MetadataTestOrg(files, settings).retrieve([(type, ["*"])])
        for path in [path, path.replacingOccurrences(of: "App.", with: "Two.")] {
            let text = try #require(leaking.files[path])
            #expect(text.contains("<consumerSecret>\(AppDisclosure.canary)</consumerSecret>"))
            #expect(!text.contains("hush"))
        }
    }

    @Test("A Connected App's certificate is returned; an External Client App's only with its switch")
    func certificates() async throws {
        let certificate = "<certificate>MIID</certificate>"
        let files = [
            "connectedApps/A.connectedApp-meta.xml": metadataXML(
                "ConnectedApp", "<oauthConfig>\(certificate)</oauthConfig>"),
            "extlClntAppGlobalOauthSets/A.ecaGlblOauth-meta.xml": metadataXML(
                "ExtlClntAppGlobalOauthSettings", certificate + "<label>l</label>"),
        ]
        let ask = [("ConnectedApp", ["*"]), ("ExtlClntAppGlobalOauthSettings", ["*"])]
        let usual = try await MetadataTestOrg(files).retrieve(ask)
        #expect(usual.files["connectedApps/A.connectedApp"] == files["connectedApps/A.connectedApp-meta.xml"])
        #expect(usual.files["extlClntAppGlobalOauthSets/A.ecaGlblOauth"]?.contains("ertificate") == false)
        var settings = MetadataServiceSettings()
        settings.showExternalClientAppCertificate = true
        let open = try await MetadataTestOrg(files, settings).retrieve(ask)
        #expect(
            open.files["extlClntAppGlobalOauthSets/A.ecaGlblOauth"]
                == files["extlClntAppGlobalOauthSets/A.ecaGlblOauth-meta.xml"])
    }
}
