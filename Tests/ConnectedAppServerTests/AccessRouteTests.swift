internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("Accounts and API tokens in the API")
struct AccessRouteTests {
    private static let user = #"{"name":"alice","role":"user","password":"correct horse battery"}"#

    @Test("An account is added, shown, changed and removed")
    func account() async throws {
        try await SettingsClient.run { client in
            let added = try await client.api(.post, "/users", json: Self.user)
            #expect(added.status == 201)
            #expect(added.headers[.location] == "/api/v1/users/alice")
            #expect(!added.text.contains("correct horse"))
            let changed = try await client.api(.patch, "/users/alice", json: #"{"role":"admin"}"#)
            #expect(changed.members["role"] as? String == "admin")
            let listed = try await client.api(.get, "/users").json([AccountView].self)
            #expect(listed.map(\.name) == ["alice"])
            #expect(listed.map(\.role) == [.admin])
            #expect(try await client.api(.delete, "/users/alice").status == 204)
            expectProblem(try await client.api(.delete, "/users/alice"), 404, "accountUnknown")
        }
    }

    @Test("A new password replaces the old one; an unfit one changes nothing, the role included")
    func password() async throws {
        try await SettingsClient.run { client in
            _ = try await client.api(.post, "/users", json: Self.user)
            let unfit = try await client.api(.patch, "/users/alice", json: #"{"role":"admin","password":"short"}"#)
            expectProblem(unfit, 422, "passwordUnfit")
            #expect(try await client.signIn(as: "alice").status == 303)
            let listed = try await client.api(.get, "/users").json([AccountView].self)
            #expect(listed.map(\.role) == [.user])
            let changed = try await client.api(.patch, "/users/alice", json: #"{"password":"another long one"}"#)
            #expect(changed.status == 200)
            #expect(try await client.signIn(as: "alice").status == 403)
            #expect(try await client.signIn(as: "alice", password: "another long one").status == 303)
        }
    }

    @Test("The answer with a new token is the only one with its secret, and the token works until it is revoked")
    func token() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            let added = try await client.api(
                .post, "/api-tokens",
                json: #"{"name":"script","scope":"read","connections":["acme"],"expiresInDays":2}"#)
            #expect(added.status == 201)
            let token = try #require(added.members["token"] as? String)
            #expect(try await client.send(.get, "/api/v1/connections/acme", bearer: token).status == 200)
            let listed = try await client.api(.get, "/api-tokens")
            #expect(!listed.text.contains(token.suffix(43)))
            #expect(try listed.json([APITokenView].self).map(\.connections) == [["acme"]])
            #expect(try await client.api(.delete, "/api-tokens/script").status == 204)
            #expect(try await client.send(.get, "/api/v1/connections/acme", bearer: token).status == 401)
        }
    }

    @Test(
        "A token that only reads, or is limited to a connection, learns nothing about accounts and tokens",
        arguments: [("/users", nil), ("/api-tokens", nil), ("/users", ["acme"]), ("/api-tokens", ["acme"])])
    func refused(_ path: String, _ connections: [String]?) async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            let token = try await client.addToken(
                "script", connections == nil ? .read : .everything, connections: connections)
            expectProblem(try await client.send(.get, "/api/v1" + path, bearer: token), 403, "forbidden")
        }
    }
}
