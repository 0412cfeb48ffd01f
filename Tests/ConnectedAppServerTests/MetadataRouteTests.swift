internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("Metadata and its pulls in the API and on the page")
struct MetadataRouteTests {
    private static let path = "/connections/acme/metadata/pull"

    @Test("A schedule is set, shown and removed")
    func schedule() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            let fresh = try await client.api(.get, Self.path).json(PullStatusView.self)
            #expect(fresh.state == .off)
            #expect(fresh.everySeconds == nil)
            let set = try await client.api(.patch, Self.path, json: #"{"everySeconds": 86400}"#)
            #expect(set.status == 200)
            #expect(try set.json(PullStatusView.self).state == .scheduled)
            let shown = try await client.api(.get, Self.path).json(PullStatusView.self)
            #expect(shown.everySeconds == 86_400)
            let removed = try await client.api(.patch, Self.path, json: #"{"everySeconds": null}"#)
            #expect(try removed.json(PullStatusView.self).state == .off)
            let acts = try await client.world.store.events(limit: 10).filter { $0.act == .connectionChanged }
            #expect(acts.map { $0.facts["pullEvery"] } == ["off", "1d"])
        }
    }

    @Test(
        "An interval out of range and a body without one are rejected",
        arguments: [#"{"everySeconds": 899}"#, #"{"everySeconds": 2592001}"#, "{}", #"{"everySeconds": "1d"}"#])
    func rejected(_ body: String) async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            #expect(try await client.api(.patch, Self.path, json: body).status == 400)
            #expect(try await client.api(.get, Self.path).json(PullStatusView.self).everySeconds == nil)
        }
    }

    @Test("A pull that is asked for waits until the server's loop begins it, and there is no record before")
    func start() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            let started = try await client.api(.post, Self.path)
            #expect(started.status == 202)
            #expect(started.headers[.location] == "/api/v1" + Self.path)
            #expect(try started.json(PullStatusView.self).state == .waiting)
            let record = try await client.api(.get, Self.path + "/record")
            #expect(record.status == 404)
            #expect(try record.json(ProblemView.self).code == "notPulled")
            #expect(try await client.api(.post, "/connections/nobody/metadata/pull").status == 404)
        }
    }

    @Test("A time that is none, and an unknown parameter of a list, are rejected before the org is asked")
    func listParameters() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            for query in ["since=yesterday", "managed=perhaps", "types=,", "type=Flow"] {
                let reply = try await client.api(.get, "/connections/acme/metadata/components?" + query)
                #expect(reply.status == 400, "\(query)")
            }
            #expect(try await client.api(.get, "/connections/acme/metadata/changes").status == 404)
        }
    }

    @Test("A name with a NUL is unknown, not that of an altered record")
    func nul() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            let reply = try await client.api(.get, "/connections/acme%00")
            #expect(reply.status == 404)
            #expect(try reply.json(ProblemView.self).code == "unknownAlias")
        }
    }

    @Test("The page's form sets the schedule")
    func page() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            try await client.signIn()
            let page = "/connections/acme/metadata"
            let token = try await client.formToken(on: page)
            let saved = try await client.post(page, ["formToken": token, "act": "schedule", "every": "12h"])
            #expect(saved.status == 303)
            #expect(try await client.get(page).text.contains(#"<option value="12h" selected>every 12 hours</option>"#))
            let wrong = try await client.post(page, ["formToken": token, "act": "schedule", "every": "1s"])
            #expect(wrong.status == 400)
            let ended = try await client.post(page, ["formToken": token, "act": "schedule", "every": ""])
            #expect(ended.status == 303)
            #expect(try await client.get(page).text.contains(#"<option value="" selected>never</option>"#))
        }
    }
}
