import Foundation
import Testing

@testable import OrgSimulator

@Suite("Queries of Login History")
struct LoginHistoryQueryTests {
    /// An org with two successful sign-ins and a refused one, an hour apart.
    private static func signedIn() async throws -> (TestOrg, token: String, user: String) {
        let request = try TokenCase()
        let org = try TestOrg(request.state)
        var token = ""
        for signsIn in [true, false, true] {
            if signsIn {
                token = await org.signIn(request, assertion: try await request.assertion()).accessToken
            } else {
                var late = request
                late.expiry = "1"
                _ = await org.signIn(late, assertion: try await late.assertion())
            }
            await org.simulation.adjustClock { clock, wall in clock.step(by: 3600, wall: wall) }
        }
        let user = try #require(await org.simulation.history.logins.last?.userID)
        return (org, token, user)
    }

    @Test("A user can count its own sign-ins since a time, including refused ones")
    func count() async throws {
        let (org, token, user) = try await Self.signedIn()
        let times = await org.simulation.history.logins.map(\.orgTime)
        #expect(times.count == 3)
        for (since, expected) in [(times[0], 3), (times[1], 2), (times[2].addingTimeInterval(2), 0)] {
            let query =
                "SELECT COUNT() FROM LoginHistory WHERE UserId = '\(user)' AND LoginTime >= "
                + since.addingTimeInterval(-1).ISO8601Format()
            let answer = await org.send("GET", TestOrg.queryPath(query), token: token)
            #expect(answer.status == 200)
            #expect(answer.members["totalSize"] == .integer(Int64(expected)))
        }
    }

    @Test("Rows have only the requested fields, in the requested order")
    func rows() async throws {
        let (org, token, _) = try await Self.signedIn()
        let query = "select LoginTime, status from loginhistory order by LoginTime desc limit 2"
        let answer = await org.send("GET", TestOrg.queryPath(query), token: token)
        let text = String(decoding: answer.body, as: UTF8.self)
        #expect(answer.members["totalSize"] == 2)
        #expect(answer.members["done"] == true)
        #expect(text.contains(#""Status":"Success""#))
        #expect(text.contains(#"+0000""#))
        #expect(text.contains(#""type":"LoginHistory""#))
        #expect(!text.contains("SourceIp"))
    }

    @Test("Another user's rows are not returned")
    func others() async throws {
        let (org, token, _) = try await Self.signedIn()
        let query = "SELECT COUNT() FROM LoginHistory WHERE UserId = '005000000000000AAA'"
        #expect(await org.send("GET", TestOrg.queryPath(query), token: token).members["totalSize"] == 0)
    }

    static let refused: [(query: String, code: String)] = [
        ("SELECT Id FROM Account", "INVALID_TYPE"), ("SELECT Nonsense FROM LoginHistory", "INVALID_FIELD"),
        ("SELECT LoginTime FROM LoginHistory WHERE Status = 'Success'", "INVALID_FIELD"),
        ("SELECT LoginTime FROM LoginHistory WHERE", "MALFORMED_QUERY"), ("", "MALFORMED_QUERY"),
        ("SELECT FROM LoginHistory", "MALFORMED_QUERY"),
        ("SELECT LoginTime FROM LoginHistory LIMIT -1", "MALFORMED_QUERY"),
        ("SELECT LoginTime FROM LoginHistory WHERE UserId = 'x", "MALFORMED_QUERY"),
        ("SELECT LoginTime FROM LoginHistory GARBAGE MORE", "MALFORMED_QUERY"),
        ("SELECT LoginTime FROM LoginHistory WHERE UserId ~ 'x'", "MALFORMED_QUERY"),
    ]

    @Test("A query that cannot be answered is refused with the published code", arguments: refused)
    func refusals(_ row: (query: String, code: String)) async throws {
        let (org, token, _) = try await Self.signedIn()
        let answer = await org.send("GET", TestOrg.queryPath(row.query), token: token)
        #expect(answer.status == 400, "\(answer.error ?? "")")
        #expect(answer.error?.hasPrefix(row.code) == true, "\(answer.error ?? "")")
        let isRecorded = ["not supported", "No such column"].contains { answer.error?.contains($0) == true }
        #expect(answer.isSynthetic != isRecorded)
    }

    @Test("Only business objects count as business data in the history")
    func verdicts() async throws {
        let (org, token, _) = try await Self.signedIn()
        _ = await org.send("GET", TestOrg.queryPath("SELECT COUNT() FROM LoginHistory"), token: token)
        #expect(await org.simulation.history.requests.last?.verdict == .readsMetadata)
        _ = await org.send("GET", TestOrg.queryPath("SELECT Id FROM Account"), token: token)
        #expect(await org.simulation.history.requests.last?.verdict == .touchesBusinessData)
        #expect(await org.send("GET", TestOrg.queryPath("SELECT COUNT() FROM LoginHistory"), token: "no").status == 401)
    }
}
