import Foundation
import Testing

@testable import OrgSimulator

@Suite("Variants of requests that the Metadata API accepts, as orgs do")
struct MetadataToleranceTests {
    private let classes = [
        "classes/Fare.cls": "public class Fare {}",
        "classes/Fare.cls-meta.xml": metadataXML("ApexClass", "<apiVersion>66.0</apiVersion>"),
    ]

    @Test("Python's True and False are booleans", arguments: ["true", "True", "TRUE", "1", "false", "False", "0"])
    func booleans(_ word: String) async throws {
        let org = try MetadataTestOrg(classes)
        let started = try await org.call(
            "retrieve",
            """
            <request><singlePackage>\(word)</singlePackage><unpackaged>\
            <types><members>*</members><name>ApexClass</name></types></unpackaged></request>
            """)
        let id = try #require(started.content.child("result")?.value("id"))
        org.time.advance(60)
        let poll = { (include: String) in
            try await org.call(
                "checkRetrieveStatus", "<asyncProcessId>\(id)</asyncProcessId><includeZip>\(include)</includeZip>")
        }
        #expect(try Retrieved(try await poll("False")).archive.isEmpty)
        let paths = try Retrieved(try await poll("True")).paths
        let isSingle = ["true", "1"].contains(word.lowercased())
        #expect(paths.contains(isSingle ? "classes/Fare.cls" : "unpackaged/classes/Fare.cls"))
    }

    @Test("The argument of retrieve may have any name", arguments: ["request", "retrieveRequest", "x"])
    func argumentName(_ name: String) async throws {
        let org = try MetadataTestOrg(classes)
        let started = try await org.call(
            "retrieve",
            """
            <\(name)><singlePackage>true</singlePackage><unpackaged>\
            <types><members>*</members><name>ApexClass</name></types></unpackaged></\(name)>
            """)
        let id = try #require(started.content.child("result")?.value("id"))
        org.time.advance(60)
        let answer = try await org.call("checkRetrieveStatus", "<asyncProcessId>\(id)</asyncProcessId>")
        #expect(try Retrieved(answer).paths.contains("classes/Fare.cls"))
    }

    @Test(
        "The namespace may be declared in the way of each client",
        arguments: [
            // jsforce declares it on Header and Body.
            """
            <soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Header \
            xmlns="http://soap.sforce.com/2006/04/metadata"><SessionHeader><sessionId>good</sessionId></SessionHeader>\
            </soapenv:Header><soapenv:Body xmlns="http://soap.sforce.com/2006/04/metadata"><describeMetadata>\
            <asOfVersion>66.0</asOfVersion></describeMetadata></soapenv:Body></soapenv:Envelope>
            """,
            // CumulusCI declares it on each child; the argument is in no namespace.
            """
            <e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header>\
            <SessionHeader xmlns="http://soap.sforce.com/2006/04/metadata"><sessionId>good</sessionId></SessionHeader>\
            </e:Header><e:Body><tns:describeMetadata xmlns:tns="http://soap.sforce.com/2006/04/metadata">\
            <asOfVersion>66.0</asOfVersion></tns:describeMetadata></e:Body></e:Envelope>
            """,
            // simple-salesforce uses a prefix everywhere.
            """
            <soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" \
            xmlns:met="http://soap.sforce.com/2006/04/metadata"><soapenv:Header><met:CallOptions><met:client>x\
            </met:client></met:CallOptions><met:SessionHeader><met:sessionId>good</met:sessionId></met:SessionHeader>\
            </soapenv:Header><soapenv:Body><met:describeMetadata><met:asOfVersion>66.0</met:asOfVersion>\
            </met:describeMetadata></soapenv:Body></soapenv:Envelope>
            """,
        ])
    func prefixes(_ envelope: String) async throws {
        let reply = await (try MetadataTestOrg(classes)).send(envelope)
        #expect(reply.status == 200)
        #expect(reply.operation == "describeMetadata")
    }

    @Test("Any path below the version and any SOAPAction lead to the Metadata API")
    func addresses() async throws {
        let subPaths = ["", "/", "/00D000000000001AAA", "/00D000000000001AAA/", "/deployRequest/0Af000000000001"]
        try await RunningOrg.run { org in
            let port = try RunningOrg.port(org.addresses.url)
            let body = MetadataTestOrg.envelope("<m:describeMetadata/>", session: nil)
            for path in subPaths {
                for action in [nil, "", "\"\"", "describeMetadata", "\"deploy\""] {
                    let header = action.map { "SOAPAction: \($0)\r\n" } ?? ""
                    let request =
                        "POST /services/Soap/m/67.0\(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n"
                        + "\(header)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
                    let answer = try await RawConnection.exchange(
                        port, request, enough: { $0.contains("</soapenv:Envelope>") })
                    #expect(answer.text.hasPrefix("HTTP/1.1 500 "), "\(path) \(action ?? "-")")
                    #expect(answer.text.contains("the request has no SessionHeader"))
                }
            }
            #expect(await org.simulation.history.requests.count { $0.operation == "describeMetadata" } == 25)
        }
    }
}
