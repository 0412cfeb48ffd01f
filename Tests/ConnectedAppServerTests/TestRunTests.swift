internal import ConnectedApp
internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import JWTBearer
internal import Synchronization
internal import Testing

@testable internal import ConnectedAppServer

@Suite("Connection tests on the page")
struct TestRunTests {
    /// Parses the events of a stream into id, name and data.
    private func events(_ text: String) -> [(id: Int?, name: String, data: String)] {
        text.components(separatedBy: "\n\n").filter { !$0.isEmpty }.map { block in
            var fields: [String: String] = [:]
            for line in block.split(separator: "\n") {
                let halves = line.split(separator: ":", maxSplits: 1)
                fields[String(halves[0])] = halves[1].trimmingCharacters(in: .whitespaces)
            }
            return (fields["id"].flatMap { Int($0) }, fields["event"] ?? "", fields["data"] ?? "")
        }
    }

    @Test("The stream has every step once, in order, then the end", arguments: Wire.allCases)
    func order(_ wire: Wire) async throws {
        let time = TestTime()
        var org = ScriptedOrg(now: { time.now })
        let gate = Gate()
        org.gate = gate
        try await SettingsClient.run(wire, time: time, transport: org.transport) { client in
            try await client.addConnection()
            try await client.signIn()
            let start = try await client.post("/connections/acme/test", ["formToken": try await client.formToken()])
            let path = try #require(start.headers[.location])
            await gate.arrival()
            // Nine steps end before the sign-in. The stream begins with them and continues with the others.
            async let stream = client.get(path + "/events", headers: [.accept: "text/event-stream"])
            let running = try await client.get(path).text
            #expect(running.contains("9 of \(TestStep.allCases.count) steps done"))
            #expect(running.contains("<noscript><meta http-equiv=\"refresh\""))
            #expect(running.contains("id=\"step-signIn\" class=\"step is-running\""))
            gate.open()
            let events = events(try await stream.text)
            #expect(events.dropLast().map(\.id) == (1...TestStep.allCases.count).map { $0 })
            let ids = events.dropLast().map { event in
                ((try? JSONSerialization.jsonObject(with: Data(event.data.utf8))) as? [String: Any])?["id"] as? String
            }
            #expect(ids == TestStep.allCases.map(\.rawValue))
            #expect(events.last?.name == "end")
            let ended = try await client.get(path).text
            #expect(ended.contains("The connection works."))
            #expect(!ended.contains("http-equiv=\"refresh\""))
        }
    }

    @Test("A browser that reconnects continues after the last step that it received")
    func resumed() async throws {
        let time = TestTime()
        try await SettingsClient.run(time: time, transport: ScriptedOrg(now: { time.now }).transport) { client in
            try await client.addConnection()
            try await client.signIn()
            let path = try await client.startTest()
            let name = try #require(HTTPField.Name("Last-Event-ID"))
            let rest = events(try await client.get(path + "/events", headers: [name: "20"]).text)
            #expect(rest.map(\.id) == [21, 22, nil])
        }
    }

    @Test("A second test of a connection joins the running one and uses no sign-in")
    func joined() async throws {
        let time = TestTime()
        var org = ScriptedOrg(now: { time.now })
        let gate = Gate()
        org.gate = gate
        let transport = org.transport
        try await SettingsClient.run(time: time, transport: transport) { client in
            try await client.addConnection()
            try await client.signIn()
            let token = try await client.formToken()
            let first = try await client.post("/connections/acme/test", ["formToken": token])
            await gate.arrival()
            let second = try await client.post("/connections/acme/test", ["formToken": token])
            #expect(second.headers[.location] == first.headers[.location])
            let third = try await client.api(.post, "/connections/acme/test")
            let path = try #require(first.headers[.location])
            #expect(third.headers[.location] == "/api/v1" + path)
            gate.open()
            _ = try await client.get(path + "/events")
            #expect(transport.requests.filter { $0.head.path == "/services/oauth2/token" }.count == 1)
            #expect(try await client.post("/connections/acme/test", ["formToken": token]).headers[.location] != path)
        }
    }

    @Test("The org's text is shown verbatim, escaped, and with invisible characters visible", arguments: Wire.allCases)
    func hostileOrg(_ wire: Wire) async throws {
        let time = TestTime()
        let words = "<script>alert('x')</script>\u{202E}desrever\u{1B}[31m \" onmouseover=\"x"
        let org = ScriptedOrg(now: { time.now }).refusing("invalid_<b>grant", words)
        try await SettingsClient.run(wire, time: time, transport: org.transport) { client in
            try await client.addConnection()
            try await client.signIn()
            let path = try await client.startTest()
            let page = try await client.get(path)
            #expect(!page.text.contains("<script>alert"))
            #expect(!page.text.contains("<b>grant"))
            #expect(
                page.text.contains(
                    "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;⟨U+202E⟩desrever⟨U+001B⟩[31m &quot; onmouseover=&quot;x"
                ))
            #expect(!page.bytes.contains(0x1B))
            #expect(page.text.contains("refusalUnknown"))
            let stream = try await client.get(path + "/events")
            #expect(stream.text.contains("⟨U+202E⟩desrever⟨U+001B⟩"))
            #expect(!stream.text.unicodeScalars.contains("\u{202E}"))
            // A program receives the text verbatim.
            let run = path.split(separator: "/").last.map(String.init) ?? ""
            let result = try await client.api(.get, "/connections/acme/tests/\(run)").json(TestRunView.self).result
            let step = try #require(result?.steps.first { $0.id == .signIn })
            #expect(step.evidence["errorDescription"] == words)
        }
    }

    @Test("A refusal shows its cause, its remedy and the org's own words")
    func refusal() async throws {
        let time = TestTime()
        let org = ScriptedOrg(now: { time.now }).refusing("invalid_grant", "inactive user")
        try await SettingsClient.run(time: time, transport: org.transport) { client in
            try await client.addConnection()
            try await client.signIn()
            let page = try await client.get(try await client.startTest()).text
            for text in [
                "The connection does not work.", "The user is inactive.", "userInactive",
                "Activate the user", "inactive user", "3 sign-ins used", "I changed it in Salesforce",
                "a user that does not exist",
                "id=\"step-signIn\" class=\"step is-fails\"",
                "id=\"step-api\" class=\"step is-unknown\"",
            ] { #expect(page.contains(text), "\(text)") }
        }
    }

    @Test("A failure that a fresh change can explain says how long to wait, and until when")
    func waiting() async throws {
        let time = TestTime()
        let org = ScriptedOrg(now: { time.now }).refusing("invalid_client", "invalid client credentials")
        try await SettingsClient.run(time: time, transport: org.transport) { client in
            try await client.addConnection()
            try await client.signIn()
            let fresh = try await client.get(try await client.startTest()).text
            #expect(fresh.contains("Salesforce may still be spreading a change."))
            #expect(fresh.contains("2 to 10 minutes"))
            #expect(fresh.contains(ShownTime(time.now.addingTimeInterval(1800)).text))
            time.advance(by: .seconds(1801))
            let late = try await client.get(try await client.startTest()).text
            #expect(late.contains("The connection does not work."))
        }
    }

    @Test("A test of an unknown connection, and an unknown test, are 404")
    func unknown() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            try await client.signIn()
            let token = try await client.formToken()
            #expect(try await client.post("/connections/nobody/test", ["formToken": token]).status == 404)
            #expect(try await client.get("/connections/acme/tests/0123").status == 404)
            #expect(try await client.api(.get, "/connections/acme/tests/0123").status == 404)
        }
    }

    @Test("Ended tests beyond a hundred are forgotten, the oldest first")
    func bounded() async throws {
        let time = TestTime()
        let world = try await TestWorld.connected(
            .test("acme", consumerKey: nil), time: time, transport: ScriptedOrg(now: { time.now }).transport)
        let tester = Principal(.commandLine, name: "tester")
        let runs = TestRuns(service: world.service, surroundings: world.surroundings)
        var ids: [String] = []
        for _ in 0...TestRuns.maximumEnded {
            let run = try await runs.start("acme", as: tester)
            for await _ in run.events(after: 0) {}
            ids.append(run.id)
        }
        #expect(Set(ids).count == TestRuns.maximumEnded + 1)
        await #expect(throws: ServerRefusal.self) { try await runs.find(ids[0], of: "acme", as: tester) }
        #expect(try await runs.find(ids[1], of: "acme", as: tester).id == ids[1])
        let other = await thrownByAwaiting { try await runs.find(ids[1], of: "other", as: tester) }
        #expect(other?.cause == .unknownAlias)
    }

    /// Test runs whose store a test can make fail.
    private struct Runs {
        let runs: TestRuns
        let store: FailingStore
        let world: TestWorld
        let tester = Principal(.commandLine, name: "tester")

        /// - Parameter before: Called with each request before it is answered.
        init(before: @escaping @Sendable (OutgoingRequest, FailingStore) async throws -> Void) async throws {
            let time = TestTime()
            let org = ScriptedOrg { time.now }
            let box = Mutex<FailingStore?>(nil)
            let transport = ScriptedTransport { request in
                if let store = box.withLock({ $0 }) { try await before(request, store) }
                return try await ScriptedAnswer(try await org.transport.send(request, within: .answer))
            }
            world = try await TestWorld.connected(.test("acme"), time: time, transport: transport)
            store = FailingStore(world.store)
            box.withLock { [store] in $0 = store }
            var builder = world.builder
            builder.records = SealedRecords(store: store, ring: try MasterKeyRing.test())
            runs = TestRuns(service: builder.service(), surroundings: world.surroundings)
        }

        func start() async throws -> TestRun { try await runs.start("acme", as: tester) }
    }

    @Test("A test that cannot be saved still has its verdict, shows the reason, and is counted")
    func unsaved() async throws {
        // This is the last request of a test. After it, only the test's record is written.
        let runs = try await Runs { request, store in
            if request.head.path?.contains("UserPermissionAccess") == true { store.failWrites() }
        }
        let run = try await runs.start()
        for await _ in run.events(after: 0) {}
        let view = TestRunView(run)
        #expect(view.state == .finished)
        #expect(view.result?.outcome == .passes)
        #expect(view.problem?.code == "diskFull")
        #expect(runs.world.surroundings.troubles.counts[.testHistory] == 1)
        #expect(try await runs.world.service.diagnosis.tests(of: "acme", as: runs.tester).isEmpty)
        let session = Session(name: "tester", formToken: "token")
        let page = TestRunPage(run, clicks: [], isSetUp: true, session: session)
        #expect(page.verdict != nil)
        #expect(page.unsaved == ConnectedAppError(.diskFull).description)
    }

    @Test("A test that runs when the server stops is interrupted, without a verdict and without an error")
    func interrupted() async throws {
        let arrived = Gate()
        arrived.open()
        let (silence, continuation) = AsyncStream.makeStream(of: Never.self)
        let runs = try await Runs { request, _ in
            guard request.head.path == "/services/oauth2/token" else { return }
            await arrived.pass()
            // Ends only if the task is cancelled.
            for await _ in silence {}
            try Task.checkCancellation()
        }
        let run = try await runs.start()
        await arrived.arrival()
        await runs.runs.stop()
        continuation.finish()
        let view = TestRunView(run)
        #expect(view.state == .interrupted)
        #expect(view.problem == nil)
        #expect(view.result == nil)
    }

    @Test("A stopping server waits neither for the org nor for a browser's event stream")
    func stopping() async throws {
        let time = TestTime()
        var org = ScriptedOrg(now: { time.now })
        let gate = Gate()
        org.gate = gate
        try await SettingsClient.run(.socket, time: time, transport: org.transport) { client in
            try await client.addConnection()
            try await client.signIn()
            let start = try await client.post("/connections/acme/test", ["formToken": try await client.formToken()])
            let path = try #require(start.headers[.location])
            await gate.arrival()
            let heard = try await client.listen(path + "/events") { await client.stop() }
            #expect(heard.contains("\"id\":\"name\""))
            #expect(!heard.contains("event: end"))
            // The scripted org cannot be interrupted, so the test's task can end only now.
            gate.open()
        }
    }
}
