import Testing

@testable import OrgSimulator

@Suite("Saving a change")
struct StatePatchTests {
    private func merged(_ patch: String, into document: String) throws -> String {
        try StatePatch.merge(
            try JSONValue(parsing: Array(patch.utf8)), into: try JSONValue(parsing: Array(document.utf8))
        ).text
    }

    @Test(
        "A patch merges objects by key, records by identity, and replaces the rest",
        arguments: [
            (#"{"a":{"c":2}}"#, #"{"a":{"b":1}}"#, #"{"a":{"b":1,"c":2}}"#),
            (
                #"{"apps":[{"name":"x","b":1}]}"#, #"{"apps":[{"name":"x","a":1},{"name":"y"}]}"#,
                #"{"apps":[{"a":1,"name":"x","b":1},{"name":"y"}]}"#
            ),
            (#"{"apps":[{"name":"z"}]}"#, #"{"apps":[{"name":"x"}]}"#, #"{"apps":[{"name":"x"},{"name":"z"}]}"#),
            (
                #"{"apps":[{"$remove":true,"name":"x"}]}"#, #"{"apps":[{"name":"x"},{"name":"y"}]}"#,
                #"{"apps":[{"name":"y"}]}"#
            ),
            (
                #"{"users":[{"username":"u","isFrozen":true}]}"#, #"{"users":[{"username":"u"}]}"#,
                #"{"users":[{"username":"u","isFrozen":true}]}"#
            ),
            (
                #"{"users":[{"username":"R@x.example","isFrozen":true}]}"#, #"{"users":[{"username":"r@x.example"}]}"#,
                #"{"users":[{"username":"R@x.example","isFrozen":true}]}"#
            ),
            (
                #"{"users":[{"username":"R@X.example","$remove":true}]}"#,
                #"{"users":[{"username":"r@x.example"},{"username":"s"}]}"#, #"{"users":[{"username":"s"}]}"#
            ),
            (#"{"apps":[{"name":"X"}]}"#, #"{"apps":[{"name":"x"}]}"#, #"{"apps":[{"name":"x"},{"name":"X"}]}"#),
            (
                #"{"orgs":[{"id":"1","x":1}]}"#, #"{"orgs":[{"id":"1","name":"A"}]}"#,
                #"{"orgs":[{"id":"1","name":"A","x":1}]}"#
            ),
            (
                #"{"apps":[{"name":"x","$remove":true},{"name":"x","b":1},{"name":"w"}]}"#,
                #"{"apps":[{"name":"w"},{"name":"x","a":1}]}"#, #"{"apps":[{"name":"w"},{"b":1,"name":"x"}]}"#
            ),
            (
                #"{"orgs":[{"id":"1","name":"B"},{"name":"A","id":"2"}]}"#, #"{"orgs":[{"id":"1","name":"A"}]}"#,
                #"{"orgs":[{"id":"1","name":"B"},{"id":"2","name":"A"}]}"#
            ),
            (#"{"permissionSets":["b"]}"#, #"{"permissionSets":["a"]}"#, #"{"permissionSets":["b"]}"#),
            (#"{"scopes":["Api"]}"#, #"{"scopes":["Full","Web"]}"#, #"{"scopes":["Api"]}"#),
            (#"{"certificatePEM":null}"#, #"{"certificatePEM":"x"}"#, #"{"certificatePEM":null}"#),
        ])
    func merge(_ patch: String, _ document: String, _ result: String) throws {
        #expect(try merged(patch, into: document) == result)
    }

    @Test(
        "A record without identity and the removal of a missing record are rejected",
        arguments: [
            (#"{"orgs":[{"name":"A","apps":[{"blocked":true}]}]}"#, "orgs[0].apps[0] has no name."),
            (#"{"apps":[{"name":"z","$remove":true}]}"#, "apps[0] cannot be removed: it does not exist."),
            (#"{"apps":[{"name":"z"},{"name":"z","x":1}]}"#, "apps[1] changes z a second time."),
            (#"{"users":[{"username":"u"},{"username":"U"}]}"#, "users[1] changes U a second time."),
            (#"{"orgs":[{"id":"1","name":"A"},{"name":"A","x":1}]}"#, "orgs[1] changes A a second time."),
        ])
    func refused(_ patch: String, _ problem: String) {
        let error = #expect(throws: StateProblem.self) { try merged(patch, into: "{}") }
        #expect(error?.description == problem)
    }

    @Test(
        "A patch with 60,000 members or records is merged or rejected within seconds",
        arguments: [
            { (count: Int) in "{" + (0..<count).map { "\"k\($0)\":1" }.joined(separator: ",") + "}" },
            { count in "{\"orgs\":[" + (0..<count).map { "{\"name\":\"o\($0)\"}" }.joined(separator: ",") + "]}" },
        ] as [@Sendable (Int) -> String])
    func large(_ patch: @Sendable (Int) -> String) throws {
        let text = patch(60_000)
        let clock = ContinuousClock()
        let start = clock.now
        let result = try merged(text, into: text)
        let elapsed = clock.now - start
        #expect(result.utf8.count == text.utf8.count)
        // A linear search for each member would take minutes.
        #expect(elapsed < .seconds(20))
    }

    @Test("An unknown key is named even among 20,000 others")
    func unknownKeys() async throws {
        let org = try TestOrg(.harbourBikes)
        let patch = "{" + (0..<20_000).map { "\"k\($0)\":1" }.joined(separator: ",") + "}"
        let clock = ContinuousClock()
        let start = clock.now
        let error = await #expect(throws: StateProblem.self) { try await org.save(patch) }
        #expect(error?.description == "k0: the key is not known.")
        #expect(clock.now - start < .seconds(10))
    }

    @Test("A rejected patch leaves the state unchanged")
    func unchanged() async throws {
        let org = try TestOrg(try TokenCase().state)
        let before = await org.simulation.document()
        await #expect(throws: StateProblem.self) {
            try await org.save(#"{"orgs":[{"name":"Harbour Bikes","apps":[{"name":"New"},{"name":"Aprity","x":1}]}]}"#)
        }
        #expect(await org.simulation.document() == before)
    }

    @Test("An app that an admin creates gets a new consumer key from the org")
    func consumerKey() async throws {
        let org = try TestOrg(.harbourBikes)
        try await org.save(#"{"orgs":[{"name":"Harbour Bikes","apps":[{"name":"One"},{"name":"Two"}]}]}"#)
        let apps = await org.simulation.state.orgs[0].apps
        #expect(apps.allSatisfy { $0.consumerKey.wholeMatch(of: /3MVG9[\w.]{80}/) != nil })
        #expect(apps[0].consumerKey != apps[1].consumerKey)
        try await org.simulation.replace(with: await org.simulation.document())
        try await org.save(#"{"orgs":[{"name":"Harbour Bikes","apps":[{"name":"Three"}]}]}"#)
        let keys = await org.simulation.state.orgs[0].apps.map(\.consumerKey)
        #expect(Set(keys).count == 3)
    }

    @Test("A reset restores the seed")
    func reset() async throws {
        let org = try TestOrg(.harbourBikes)
        let before = await org.simulation.state
        try await org.save(#"{"orgs":[{"name":"Harbour Bikes","apps":[{"name":"One"}]}]}"#)
        try await org.simulation.reset()
        #expect(await org.simulation.state == before)
    }
}
