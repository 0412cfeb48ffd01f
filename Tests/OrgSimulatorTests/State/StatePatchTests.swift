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
                #"{"orgs":[{"id":"1","x":1}]}"#, #"{"orgs":[{"id":"1","name":"A"}]}"#,
                #"{"orgs":[{"id":"1","name":"A","x":1}]}"#
            ),
            (#"{"permissionSets":["b"]}"#, #"{"permissionSets":["a"]}"#, #"{"permissionSets":["b"]}"#),
            (#"{"scopes":["Api"]}"#, #"{"scopes":["Full","Web"]}"#, #"{"scopes":["Api"]}"#),
            (#"{"certificatePEM":null}"#, #"{"certificatePEM":"x"}"#, #"{"certificatePEM":null}"#),
        ])
    func merge(_ patch: String, _ document: String, _ result: String) throws {
        #expect(try merged(patch, into: document) == result)
    }

    @Test(
        "A record without identity, and one to remove that is not there, are refused",
        arguments: [
            (#"{"orgs":[{"name":"A","apps":[{"blocked":true}]}]}"#, "orgs[0].apps[0] has no name."),
            (#"{"apps":[{"name":"z","$remove":true}]}"#, "apps[0] is to be removed, but is not there."),
        ])
    func refused(_ patch: String, _ problem: String) {
        let error = #expect(throws: StateProblem.self) { try merged(patch, into: "{}") }
        #expect(error?.description == problem)
    }

    @Test("A refused patch leaves the state as it was")
    func unchanged() async throws {
        let org = try TestOrg(try TokenCase().state)
        let before = await org.simulation.document()
        await #expect(throws: StateProblem.self) {
            try await org.save(#"{"orgs":[{"name":"Harbour Bikes","apps":[{"name":"New"},{"name":"Aprity","x":1}]}]}"#)
        }
        #expect(await org.simulation.document() == before)
    }

    @Test("An app that an admin creates gets its consumer key from the org, unlike any before")
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

    @Test("A reset brings back the seed")
    func reset() async throws {
        let org = try TestOrg(.harbourBikes)
        let before = await org.simulation.state
        try await org.save(#"{"orgs":[{"name":"Harbour Bikes","apps":[{"name":"One"}]}]}"#)
        try await org.simulation.reset()
        #expect(await org.simulation.state == before)
    }
}
