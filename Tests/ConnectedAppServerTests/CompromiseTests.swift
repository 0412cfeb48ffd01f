internal import ConnectedApp
internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Testing

@testable internal import ConnectedAppServer

@Suite("A compromised key in the API")
struct CompromiseTests {
    @Test(
        "A compromise is reported, shown and withdrawn; facts that are too early, or come with a reason, are rejected"
    )
    func api() async throws {
        let time = TestTime()
        let org = ScriptedOrg(now: { time.now }).refusing("invalid_grant", "inactive user")
        try await SettingsClient.run(time: time, transport: org.transport) { client in
            try await client.addConnection()
            let path = "/connections/acme/compromise"
            #expect(try await client.api(.get, path).members["code"] as? String == "compromiseNotReported")
            #expect(try await client.api(.post, path, json: "{}").members["code"] as? String == "compromiseNotReported")
            #expect(try await client.api(.get, path).status == 404)
            #expect(
                try await client.api(.post, path, json: "{\"reason\":\"x\",\"fact\":\"uploaded\"}").status == 400)
            let withoutReason = try await client.api(.post, path, json: "{\"secondApp\":true}")
            #expect(withoutReason.members["code"] as? String == "usage")
            let begun = try await client.api(.post, path, json: "{\"reason\":\"tape lost\",\"secondApp\":true}")
            let view = try begun.json(CompromiseView.self)
            #expect(begun.status == 200)
            #expect(view.rotation.hasSecondApp)
            #expect(view.reason == "tape lost")
            #expect(view.steps.first { $0.state == .now }?.id == .blockedInSalesforce)
            #expect(
                try await client.api(.post, path, json: "{\"fact\":\"revokedInSalesforce\"}").members["code"] as? String
                    == "rotationRefused")
            #expect(
                try await client.api(.post, "/connections/acme/unblock").members["code"] as? String == "rotationRefused"
            )
            let told = try await client.api(.post, path, json: "{\"fact\":\"blockedInSalesforce\"}")
            #expect(try told.json(CompromiseView.self).steps.first { $0.state == .now }?.id == .upload)
            #expect(try await client.api(.get, path).json(CompromiseView.self).isOver == false)
            #expect(try await client.api(.delete, path).status == 204)
            // The app is still blocked, but no key is reported.
            #expect(try await client.api(.get, path).members["code"] as? String == "compromiseNotReported")
        }
    }

    @Test("The page shows one form per step")
    func page() async throws {
        let time = TestTime()
        let org = ScriptedOrg(now: { time.now }).refusing("invalid_grant", "inactive user")
        try await SettingsClient.run(time: time, transport: org.transport) { client in
            try await client.addConnection()
            _ = try await client.signIn()
            let path = "/connections/acme/compromise"
            #expect(try await client.get("/connections/acme").text.contains(path))
            func act(_ act: String, _ more: [String: String] = [:]) async throws -> Int {
                let fields = ["formToken": try await client.formToken(on: path), "act": act]
                return try await client.post(path, fields.merging(more) { $1 }).status
            }
            #expect(try await client.get(path).text.contains("id=\"compromise-form\""))
            #expect(try await act("nonsense") == 400)
            #expect(try await act("report", ["reason": ""]) == 400)
            #expect(try await act("report", ["reason": "<b>tape</b>", "mode": "second-app"]) == 303)
            let shown = try await client.get(path).text
            #expect(shown.contains("&lt;b&gt;tape"))
            #expect(shown.contains("value=\"blockedInSalesforce\""))
            #expect(shown.contains("id=\"download-next\""))
            #expect(shown.contains("aria-current=\"step\""))
            #expect(try await act("revokedInSalesforce") == 400)
            #expect(try await act("blockedInSalesforce") == 303)
            let next = try await client.get(path).text
            #expect(next.contains("value=\"upload\""))
            #expect(next.contains("id=\"second-key\""))
            #expect(next.contains("Create the app, under Clicks in Setup"))
            #expect(!next.contains("<code>aprity"))
            #expect(try await act("withdraw") == 303)
            #expect(try await client.get(path).text.contains("id=\"compromise-form\""))
        }
    }
}
