internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("Block, budget and audit in the API and on the pages")
struct SafeHandsTests {
    @Test("An app is blocked, shown as blocked, and its metadata is no longer read", arguments: Wire.allCases)
    func block(_ wire: Wire) async throws {
        try await SettingsClient.run(wire) { client in
            try await client.addConnection()
            let none = try await client.api(.get, "/connections/acme/block")
            #expect(none.status == 404)
            #expect(none.members["code"] as? String == "notBlocked")
            let blocked = try await client.api(.put, "/connections/acme/block", json: "{\"reason\":\"drill\"}")
            #expect(blocked.status == 200)
            let view = try blocked.json(BlockView.self)
            #expect(view.reason == "drill")
            #expect(view.facts.count == 4)
            #expect(view.facts.allSatisfy { $0.isTrue })
            #expect(view.orderedBy == "api:start token")
            #expect(try await client.api(.get, "/connections/acme/block").json(BlockView.self).reason == "drill")
            #expect(try await client.api(.get, "/connections/acme").json(ConnectionView.self).isBlocked)
            #expect(try await client.api(.get, "/connections/acme/metadata/types").status == 403)
            try await client.signIn()
            let page = try await client.get("/connections/acme").text
            #expect(page.contains("Blocked</span>"))
            // The time of an earlier test says nothing about the block.
            #expect(!page.contains("id=\"state-seen\""))
            let all = try await client.api(.put, "/block", json: "{\"reason\":\"all\"}")
            #expect(try all.json([BlockView].self).map(\.reason) == ["drill"])
        }
    }

    @Test(
        "A malformed body is rejected, and nothing is blocked",
        arguments: [
            ("{}", "requestMalformed"), ("{\"reason\":\"\"}", "usage"), ("{\"reason\":1}", "requestMalformed"),
            ("{\"reason\":\"x\",\"force\":true}", "requestMalformed"), ("[]", "requestMalformed"),
            ("", "requestMalformed"),
        ])
    func refused(_ body: String, _ code: String) async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            expectProblem(try await client.api(.put, "/connections/acme/block", json: body), 400, code)
            expectProblem(try await client.api(.put, "/block", json: body), 400, code)
            #expect(try await client.api(.get, "/connections/acme").json(ConnectionView.self).isBlocked == false)
        }
    }

    @Test("A budget is shown and set; invalid values are rejected")
    func budget() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            let first = try await client.api(.get, "/connections/acme/budget").json(BudgetView.self)
            #expect(first.perHour == 3600)
            #expect(first.shares.map(\.used) == [0, 0, 0])
            let set = try await client.api(.patch, "/connections/acme/budget", json: "{\"perHour\":100}")
            #expect(try set.json(BudgetView.self).perHour == 100)
            for (body, code) in [
                ("{}", "usage"), ("{\"perHour\":0}", "usage"), ("{\"perHour\":9999}", "usage"),
                ("{\"reserve\":-1}", "usage"), ("{\"limit\":1}", "requestMalformed"),
            ] {
                expectProblem(
                    try await client.api(.patch, "/connections/acme/budget", json: body), 400, code, "\(body)")
            }
        }
    }

    @Test("The form of the budget names the field and the numbers that it accepts")
    func budgetForm() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            _ = try await client.signIn()
            for (perHour, reserve, words) in [
                ("100", "100", "Left to other programs: Enter a number from 0 to 99."),
                ("0", "0", "Sign-ins an hour: Enter a number from 1 to 3600."),
                ("x", "0", "Sign-ins an hour: Enter a number from 1 to 3600."),
            ] {
                let token = try await client.formToken(on: "/connections/acme")
                let reply = try await client.post(
                    "/connections/acme/budget", ["formToken": token, "perHour": perHour, "reserve": reserve])
                #expect(reply.status == 400)
                #expect(reply.text.contains(words), "\(perHour) \(reserve)")
                #expect(reply.text.contains("Correct the form and submit it again."))
                #expect(!reply.text.contains("openapi.yaml"))
                #expect(!reply.text.contains("The command was used"))
            }
        }
    }

    @Test("The audit record is listed, by connection and act")
    func audit() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            _ = try await client.api(.put, "/connections/acme/block", json: "{\"reason\":\"drill\"}")
            func acts(_ query: String) async throws -> [AuditEvent.Act] {
                try await client.api(.get, "/audit" + query).json([AuditRecordView].self).map(\.act)
            }
            #expect(try await acts("").suffix(1) == [.connectionAdded])
            #expect(try await acts("?act=appBlocked") == [.appBlocked])
            #expect(try await client.api(.get, "/audit?connection=nobody").members["code"] as? String == "unknownAlias")
            #expect(try await acts("?connection=acme&act=tokenHandedOut").isEmpty)
            #expect(try await acts("?limit=1").count == 1)
            for query in ["?limit=0", "?limit=x", "?act=nonsense"] {
                let reply = try await client.api(.get, "/audit" + query)
                #expect(reply.status == 400, "\(query)")
                #expect(reply.members["code"] as? String == "usage", "\(query)")
                #expect(reply.members["remedy"] as? String == "Compare it with /api/v1/openapi.yaml.", "\(query)")
            }
        }
    }
}
