import Foundation
import Testing

@testable import OrgSimulator

/// An org whose integration user has signed in.
struct RecordedOrg: Sendable {
    let org: TestOrg
    let token: String
    let state: Org

    init(_ change: (inout TokenCase) throws -> Void = { _ in }) async throws {
        var request = try TokenCase()
        try change(&request)
        org = try TestOrg(request.state)
        let answer = await org.signIn(request, assertion: try await request.assertion())
        try #require(answer.status == 200, "\(answer.refusal)")
        token = answer.accessToken
        state = await org.simulation.state.orgs[0]
    }

    func get(_ path: String, pretty: Bool = false) async -> OrgAnswer {
        await org.send("GET", path, token: token, pretty: pretty)
    }

    func query(_ text: String, at endpoint: QueryEndpoint = .data) async -> OrgAnswer {
        await get(TestOrg.queryPath(text, at: endpoint))
    }
}

extension OrgAnswer {
    /// The names of the answer's members, in their order.
    var memberNames: [String] {
        guard case .object(let members)? = value else { return [] }
        return members.map(\.key)
    }

    /// All cookies, without the parts that differ between answers.
    var cookies: [String] {
        values("Set-Cookie").map {
            $0.replacing(/BrowserId=[\w-]{22};/, with: "BrowserId=…;").replacing(/expires=[^;]+;/, with: "expires=…;")
        }
    }
}
