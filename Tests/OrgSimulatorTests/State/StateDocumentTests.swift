import Foundation
import Testing

@testable import OrgSimulator

@Suite("The state document")
struct StateDocumentTests {
    /// A state with a record in every list and a value for every optional structure.
    private func full() throws -> SimulatorState {
        var state = try TokenCase().state
        var profile = Profile(name: "Limited")
        profile.loginIPRanges = [IPRange(start: "192.0.2.1", end: "192.0.2.9")]
        profile.loginHours = [LoginHours(day: .monday)]
        state.orgs[0].profiles = [profile]
        state.orgs[0].groups = [PermissionSetGroup(name: "Group")]
        state.orgs[0].apps[0].approvals = [Approval(username: TokenCase.username)]
        state.faults = [Fault(path: "/")]
        state.orgs[0].metadata.listing.faults = [TypeFault("Role")]
        state.orgs[0].metadata.listing.rows = [RowCondition("Role", "Boss", [.twice])]
        state.orgs[0].metadata.read.faults = [TypeFault("Role", count: 1, cause: 5)]
        state.orgs[0].metadata.retrieve.refusals = [RetrieveRefusal("Role", permission: "ManageUsers")]
        state.orgs[0].metadata.retrieve.rotten = [RottenComponent("Role", "Boss", .loadFailed)]
        return state
    }

    @Test("Schema and type have the same keys at every level")
    func schema() throws {
        let file = TestFiles.package.appending(path: "docs/simulator-state.schema.json")
        let schema = try JSONValue(parsing: [UInt8](try Data(contentsOf: file)))
        var visited: Set<String> = []
        try compare(try full(), with: schema, in: schema, at: "state", visited: &visited)
        let definitions = Set(keys(of: schema["$defs"] ?? .null))
        #expect(visited == definitions)
    }

    /// Compares a value's stored properties with the schema's properties.
    private func compare(
        _ value: Any, with schema: JSONValue, in root: JSONValue, at place: String, visited: inout Set<String>
    ) throws {
        var schema = schema
        if let name = schema["$ref"]?.string?.split(separator: "/").last.map(String.init) {
            visited.insert(name)
            schema = try #require(root["$defs"]?[name])
        }
        let mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .collection {
            guard let items = schema["items"], let first = mirror.children.first else { return }
            return try compare(first.value, with: items, in: root, at: place, visited: &visited)
        }
        guard mirror.displayStyle == .struct, !(value is String), !(value is Date), schema["properties"] != nil else {
            #expect(schema["properties"] == nil, "\(place)")
            return
        }
        let names = mirror.children.compactMap(\.label)
        #expect(Set(names) == Set(keys(of: schema["properties"] ?? .null)), "\(place)")
        #expect(schema["additionalProperties"] == false, "\(place)")
        for child in mirror.children {
            let name = try #require(child.label)
            let property = try #require(schema["properties"]?[name])
            try compare(child.value, with: property, in: root, at: "\(place).\(name)", visited: &visited)
        }
    }

    private func keys(of value: JSONValue) -> [String] {
        if case .object(let members) = value { members.map(\.key) } else { [] }
    }

    @Test("Written and read again, a state is the same")
    func roundTrip() throws {
        var state = try full()
        state.clock.orgTime = Date(timeIntervalSince1970: 1_790_000_000.25)
        #expect(try StateDocument.read(try StateDocument.write(state)) == state)
    }

    @Test("An empty document has all defaults, and an app requires only a name")
    func defaults() throws {
        #expect(try StateDocument.read(Array("{}".utf8)) == SimulatorState())
        let state = try StateDocument.read(Array(#"{"orgs":[{"name":"A","apps":[{"name":"B"}]}]}"#.utf8))
        #expect(state.orgs[0].apps == [App(name: "B")])
    }

    @Test(
        "An invalid value of a document is rejected, and the error names its place",
        arguments: [
            (#"{"colour":1}"#, "colour: the key is not known"),
            (
                #"{"orgs":[{"name":"A","apps":[{"name":"B","clientSecret":"x"}]}]}"#,
                "orgs[0].apps[0].clientSecret: the key is not known"
            ),
            (#"{"switches":{"propagation":"slow"}}"#, "switches.propagation: "),
            (#"{"orgs":[{}]}"#, "orgs[0].name is missing."),
            (#"{"clock":{"orgTime":"yesterday"}}"#, "clock.orgTime: the value is not an RFC 3339 time in UTC"),
            ("[", "The document is not JSON in UTF-8."),
            (#"{"clock":{"speed":1},}"#, "The document is not JSON in UTF-8."),
            (#"{"orgs":[{"name":"A","name":"B"}]}"#, "The document has the key name twice in one object."),
            (#"{"orgs":[],"\u006frgs":[]}"#, "The document has the key orgs twice in one object."),
            (#"{"orgs":{}}"#, "orgs is not an array."), (#"{"orgs":[1]}"#, "orgs[0] is not an object."),
            (#"{"orgs":[{"name":1}]}"#, "orgs[0].name is not a string."),
            (#"{"switches":{"adverse":"yes"}}"#, "switches.adverse is not true or false."),
            (#"{"switches":{"servers":"1"}}"#, "switches.servers is not an integer."),
            (#"{"random":{"seed":-1}}"#, "A number in the document is outside the range of its key"),
            (#"{"random":{"seed":18446744073709551616}}"#, "A number in the document is outside the range of its key"),
        ])
    func refused(_ text: String, _ problem: String) {
        let error = #expect(throws: StateProblem.self) { try StateDocument.read(Array(text.utf8)) }
        #expect(error?.description.hasPrefix(problem) == true, "\(String(describing: error))")
    }

    @Test(
        "A record that no org could have is rejected",
        arguments: [
            (#"{"orgs":[{"name":"A","users":[{"username":"u","profile":"None"}]}]}"#, "names None"),
            (#"{"orgs":[{"name":"A","apps":[{"name":"B","permissionSets":["P"]}]}]}"#, "names P"),
            (#"{"orgs":[{"name":"A","apps":[{"name":"B","scopes":["api"]}]}]}"#, "names api"),
            (#"{"orgs":[{"name":"A"},{"name":"A"}]}"#, "occurs twice"),
            (#"{"orgs":[{"name":"A","id":"00D000000000001AAB"}]}"#, "is not an org id"),
            (#"{"orgs":[{"name":"A","apps":[{"name":"B","certificatePEM":"AAAA"}]}]}"#, "not an X.509 certificate"),
            (
                #"{"orgs":[{"name":"A","apps":[{"name":"B","oauthOptions":{"idToken":{"validityMinutes":0}}}]}]}"#,
                "idToken.validityMinutes"
            ),
            (#"{"switches":{"servers":0}}"#, "switches.servers"),
            (#"{"orgs":[{"name":""}]}"#, "orgs: a name must have 1 to 255 characters"),
            (#"{"orgs":[{"name":"A","apps":[{"name":"../x"}]}]}"#, "orgs[A].apps: the name ../x begins with a dot"),
            (#"{"orgs":[{"name":"A","apps":[{"name":"a/b"}]}]}"#, "orgs[A].apps: the name a/b begins with a dot"),
            (#"{"orgs":[{"name":"A","users":[{"username":"a\u0000"}]}]}"#, "orgs[A].users: a username must have"),
            (#"{"orgs":[{"name":"A","myDomain":"../../etc"}]}"#, "orgs[A].myDomain is not a host name."),
            (#"{"clock":{"speed":0}}"#, "clock.speed"),
            (#"{"random":{"seed":9007199254740992}}"#, "random.seed must be from 0 to 9007199254740991."),
        ])
    func invalid(_ text: String, _ problem: String) throws {
        let state = try StateDocument.read(Array(text.utf8))
        let error = #expect(throws: StateProblem.self) { try TestOrg(state) }
        #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
    }

    @Test("A certificate without an RSA key and one above 4 KB are rejected")
    func certificates() throws {
        var state = try TokenCase().state
        state.orgs[0].apps[0].certificatePEM = try TestFiles.text("elliptic.crt")
        #expect(throws: StateProblem.self) { try TestOrg(state) }
        state.orgs[0].apps[0].certificatePEM = try TestFiles.text("first.crt") + String(repeating: "\n", count: 4_096)
        #expect(throws: StateProblem.self) { try TestOrg(state) }
    }

    @Test("Missing values are generated: ids of 18 characters, and a consumer key in the form of orgs")
    func completion() async throws {
        var state = SimulatorState.harbourBikes
        state.orgs[0].apps = [App(name: "Aprity")]
        let org = try TestOrg(state)
        let completed = await org.simulation.state.orgs[0]
        #expect(SalesforceID.isValid(completed.id, prefix: "00D"))
        #expect(completed.users.allSatisfy { SalesforceID.isValid($0.id, prefix: "005") })
        #expect(completed.apps[0].consumerKey.wholeMatch(of: /3MVG9[\w.]{80}/) != nil)
        #expect(
            completed.profiles.map(\.name) == [
                Profile.systemAdministrator, Profile.apiOnly, Profile.standardUser,
            ])
    }

    @Test("The suffix of a record id follows the capitals of the first fifteen characters")
    func identifiers() {
        #expect(SalesforceID.isValid("00D2E000000ncKPUAY", prefix: "00D"))
        #expect(SalesforceID.isValid("0051N000005qGt3QAE", prefix: "005"))
        #expect(!SalesforceID.isValid("00D2E000000nckPUAY", prefix: "00D"))
    }

    @Test("An address is in a range of its own family, including both ends")
    func addresses() {
        let range = IPRange(start: "192.0.2.10", end: "192.0.2.20")
        #expect(range.contains("192.0.2.10"))
        #expect(range.contains("192.0.2.20"))
        #expect(range.contains("::ffff:192.0.2.15"))
        #expect(!range.contains("192.0.2.9"))
        #expect(!range.contains("192.0.2.21"))
        #expect(!range.contains("::1"))
        #expect(IPRange(start: "2001:db8::", end: "2001:db8::ff").contains("2001:db8::80"))
        #expect(IPRange(start: "192.0.2.20", end: "192.0.2.10").bounds == nil)
    }
}
