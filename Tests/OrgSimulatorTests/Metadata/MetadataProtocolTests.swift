import Foundation
import Testing

@testable import OrgSimulator

private let describeCall = "<m:describeMetadata><m:asOfVersion>66.0</m:asOfVersion></m:describeMetadata>"

/// An envelope without the XML declaration, so that tests can put something before it.
private let bareEnvelope = MetadataTestOrg.envelope(describeCall).replacingOccurrences(
    of: XMLTree.declaration, with: "")

@Suite("SOAP protocol of the metadata service")
struct MetadataProtocolTests {
    let org = MetadataTestOrg(.empty)

    @Test("describeMetadata does not depend on the folder and marks folders, side files and children")
    func describe() async throws {
        let answer = try await org.call("describeMetadata", "<asOfVersion>66.0</asOfVersion>")
        #expect(answer.reply.status == 200)
        #expect(answer.reply.verdict == .readsMetadata)
        let objects = answer.content.child("result")?.children("metadataObjects") ?? []
        let byName = Dictionary(uniqueKeysWithValues: objects.map { ($0.value("xmlName") ?? "", $0) })
        #expect(byName["CustomLabels"]?.children("childXmlNames").map(\.text) == ["CustomLabel"])
        #expect(byName["CustomObject"]?.children("childXmlNames").count == 10)
        #expect(byName["ApexClass"]?.value("metaFile") == "true")
        #expect(byName["Report"]?.value("inFolder") == "true")
        #expect(byName["LightningComponentBundle"]?.child("suffix") == nil)
        #expect(byName["ExtlClntAppGlobalOauthSettings"]?.value("suffix") == "ecaGlblOauth")
        #expect(answer.content.child("result")?.child("organizationNamespace")?.text == "")
    }

    @Test("partialSaveAllowed is the opposite of testRequired", arguments: [true, false])
    func sandbox(isSandbox: Bool) async throws {
        var settings = MetadataServiceSettings()
        settings.isSandbox = isSandbox
        let result = try await MetadataTestOrg(.empty, settings).call("describeMetadata").content.child("result")
        #expect(result?.value("partialSaveAllowed") == "\(isSandbox)")
        #expect(result?.value("testRequired") == "\(!isSandbox)")
    }

    @Test("A newer type is not described in an older version")
    func olderVersion() async throws {
        let text = { (answer: MetadataAnswer) in String(decoding: answer.reply.body, as: UTF8.self) }
        for senseless in ["NaN", "1e400", "inf"] {
            let answer = try await org.call("describeMetadata", "<asOfVersion>\(senseless)</asOfVersion>")
            let usual = try await org.call("describeMetadata")
            #expect(answer.content.compact() == usual.content.compact(), "\(senseless)")
        }
        let old = try await org.call("describeMetadata", "<asOfVersion>58.0</asOfVersion>")
        let new = try await org.call("describeMetadata", "<asOfVersion>59.0</asOfVersion>")
        #expect(!text(old).contains("ExternalClientApplication"))
        #expect(text(new).contains("ExternalClientApplication"))
    }

    @Test(
        "Prefixes, where they are declared, and the namespace of arguments do not matter",
        arguments: [
            MetadataTestOrg.envelope(describeCall), bareEnvelope,
            "\u{FEFF}<?pi x?><!-- <!DOCTYPE a> -->" + bareEnvelope,
            """
            <?xml version="1.0"?><!-- jsforce --><S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/">
            <S:Header xmlns="http://soap.sforce.com/2006/04/metadata"><CallOptions><client>x</client></CallOptions>
            <SessionHeader><sessionId>good</sessionId></SessionHeader></S:Header>
            <S:Body xmlns="http://soap.sforce.com/2006/04/metadata">
            <describeMetadata><asOfVersion>66.0</asOfVersion></describeMetadata></S:Body></S:Envelope>
            """,
            """
            <Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Header>
            <SessionHeader xmlns="http://soap.sforce.com/2006/04/metadata"><sessionId>good</sessionId></SessionHeader>
            </Header><Body><t:describeMetadata xmlns:t="http://soap.sforce.com/2006/04/metadata">
            <asOfVersion xmlns="">66.0</asOfVersion></t:describeMetadata></Body></Envelope>
            """,
        ])
    func tolerance(envelope: String) async {
        let reply = await org.send(envelope)
        #expect(reply.status == 200)
        #expect(reply.operation == "describeMetadata")
    }

    @Test(
        "A malformed envelope is a client fault",
        arguments: [
            "", "x", "<a>", "<soapenv:Envelope/>", "<Envelope/>",
            "<!DOCTYPE a [<!ENTITY x \"y\">]>" + bareEnvelope,
            "<?xml version=\"1.0\"?>\n<!-- x --><?y z?><!DOCTYPE a>" + bareEnvelope,
            "\u{FEFF}<!DOCTYPE soapenv:Envelope SYSTEM \"file:///etc/passwd\">" + bareEnvelope,
            MetadataTestOrg.envelope(describeCall).replacingOccurrences(of: "UTF-8", with: "ISO-8859-1"),
            MetadataTestOrg.envelope("<m:describeMetadata>&undeclared;</m:describeMetadata>"),
            MetadataTestOrg.envelope("<n:describeMetadata/>"),
            MetadataTestOrg.envelope(describeCall) + "<more/>",
            MetadataTestOrg.envelope(""),
            MetadataTestOrg.envelope(describeCall + describeCall),
            MetadataTestOrg.envelope(
                String(repeating: "<m:a>", count: 5000) + String(repeating: "</m:a>", count: 5000)),
        ])
    func malformed(envelope: String) async throws {
        let reply = await org.send(envelope)
        #expect(reply.status == 500)
        #expect(try MetadataAnswer(reply).faultCode == "soapenv:Client")
        #expect(reply.verdict == .other)
    }

    @Test("UTF-16 and bytes that are not UTF-8 are refused")
    func encodings() async throws {
        let text = MetadataTestOrg.envelope(describeCall)
        var wide: [UInt8] = [0xFF, 0xFE]
        for unit in text.utf16 { wide += [UInt8(truncatingIfNeeded: unit), UInt8(unit >> 8)] }
        let broken: [UInt8] = text.utf8.map { $0 == UInt8(ascii: "6") ? 0xC3 : $0 }
        for body in [wide, broken] {
            #expect(try MetadataAnswer(await org.send(bytes: body)).faultCode == "soapenv:Client")
        }
    }

    @Test("A change beside another operation is recorded as a change")
    func hiddenChange() async {
        let reply = await org.send(MetadataTestOrg.envelope(describeCall + "<m:deploy/>"))
        #expect(reply.status == 500)
        #expect(reply.verdict == .changesMetadata)
    }

    @Test("Calls that change metadata are recognised and refused", arguments: MetadataOperation.changing.sorted())
    func changes(operation: String) async throws {
        let answer = try await org.call(operation)
        #expect(answer.reply.status == 500)
        #expect(answer.reply.verdict == .changesMetadata)
        #expect(answer.reply.operation == operation)
        #expect(answer.faultText?.contains("the org simulator") == true)
    }

    @Test("An unknown operation, or a known one in another namespace, is refused")
    func unknown() async throws {
        let answer = try await org.call("query")
        #expect(answer.faultCode == "soapenv:Client")
        #expect(answer.reply.verdict == .other)
        let foreign = await org.send(MetadataTestOrg.envelope("<retrieve xmlns=\"urn:partner.soap.sforce.com\"/>"))
        #expect(
            try MetadataAnswer(foreign).faultText
                == "No operation available for request {urn:partner.soap.sforce.com}retrieve, "
                + "please check the WSDL for the service.")
    }

    @Test("A reading call that is not supported says so")
    func notSimulated() async throws {
        let answer = try await org.call("checkDeployStatus")
        #expect(answer.faultText?.contains("the org simulator does not serve checkDeployStatus") == true)
        #expect(answer.reply.verdict == .readsMetadata)
    }

    @Test("A missing or invalid session, or one without the permission, is refused")
    func sessions() async throws {
        let missing = await org.send(MetadataTestOrg.envelope(describeCall, session: nil))
        #expect(try MetadataAnswer(missing).faultCode == "soapenv:Client")
        let refused = try await org.call("describeMetadata", session: "stale")
        #expect(refused.faultCode == "sf:INVALID_SESSION_ID")
        #expect(refused.faultText?.hasPrefix("INVALID_SESSION_ID: Invalid Session ID") == true)
        #expect(refused.reply.verdict == .readsMetadata)
        #expect(
            try await org.call("retrieve", session: "prefixed").faultCode == "sf:API_DISABLED_FOR_ORG")
        let weak = try await org.call("listMetadata", session: "weak")
        #expect(weak.faultCode == "sf:INSUFFICIENT_ACCESS")
        #expect(
            weak.faultText
                == "INSUFFICIENT_ACCESS: use of the Metadata API requires a user with the "
                + "ModifyAllData or ModifyMetadata permissions")
    }

    @Test(
        "Only versions from 31.0 to the newest are served",
        arguments: ["v66.0", "66", "30.0", "68.0", "66.1", "", "٦٦.0"])
    func versions(version: String) async throws {
        let answer = try await org.call("describeMetadata", version: version)
        #expect(answer.faultText == "UNSUPPORTED_API_VERSION: Invalid Api version specified on URL")
        #expect(try await org.call("describeMetadata", version: "31.0").reply.status == 200)
        #expect(try await org.call("describeMetadata", version: "67.0").reply.status == 200)
    }

    @Test("All keys of the settings are optional; an unknown key is an error")
    func settings() throws {
        let decoder = JSONDecoder()
        let some = try decoder.decode(MetadataServiceSettings.self, from: Data(#"{"fileLimit": 5}"#.utf8))
        #expect(some.fileLimit == 5)
        #expect(some.retrieveSeconds == 2)
        let all = try decoder.decode(MetadataServiceSettings.self, from: JSONEncoder().encode(some))
        #expect(all == some)
        #expect(throws: DecodingError.self) {
            try decoder.decode(MetadataServiceSettings.self, from: Data(#"{"fileLimits": 5}"#.utf8))
        }
    }
}
