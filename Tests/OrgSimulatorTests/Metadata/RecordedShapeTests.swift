import Foundation
import Testing

@testable import OrgSimulator

/// Compares the Metadata API's answers with recordings of real orgs. Each test names the repository and file of its
/// recording.
@Suite("Recorded shapes of the Metadata API")
struct RecordedShapeTests {
    private static let declaration = #"<?xml version="1.0" encoding="UTF-8"?>"#
    private static let envelope = #"<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/""#
    private static let metadata = #" xmlns="http://soap.sforce.com/2006/04/metadata""#
    private static let xsi = #" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance""#
    private static let end = "</soapenv:Body></soapenv:Envelope>"

    private static let files = [
        "classes/Fare.cls": "class Fare {}", "classes/Fare.cls-meta.xml": metadataXML("ApexClass"),
        "classes/acme__Tool.cls": "class Tool {}", "classes/acme__Tool.cls-meta.xml": metadataXML("ApexClass"),
        "objects/Site/fields/Tier__c.field-meta.xml": metadataXML("CustomField", "<fullName>Tier__c</fullName>"),
    ]

    private static func reply(_ body: String, usesXSI: Bool = false) -> String {
        declaration + envelope + metadata + (usesXSI ? xsi : "") + "><soapenv:Body>" + body + end
    }

    private func text(_ answer: MetadataAnswer) -> String { String(decoding: answer.reply.body, as: UTF8.self) }

    // MARK: jetstreamapp/jetstream libs/salesforce-api/src/lib/__tests__/callout-adapter.spec.ts, v65

    @Test(
        "describeMetadata: one line, members in order, types unsorted (jetstreamapp/jetstream callout-adapter.spec.ts)")
    func describe() async throws {
        let answer = try await MetadataTestOrg(.empty).call("describeMetadata")
        let start = Self.reply("<describeMetadataResponse><result><metadataObjects>").dropLast(Self.end.count)
        #expect(text(answer).hasPrefix(start))
        let labels = """
            <metadataObjects><childXmlNames>CustomLabel</childXmlNames><directoryName>labels</directoryName>\
            <inFolder>false</inFolder><metaFile>false</metaFile><suffix>labels</suffix><xmlName>CustomLabels</xmlName>\
            </metadataObjects>
            """
        #expect(text(answer).contains(labels))
        let rest = """
            <organizationNamespace></organizationNamespace><partialSaveAllowed>false</partialSaveAllowed>\
            <testRequired>true</testRequired></result></describeMetadataResponse>
            """
        #expect(text(answer).hasSuffix(rest + Self.end))
        let names = answer.content.child("result")?.children("metadataObjects").compactMap { $0.value("xmlName") } ?? []
        #expect(names != names.sorted())
        #expect(Set(names).count == names.count)
    }

    @Test("listMetadata without a match is one empty element (jetstreamapp/jetstream callout-adapter.spec.ts)")
    func emptyList() async throws {
        let answer = try await MetadataTestOrg(.empty).call(
            "listMetadata", "<queries><type>ApexClass</type></queries>")
        #expect(text(answer) == Self.reply("<listMetadataResponse/>"))
    }

    @Test("listMetadata: members in order, whole seconds (jetstreamapp/jetstream callout-adapter.spec.ts)")
    func list() async throws {
        let org = try MetadataTestOrg(Self.files)
        let answer = try await org.call("listMetadata", "<queries><type>ApexClass</type></queries>")
        let rows = answer.content.children("result")
        let members = [
            "createdById", "createdByName", "createdDate", "fileName", "fullName", "id", "lastModifiedById",
            "lastModifiedByName", "lastModifiedDate", "manageableState",
        ]
        #expect(rows.map { $0.children.map(\.name) } == [members + ["type"], members + ["namespacePrefix", "type"]])
        for row in rows {
            for date in ["createdDate", "lastModifiedDate"] { #expect(row.value(date)?.hasSuffix(".000Z") == true) }
            #expect(row.value("id")?.count == 18)
        }
    }

    @Test("retrieve (jetstreamapp/jetstream callout-adapter.spec.ts)")
    func retrieve() async throws {
        let answer = try await MetadataTestOrg(.empty).call("retrieve", "<retrieveRequest></retrieveRequest>")
        let id = try #require(answer.content.child("result")?.value("id"))
        #expect(
            text(answer)
                == Self.reply(
                    "<retrieveResponse><result><done>false</done><id>\(id)</id><state>Queued</state></result>"
                        + "</retrieveResponse>"))
    }

    @Test("A fault declares xsi and has no detail (jetstreamapp/jetstream callout-adapter.spec.ts)")
    func fault() async throws {
        let session = try await MetadataSession()
        let dead = MetadataSession(org: session.org, token: "dead")
        let answer = try await dead.call("describeMetadata", "").answer
        #expect(answer.status == 500)
        let sf = #" xmlns:sf="http://soap.sforce.com/2006/04/metadata""#
        #expect(
            String(decoding: answer.body, as: UTF8.self)
                == Self.declaration + Self.envelope + sf + Self.xsi + "><soapenv:Body><soapenv:Fault>"
                + "<faultcode>sf:INVALID_SESSION_ID</faultcode><faultstring>INVALID_SESSION_ID: Invalid Session ID found "
                + "in SessionHeader: Illegal Session</faultstring></soapenv:Fault>" + Self.end)
    }

    @Test("A client's fault is in no namespace of the org (jetstreamapp/jetstream callout-adapter.spec.ts)")
    func clientFault() async throws {
        let reply = await MetadataTestOrg(.empty).send("x")
        let start =
            Self.declaration + Self.envelope + "><soapenv:Body><soapenv:Fault><faultcode>soapenv:Client</faultcode>"
        #expect(String(decoding: reply.body, as: UTF8.self).hasPrefix(start))
    }

    // MARK: Other recordings of describe, list and faults

    @Test("A standard object in a list (ejholmes/metaforce spec/fixtures/requests/list_metadata/objects.xml, v23)")
    func standardObject() async throws {
        let answer = try await MetadataTestOrg(Self.files).call(
            "listMetadata", "<queries><type>CustomObject</type></queries>")
        let settings = MetadataServiceSettings()
        let user = "<ID>\(settings.administratorID)</ID><NAME>\(settings.administratorName)</NAME>"
        let person = { (role: String) in
            user.replacingOccurrences(of: "ID>", with: "\(role)ById>").replacingOccurrences(
                of: "NAME>", with: "\(role)ByName>")
                + "<\(role)Date>1970-01-01T00:00:00.000Z</\(role)Date>"
        }
        #expect(
            text(answer)
                == Self.reply(
                    "<listMetadataResponse><result>\(person("created"))<fileName>objects/Site.object</fileName>"
                        + "<fullName>Site</fullName><id></id>\(person("lastModified"))<namespacePrefix></namespacePrefix>"
                        + "<type>CustomObject</type></result></listMetadataResponse>"))
    }

    @Test("The long form of the fault for an expired session has two lines (IlluminatedCloud/IlluminatedCloud#601)")
    func longFault() async throws {
        let session = try await MetadataSession { $0.switches.illegalSession = .long }
        let dead = MetadataSession(org: session.org, token: "dead")
        let reply = try await dead.call("describeMetadata", "")
        let text = try #require(reply.content.child("faultstring")?.text)
        let start = """
            INVALID_SESSION_ID: Invalid Session ID found in SessionHeader: Illegal Session. Session not found, \
            missing session hash: 
            """
        #expect(text.hasPrefix(start))
        #expect(text.hasSuffix("=\nThis error usually occurs after a session expires or a user logs out. "))
        #expect(!text.contains("dead"))
    }

    // MARK: SFDO-Tooling/CumulusCI cumulusci/tasks/salesforce/tests/, v43 and v58

    @Test("A failed retrieve (SFDO-Tooling/CumulusCI cumulusci/tasks/salesforce/tests/test_UninstallPackaged.py)")
    func failedRetrieve() async throws {
        let org = MetadataTestOrg(.empty)
        let started = try await org.call(
            "retrieve", "<retrieveRequest><packageNames>Abacus</packageNames></retrieveRequest>")
        let id = try #require(started.content.child("result")?.value("id"))
        org.time.advance(60)
        let answer = try await org.call("checkRetrieveStatus", "<asyncProcessId>\(id)</asyncProcessId>")
        #expect(answer.reply.status == 200)
        #expect(
            text(answer)
                == Self.reply(
                    "<checkRetrieveStatusResponse><result><done>true</done><errorMessage>INVALID_CROSS_REFERENCE_KEY: No "
                        + "package named &apos;Abacus&apos; found</errorMessage><errorStatusCode>UNKNOWN_EXCEPTION"
                        + "</errorStatusCode><id>\(id)</id><status>Failed</status><success>false</success>"
                        + #"<zipFile xsi:nil="true"/></result></checkRetrieveStatusResponse>"#, usesXSI: true))
    }

    @Test("Nothing but missing members (SFDO-Tooling/CumulusCI cumulusci/tasks/salesforce/tests/test_Deploy.py)")
    func missingMembers() async throws {
        let org = MetadataTestOrg(.empty)
        let id = try await org.startRetrieve(
            [("CustomTab", ["Two", "One"]), ("ApexClass", ["Gone"])], singlePackage: false, version: "58.0")
        org.time.advance(60)
        let answer = try await org.call("checkRetrieveStatus", "<asyncProcessId>\(id)</asyncProcessId>")
        let result = try #require(answer.content.child("result"))
        #expect(
            result.children.map(\.name) == [
                "done", "fileProperties", "id", "messages", "messages", "messages", "status", "success", "zipFile",
            ])
        #expect(
            text(answer).contains(
                "<messages><fileName>unpackaged/package.xml</fileName><problem>Entity of type &apos;ApexClass&apos; named "
                    + "&apos;Gone&apos; cannot be found</problem></messages>"))
        #expect(result.value("status") == "Succeeded")
        #expect(!text(answer).contains(Self.xsi))
        #expect(
            try Retrieved(answer).files == [
                "unpackaged/package.xml": """
                <?xml version="1.0" encoding="UTF-8"?>
                <Package xmlns="http://soap.sforce.com/2006/04/metadata">
                    <types>
                        <members>Gone</members>
                        <name>ApexClass</name>
                    </types>
                    <types>
                        <members>One</members>
                        <members>Two</members>
                        <name>CustomTab</name>
                    </types>
                    <version>58.0</version>
                </Package>

                """
            ])
    }

    @Test("package.xml in fileProperties has the retrieve's milliseconds (SFDO-Tooling/CumulusCI …/test_Deploy.py)")
    func manifestProperties() async throws {
        let org = try MetadataTestOrg(Self.files)
        org.time.advance(0.625)
        let retrieved = try await org.retrieve([("ApexClass", ["Fare"])], singlePackage: false)
        let rows = retrieved.result.children("fileProperties")
        let members = [
            "createdById", "createdByName", "createdDate", "fileName", "fullName", "id", "lastModifiedById",
            "lastModifiedByName", "lastModifiedDate", "manageableState", "type",
        ]
        #expect(rows.map { $0.children.map(\.name) } == [members, members])
        #expect(rows[0].value("createdDate")?.hasSuffix(".000Z") == true)
        #expect(rows[1].value("createdDate") == "2026-05-28T20:26:40.625Z")
        #expect(rows[1].value("lastModifiedDate") == "2026-05-28T20:26:40.625Z")
        let rest = ["fileName", "fullName", "id", "manageableState", "type"].map { rows[1].child($0)?.text }
        #expect(rest == ["unpackaged/package.xml", "unpackaged/package.xml", "", "unmanaged", "Package"])
    }

    @Test("The archive has data descriptors and the retrieve's time (SFDO-Tooling/CumulusCI …/test_Deploy.py)")
    func archive() async throws {
        let org = try MetadataTestOrg(Self.files)
        let first = try await org.retrieve([("ApexClass", ["Fare"])])
        #expect(first.archive.prefix(10) == [0x50, 0x4B, 0x03, 0x04, 0x14, 0x00, 0x08, 0x08, 0x08, 0x00])
        // Checksum and both sizes, then the length of the extra fields.
        #expect(first.archive[14..<26].allSatisfy { $0 == 0 })
        #expect(first.archive[28..<30].allSatisfy { $0 == 0 })
        #expect(first.archive.firstRange(of: [0x50, 0x4B, 0x07, 0x08] as [UInt8]) != nil)
        let script = """
            import json, sys, zipfile
            print(json.dumps([[i.flag_bits, i.compress_type, i.create_version, i.create_system, len(i.extra), *i.date_time]
                for i in zipfile.ZipFile(sys.argv[1]).infolist()]))
            """
        let entries = try PythonJudge.run(script, on: first.archive, as: [[Int]].self)
        #expect(entries.count == 3)
        #expect(entries.allSatisfy { $0 == [0x808, 8, 20, 0, 0, 2026, 5, 28, 20, 26, 40] })
        let second = try await org.retrieve([("ApexClass", ["Fare"])])
        #expect(second.archive != first.archive)
        #expect(second.files == first.files)
    }

    // MARK: simple-salesforce/simple-salesforce simple_salesforce/tests/test_api.py, 2020

    private static let order = [
        "checkOnly", "completedDate", "createdBy", "createdByName", "createdDate", "details", "done", "id",
        "ignoreWarnings", "lastModifiedDate", "numberComponentErrors", "numberComponentsDeployed",
        "numberComponentsTotal", "numberTestErrors", "numberTestsCompleted", "numberTestsTotal", "rollbackOnError",
        "runTestsEnabled", "startDate", "status", "success",
    ]

    @Test("deploy and its pending job (simple-salesforce/simple-salesforce simple_salesforce/tests/test_api.py)")
    func pendingDeployment() async throws {
        let session = try await MetadataSession()
        let zip = Data(try DeployedFile.archive([.application()])).base64EncodedString()
        let started = try await session.call("deploy", "<ZipFile>\(zip)</ZipFile>").content.child("result")
        #expect(started?.children.map(\.name) == ["done", "id", "state"])
        #expect(started?.value("done") == "false")
        #expect(started?.value("state") == "Queued")
        let id = try #require(started?.value("id"))
        #expect(id.hasPrefix("0Af"))
        #expect(id.count == 18)
        let reply = try await session.call(
            "checkDeployStatus", "<asyncProcessId>\(id)</asyncProcessId><includeDetails>true</includeDetails>")
        let result = try #require(reply.content.child("result"))
        #expect(result.children.map(\.name) == Self.order.filter { $0 != "completedDate" && $0 != "startDate" })
        #expect(
            String(decoding: reply.answer.body, as: UTF8.self).contains(
                "<details><runTestResult><numFailures>0</numFailures><numTestsRun>0</numTestsRun><totalTime>0.0</totalTime>"
                    + "</runTestResult></details>"))
        #expect(result.value("createdBy")?.count == 15)
    }

    @Test("A deployment that succeeded (simple-salesforce/simple-salesforce simple_salesforce/tests/test_api.py)")
    func deployment() async throws {
        let session = try await MetadataSession()
        session.org.wall.advance(0.625)
        let deployed = try await session.deploy([.application()])
        #expect(deployed.result.children.map(\.name) == Self.order)
        for date in ["completedDate", "createdDate", "lastModifiedDate", "startDate"] {
            #expect(deployed.result.value(date)?.hasSuffix(".000Z") == true)
        }
        #expect(deployed.result.value("createdBy")?.count == 15)
        #expect(deployed.result.value("numberComponentsTotal") == "1")
        let rows = deployed.result.child("details")?.children("componentSuccesses") ?? []
        #expect(rows.map { $0.value("fullName") } == ["Reader", "package.xml"])
        #expect(rows.last?.value("fileName") == "package.xml")
        #expect(rows.last?.flag("success") == true)
        #expect(String(decoding: deployed.answer.body, as: UTF8.self).contains("<componentType></componentType>"))
    }

    @Test("A deployment without package.xml (simple-salesforce/simple-salesforce simple_salesforce/tests/test_api.py)")
    func withoutManifest() async throws {
        let session = try await MetadataSession()
        let archive = try ZIPArchive.pack([("classes/A.cls", Array("class A {}".utf8))], date: Date())
        let deployed = try await session.deploy(archive: archive)
        #expect(deployed.status == "Failed")
        #expect(deployed.result.flag("success") == false)
        let rows = deployed.result.child("details")?.children("componentFailures") ?? []
        #expect(rows.map { $0.value("problem") } == ["No package.xml found"])
        #expect(deployed.result.child("details")?.children("componentSuccesses").isEmpty == true)
        #expect(deployed.result.value("numberComponentErrors") == "0")
        #expect(deployed.result.value("numberComponentsTotal") == "0")
        #expect(!deployed.answer.isSynthetic)
    }
}
