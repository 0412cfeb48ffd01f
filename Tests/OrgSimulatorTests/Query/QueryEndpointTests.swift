import Foundation
import SOQL
import Testing

@testable import OrgSimulator

@Suite("The query endpoints")
struct QueryEndpointTests {
    private static func signedIn() async throws -> (TestOrg, token: String) {
        let request = try TokenCase()
        let org = try TestOrg(request.state)
        return (org, await org.signIn(request, assertion: try await request.assertion()).accessToken)
    }

    @Test("The Tooling API has an envelope and record addresses of its own")
    func envelopes() async throws {
        let (org, token) = try await Self.signedIn()
        let query = "SELECT Id, DeveloperName FROM ExternalClientApplication"
        let state = await org.simulation.state
        let id = state.orgs[0].apps[0].id
        let data = await org.send("GET", TestOrg.queryPath(query), token: token)
        let tooling = await org.send("GET", TestOrg.queryPath(query, at: .tooling), token: token)
        let record: (String) -> String = { path in
            #"[{"attributes":{"type":"ExternalClientApplication","url":"/services/data/v67.0/\#(path)"#
                + #"/ExternalClientApplication/\#(id)"},"Id":"\#(id)","DeveloperName":"Aprity"}]"#
        }
        #expect(
            String(decoding: data.body, as: UTF8.self)
                == #"{"totalSize":1,"done":true,"records":\#(record("sobjects"))}"#)
        #expect(
            String(decoding: tooling.body, as: UTF8.self)
                == #"{"size":1,"totalSize":1,"done":true,"queryLocator":null,"#
                + #""entityTypeName":"ExternalClientApplication","records":\#(record("tooling/sobjects"))}"#)
        #expect(data.status == 200)
        #expect(!data.isSynthetic)
        #expect(tooling.operation == "tooling/query")
        #expect(await org.send("POST", TestOrg.queryPath(query), token: token).status == 405)
        #expect(await org.send("POST", TestOrg.queryPath(query, at: .tooling), token: token).status == 405)
        #expect(await org.send("GET", TestOrg.queryPath(query, at: .tooling), token: "no").status == 401)
    }

    @Test("A policy is that of the answering server")
    func propagation() async throws {
        let (org, token) = try await Self.signedIn()
        try await org.save(
            #"{"orgs":[{"name":"Harbour Bikes","apps":[{"name":"Aprity","permittedUsers":"allSelfAuthorized"}]}]}"#)
        let path = TestOrg.queryPath("SELECT PermittedUsersPolicyType FROM ExtlClntAppOauthPlcyCnfg")
        let before = await org.send("GET", path, token: token)
        await org.simulation.adjustClock { clock, wall in clock.step(by: 601, wall: wall) }
        let after = await org.send("GET", path, token: token)
        #expect(String(decoding: before.body, as: UTF8.self).contains("AdminApprovedPreAuthorized"))
        #expect(String(decoding: after.body, as: UTF8.self).contains("AllSelfAuthorized"))
    }

    @Test("An audit trail with lines of unknown name is marked synthetic")
    func audit() async throws {
        let (org, token) = try await Self.signedIn()
        let path = TestOrg.queryPath("SELECT Action, CreatedBy.Username FROM SetupAuditTrail ORDER BY CreatedDate")
        #expect(await !org.send("GET", path, token: token).isSynthetic)
        try await org.save(#"{"orgs":[{"name":"Harbour Bikes","apps":[{"name":"Aprity","label":"Other"}]}]}"#)
        let answer = await org.send("GET", path, token: token)
        let text = String(decoding: answer.body, as: UTF8.self)
        #expect(answer.isSynthetic)
        #expect(text.contains(#""Action":"syntheticChangeExternalClientApp""#))
        #expect(text.contains(#""Username":"admin@harbour-bikes.example""#))
    }

    static let verdicts: [(query: String, readsMetadata: Bool)] = [
        ("SELECT Id FROM User", true), ("SELECT Parent.Profile.Name FROM SetupEntityAccess", true),
        ("SELECT (SELECT PermissionSet.Name FROM PermissionSetAssignments) FROM User", true),
        ("SELECT Id FROM user WHERE Id IN (SELECT AssigneeId FROM permissionsetassignment)", true),
        ("SELECT Id FROM Account", false), ("SELECT Account.Name FROM User", false),
        ("SELECT Id, (SELECT Id FROM Cases) FROM User", false),
        ("SELECT Id FROM User WHERE Id IN (SELECT OwnerId FROM Account)", false),
        ("SELECT Id FROM User WHERE Contact.Email = 'x'", false), ("SELECT Id FROM User ORDER BY Contact.Email", false),
        ("SELECT TYPEOF Profile WHEN Account THEN Name END FROM User", false),
        ("SELECT COUNT(Id) FROM User GROUP BY Contact.Email HAVING MAX(Account.Name) > 'a'", false),
    ]

    @Test("A query that reads anything but setup objects counts as business data", arguments: verdicts)
    func verdict(_ row: (query: String, readsMetadata: Bool)) throws {
        let org = try QueriedOrg().org
        let tables = OrgTables(org, for: org.users[0], logins: [], audit: SetupAudit(since: QueriedOrg.now))
        #expect(tables.readsOnlySetupObjects(try SOQLQuery(parsing: row.query)) == row.readsMetadata)
    }
}
