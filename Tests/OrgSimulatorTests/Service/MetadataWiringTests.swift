import Foundation
import Testing

@testable import OrgSimulator

@Suite("The Metadata API at an org's address")
struct MetadataWiringTests {
    private func describe(_ org: TestOrg, token: String, path: String = "/services/Soap/m/67.0") async -> OrgAnswer {
        let envelope = """
            <e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" \
            xmlns="http://soap.sforce.com/2006/04/metadata">
            <e:Header><SessionHeader><sessionId>\(token)</sessionId></SessionHeader></e:Header>
            <e:Body><describeMetadata><asOfVersion>67.0</asOfVersion></describeMetadata></e:Body></e:Envelope>
            """
        var request = OrgRequest(
            method: "POST", target: path, host: "harbour-bikes.my.salesforce.com", body: Array(envelope.utf8),
            sourceAddress: "192.0.2.7")
        request.contentType = "text/xml; charset=UTF-8"
        return await org.simulation.answer(request).answer
    }

    private func signedIn(_ change: (inout TokenCase) -> Void = { _ in }) async throws -> (TestOrg, String) {
        var request = try TokenCase()
        change(&request)
        let org = try TestOrg(request.state)
        return (org, await org.signIn(request, assertion: try await request.assertion()).accessToken)
    }

    @Test("A token is accepted by the Metadata API, with and without the org id, and the request counts for the day")
    func describe() async throws {
        let (org, token) = try await signedIn()
        let id = await org.simulation.state.orgs[0].id
        for path in ["/services/Soap/m/67.0", "/services/Soap/m/67.0/\(id)"] {
            let answer = await describe(org, token: token, path: path)
            #expect(answer.status == 200)
            // Lower case, as recorded in grouparoo/grouparoo plugins/@grouparoo/salesforce/__tests__/fixtures.
            #expect(answer.contentType == "text/xml; charset=utf-8")
            #expect(answer.verdict == .readsMetadata)
        }
        let limits = await org.send("GET", "/services/data/v67.0/limits", token: token)
        #expect(limits.headers.contains { $0 == ("Sforce-Limit-Info", "api-usage=3/100000") })
        let record = try #require(await org.simulation.history.requests.dropLast().last)
        #expect(record.operation == "describeMetadata")
        #expect(record.username == TokenCase.username)
    }

    @Test("A session without access is refused with the fault for its cause")
    func faults() async throws {
        let (org, token) = try await signedIn()
        let unknown = String(decoding: await describe(org, token: token + "x").body, as: UTF8.self)
        #expect(unknown.contains("INVALID_SESSION_ID: Invalid Session ID found in SessionHeader: Illegal Session"))
        let (reading, weak) = try await signedIn {
            $0.state.orgs[0].permissionSets[0].userPermissions = ["ApiEnabled"]
        }
        let refused = await describe(reading, token: weak)
        #expect(refused.status == 500)
        #expect(String(decoding: refused.body, as: UTF8.self).contains("sf:INSUFFICIENT_ACCESS"))
        let (scoped, useless) = try await signedIn { $0.state.orgs[0].apps[0].scopes = ["Web", "RefreshToken"] }
        let answer = String(decoding: await describe(scoped, token: useless).body, as: UTF8.self)
        #expect(answer.contains("INVALID_SESSION_ID: This session is not valid for use with the API"))
    }

    @Test("Two switches decide what a retrieved app discloses", arguments: [false, true])
    func disclosure(_ gives: Bool) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "aprity-disclosure-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let apps = folder.appending(path: "extlClntAppGlobalOauthSets")
        try FileManager.default.createDirectory(at: apps, withIntermediateDirectories: true)
        let namespace = "xmlns=\"http://soap.sforce.com/2006/04/metadata\""
        try """
        <ExtlClntAppGlobalOauthSettings \(namespace)><certificate>MIIB</certificate><label>A</label>\
        </ExtlClntAppGlobalOauthSettings>
        """.write(to: apps.appending(path: "A.ecaGlblOauth"), atomically: true, encoding: .utf8)
        try "<Package \(namespace)><version>67.0</version></Package>"
            .write(to: folder.appending(path: "package.xml"), atomically: true, encoding: .utf8)
        let (org, token) = try await signedIn {
            $0.state.orgs[0].source = folder.path()
            $0.state.orgs[0].permissionSets[0].userPermissions.append("CustomizeApplication")
        }
        try await org.save(
            #"{"switches":{"retrieveReturnsCertificate":\#(gives),"retrieveReturnsConsumerSecret":\#(gives)}}"#)
        let answer = await read("ExtlClntAppGlobalOauthSettings", "A", org, token: token)
        let text = String(decoding: answer.body, as: UTF8.self)
        #expect(answer.status == 200, "\(text)")
        #expect(text.contains("MIIB") == gives)
        #expect(text.contains(AppDisclosure.canary) == gives)
    }

    private func read(_ type: String, _ name: String, _ org: TestOrg, token: String) async -> OrgAnswer {
        let envelope = """
            <e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" \
            xmlns="http://soap.sforce.com/2006/04/metadata">
            <e:Header><SessionHeader><sessionId>\(token)</sessionId></SessionHeader></e:Header>
            <e:Body><readMetadata><type>\(type)</type><fullNames>\(name)</fullNames></readMetadata></e:Body></e:Envelope>
            """
        let request = OrgRequest(
            method: "POST", target: "/services/Soap/m/67.0", host: "harbour-bikes.my.salesforce.com",
            body: Array(envelope.utf8), sourceAddress: "192.0.2.7")
        return await org.simulation.answer(request).answer
    }

    @Test("Files of a source folder that are not served are noted, and the others are served")
    func sourceNotes() async throws {
        let folder = try SourceFixture([
            "roles/A.role-meta.xml": "<Role>", "roles/B.role-meta.xml": metadataXML("Role"),
        ])
        let session = try await MetadataSession { $0.orgs[0].source = folder.url.path }
        #expect(await session.org.simulation.sourceNotes.map(\.file) == ["roles/A.role-meta.xml"])
        #expect(try await session.list("Role") == ["B"])
    }

    @Test("A source that is not a folder is rejected, and the state is unchanged")
    func source() async throws {
        let org = try TestOrg(.harbourBikes)
        await #expect(throws: StateProblem.self) {
            try await org.save(#"{"orgs":[{"name":"Harbour Bikes","source":"/nowhere/at-all"}]}"#)
        }
        #expect(await org.simulation.state.orgs[0].source == nil)
    }
}
