import ConnectedAppTesting
import Foundation
import HTTPTypes
import JWTBearer
import MetadataAPI
import Testing

@testable import ConnectedApp

@Suite("Reach")
struct ReachTests {
    @Test("A profile with a comma in its name is one profile")
    func commaInProfile() async throws {
        let transport = ScriptedTransport { request in
            let query = request.head.path?.removingPercentEncoding ?? ""
            let isAsked = query.contains("Profile.Name = 'Sales, EMEA'")
            return .json(
                isAsked
                    ? #"{"totalSize":1,"done":true,"records":[{"Id":"005000000000001","Username":"a@acme.example"}]}"#
                    : #"{"totalSize":0,"done":true,"records":[]}"#)
        }
        let granted = try Mint.granted("token")
        let org = OrgSetup(
            api: OrgAPI(transport: transport, tokens: TokenSource { granted }),
            version: try #require(APIVersion("67.0")))
        var app = OrgApp(unknown: .notRead)
        app[.permittedUsers] = PermittedUsers.adminApproved.fact
        app[.permissionSets] = .list([])
        app[.profiles] = .list(["Sales, EMEA"])
        #expect(try await org.reach.reach(of: app).usernames == ["a@acme.example"])
    }

    @Test(
        "If the permission sets or the profiles are unknown, the reach is unknown for the same reason",
        arguments: [AppSetting.permissionSets, .profiles])
    func unknownSetting(_ setting: AppSetting) async throws {
        let granted = try Mint.granted("token")
        let org = OrgSetup(
            api: OrgAPI(
                transport: ScriptedTransport { _ in .json(#"{"totalSize":0,"done":true,"records":[]}"#) },
                tokens: TokenSource { granted }),
            version: try #require(APIVersion("67.0")))
        var app = OrgApp(unknown: .notRead)
        app[.permittedUsers] = PermittedUsers.adminApproved.fact
        app[.permissionSets] = .list([])
        app[.profiles] = .list([])
        app[setting] = .unknown(.tooManyRows)
        #expect(try await org.reach.reach(of: app) == .unknown(.tooManyRows))
    }

    @Test("Users count only for the permission set with the app's namespace, not for one of the same name")
    func namespaces() async throws {
        let transport = ScriptedTransport { request in
            let query = request.head.path?.removingPercentEncoding ?? ""
            let rows: String
            if query.contains("FROM PermissionSet WHERE Name IN ('Integration')") {
                rows = """
                    {"Id":"0PS000000000001","Name":"Integration","NamespacePrefix":null},\
                    {"Id":"0PS000000000002","Name":"Integration","NamespacePrefix":"pkg"},\
                    {"Id":"0PS000000000003","Name":"Integration","NamespacePrefix":"other"}
                    """
            } else if let number = (1...3).first(where: { query.contains("PermissionSetId = '0PS00000000000\($0)'") }),
                query.contains("FROM PermissionSetAssignment")
            {
                rows = """
                    {"AssigneeId":"00500000000000\(number)","Assignee":{"Username":"user\(number)@acme.example",\
                    "IsActive":true}}
                    """
            } else {
                rows = ""
            }
            let count = rows.components(separatedBy: "},{").count
            return .json(#"{"totalSize":\#(rows.isEmpty ? 0 : count),"done":true,"records":[\#(rows)]}"#)
        }
        let granted = try Mint.granted("token")
        let org = OrgSetup(
            api: OrgAPI(transport: transport, tokens: TokenSource { granted }),
            version: try #require(APIVersion("67.0")))
        func users(_ sets: [String]) async throws -> [String] {
            var app = OrgApp(unknown: .notRead)
            app[.permittedUsers] = PermittedUsers.adminApproved.fact
            app[.permissionSets] = .list(sets)
            app[.profiles] = .list([])
            return try await org.reach.reach(of: app).usernames
        }
        #expect(try await users(["Integration"]) == ["user1@acme.example"])
        #expect(try await users(["pkg__Integration"]) == ["user2@acme.example"])
        #expect(
            try await users(["Integration", "other__Integration"]) == ["user1@acme.example", "user3@acme.example"])
    }

    @Test(
        "The parts of a permission set's name are found in metadata and shown as metadata writes them",
        arguments: [("Integration", nil, "Integration"), ("pkg__Aprity_Integration", "pkg", "Aprity_Integration")]
            as [(String, String?, String)])
    func names(_ text: String, _ namespace: String?, _ name: String) {
        let set = PermissionSetName(text)
        #expect(set.namespace == namespace)
        #expect(set.name == name)
        #expect(set.description == text)
        #expect(set == PermissionSetName(text.uppercased()))
    }
}
