import ConnectedAppTesting
import Foundation
import HTTPTypes
import JWTBearer
import MetadataAPI
import Synchronization
import Testing

@testable import ConnectedApp

/// Queries of an org that answers in pages.
@Suite("Queries of an org")
struct OrgQueryTests {
    private static func version() throws -> APIVersion { try #require(APIVersion("67.0")) }
    private static let next = "/services/data/v67.0/query/01g000000000001-"

    private static func api(_ transport: ScriptedTransport) throws -> OrgAPI {
        let url = "https://acme.my.salesforce.com"
        let granted = GrantedToken(
            token: AccessToken(secret: "t", scope: "api", instanceURL: url, identityURL: nil, tokenType: "Bearer"),
            instance: try LoginHost(url), organizationID: try #require(OrganizationID("00D000000000001")))
        return OrgAPI(transport: transport, tokens: TokenSource { granted })
    }

    private static func page(_ id: Int, of total: Int, next: String?, done: Bool? = nil) -> ScriptedAnswer {
        let nextRecordsURL = next.map { ",\"nextRecordsUrl\":\"\($0)\"" } ?? ""
        return .json(
            """
            {"totalSize":\(total),"done":\(done ?? (next == nil)),"records":[{"Id":"\(id)"}]\(nextRecordsURL)}
            """)
    }

    private static func rows(_ answers: [ScriptedAnswer]) async throws -> [String?] {
        let api = try api(ScriptedTransport(answers: answers))
        return try await api.rows("SELECT Id FROM User", version()).map { $0.raw("Id") }
    }

    private static func pages(_ count: Int) -> [ScriptedAnswer] {
        (1...count).map { page($0, of: count, next: $0 == count ? nil : next + String($0)) }
    }

    @Test("The rows of all pages are returned in order, up to the limit of pages", arguments: [1, 3, 50])
    func allPages(_ count: Int) async throws {
        #expect(try await Self.rows(Self.pages(count)) == (1...count).map(String.init))
    }

    @Test("If there are more pages than the limit, no rows are returned")
    func tooManyPages() async throws {
        let answers = Array(Self.pages(51).prefix(50))
        let error = await thrownByAwaiting { try await Self.rows(answers) }
        #expect(error?.cause == .answerTooLarge)
        #expect(error?.evidence["rowsRead"] == "50")
        #expect(error?.evidence["rowsInAll"] == "51")
    }

    @Test(
        "If the address of the next page is missing or foreign, no rows are returned",
        arguments: ["/services/data/v67.0/sobjects/", "https://evil.example/query/1", nil] as [String?])
    func nextPageElsewhere(_ next: String?) async throws {
        let answers = [Self.page(1, of: 2, next: next, done: false)]
        let error = await thrownByAwaiting { try await Self.rows(answers) }
        #expect(error?.cause == .answerUnintelligible)
        #expect(error?.evidence["nextRecordsUrl"] == next ?? "(none)")
    }

    @Test("A query reaches the org unchanged")
    func encoding() async throws {
        let transport = ScriptedTransport(answers: [Self.page(1, of: 1, next: nil)])
        let query = "SELECT Id FROM User WHERE Name = 'Zoë & Co. 100%+'"
        _ = try await Self.api(transport).rows(query, Self.version())
        let path = try #require(transport.requests.first?.head.path)
        #expect(URLComponents(string: "https://a" + path)?.queryItems == [URLQueryItem(name: "q", value: query)])
    }

    @Test("A row returns texts unchanged for queries, and without secrets for output")
    func texts() throws {
        let token = "00D000000000001!AQ4AQFakeTokenFakeTokenFakeToken"
        let json = #"{"Id":"\#(token)","Flag":true,"Number":1.5,"Null":null,"Parent":{"Name":"A"}}"#
        let row = try JSONDecoder().decode(QueryRow.self, from: Data(json.utf8))
        #expect(row.raw("Id") == token)
        #expect(row.text("Id") == OrgWords.mark)
        #expect(row.text("Parent.Name") == "A")
        #expect(row.flag("Flag") == true)
        #expect(row.text("Number") == nil)
        #expect(row.text("Null") == nil)
    }

    // MARK: Users as whom the key can sign in

    private static var preauthorized: OrgApp {
        var app = OrgApp(unknown: .notRead)
        app[.permittedUsers] = PermittedUsers.adminApproved.fact
        app[.permissionSets] = .list(["Key_Users"])
        app[.profiles] = .list([])
        return app
    }

    private static func reach(_ transport: ScriptedTransport) async throws -> Reach {
        let org = OrgSetup(api: try api(transport), version: try version())
        return try await org.reach.reach(of: preauthorized)
    }

    @Test("If there are more rows than the limit, it is unknown as whom the key can sign in")
    func reachOfMany() async throws {
        let pages = Self.pages(51).prefix(50)
        #expect(try await Self.reach(ScriptedTransport(answers: Array(pages))) == .unknown(.tooManyRows))
    }

    @Test("Ids are used in further queries as the org sent them")
    func idsInQueries() async throws {
        let id = "access_token=0PS000000000001"
        let transport = ScriptedTransport { request in
            let path = request.head.path ?? ""
            let records: String
            if path.contains("FROM%20PermissionSet%20") {
                records = #"{"Id":"\#(id)","Name":"Key_Users"}"#
            } else if path.contains("FROM%20PermissionSetAssignment%20") {
                records = ["1", "2"].map { number in
                    """
                    {"AssigneeId":"\(id)\(number)","Assignee":{"Username":"u\(number)@acme.example","IsActive":true}}
                    """
                }.joined(separator: ",")
            } else {
                records = ""
            }
            return .json("{\"totalSize\":1,\"done\":true,\"records\":[\(records)]}")
        }
        let users = ["u1@acme.example", "u2@acme.example"]
        let way = Reach.Way(kind: .permissionSet, name: "Key_Users", users: users)
        #expect(try await Self.reach(transport) == .users(users, ways: [way]))
        let asked = transport.requests.compactMap { $0.head.path?.removingPercentEncoding }
        #expect(asked.count { $0.contains("PermissionSetId = '\(id)'") } == 2)
    }
}
