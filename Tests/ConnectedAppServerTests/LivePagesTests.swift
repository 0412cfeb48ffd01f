internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("Pages that stay up to date")
struct LivePagesTests {
    @Test(
        "The stream of a page has one event for a block, none for the time that passes, and then ends",
        arguments: ["", "/rotation", "/compromise"], [true, false])
    func changed(_ page: String, _ isBlocked: Bool) async throws {
        let time = TestTime()
        try await SettingsClient.run(.socket, time: time) { client in
            try await client.addConnection()
            try await client.signIn()
            let heard = try await client.listen("/connections/acme\(page)/events") {
                for look in 0..<LivePages.looks {
                    await time.sleepers()
                    if isBlocked, look == 3 { await report(client) }
                    time.advance(by: LivePages.pause)
                }
            }
            // The rotation is not shown differently after a report, but begins.
            #expect(heard.components(separatedBy: "event: changed\n").count - 1 == (isBlocked ? 1 : 0))
        }
    }

    /// Reports the key as compromised, which blocks the app and begins a rotation.
    private func report(_ client: SettingsClient) async {
        do {
            _ = try await client.world.service.blocks.reportCompromise(
                of: "acme", reason: "drill", replacement: .init(inSecondApp: false),
                as: Principal(.commandLine, name: "tester"))
        } catch { Issue.record("\(error)") }
    }

    @Test("A browser that reconnects gets an event for a change that it missed")
    func connectedAgain() async throws {
        let time = TestTime()
        try await SettingsClient.run(.socket, time: time) { client in
            try await client.addConnection()
            try await client.signIn()
            let heard = try await client.listen(
                "/connections/acme/events", headers: [.lastEventID: "0123456789abcdef0123456789abcdef"]
            ) {
                for _ in 0..<LivePages.looks {
                    await time.sleepers()
                    time.advance(by: LivePages.pause)
                }
            }
            #expect(heard.components(separatedBy: "event: changed\n").count == 2)
        }
    }

    @Test("A stream needs a session and a connection", arguments: [(false, "acme", 401), (true, "nobody", 404)])
    func refused(_ isSignedIn: Bool, _ alias: String, _ status: Int) async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            if isSignedIn { try await client.signIn() }
            let reply = try await client.get(
                "/connections/\(alias)/events", headers: [.accept: "text/event-stream"])
            #expect(reply.status == status)
        }
    }

    @Test("A page that is open but not used does not keep its session alive", arguments: [true, false])
    func idle(_ isUse: Bool) {
        let time = TestTime()
        let sessions = Sessions(surroundings: .test(time))
        let id = sessions.start().id
        time.advance(by: .seconds(11 * 3600))
        #expect(sessions.find(id, isUse: isUse) != nil)
        time.advance(by: .seconds(2 * 3600))
        #expect((sessions.find(id) != nil) == isUse)
    }

    @Test("A request of the page's script is no use of the session")
    func automatic() async throws {
        let time = TestTime()
        try await SettingsClient.run(time: time) { client in
            try await client.addConnection()
            try await client.signIn()
            time.advance(by: .seconds(11 * 3600))
            let automatic = HTTPField.Name("Aprity-Automatic")!
            #expect(try await client.get("/connections/acme", headers: [automatic: "1"]).status == 200)
            time.advance(by: .seconds(2 * 3600))
            #expect(try await client.get("/connections/acme").status == 303)
        }
    }
}
