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
}
