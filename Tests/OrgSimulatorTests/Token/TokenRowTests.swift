import Testing

@testable import OrgSimulator

extension KnownTokenRefusal: CustomTestStringConvertible {
    public var testDescription: String { "row \(number)" }

    fileprivate var answer: String { "\(error) / \(description ?? "-")" }
}

/// Compares the list of answers with the token endpoint.
@Suite("Rows of the token endpoint")
struct TokenRowTests {
    private static let faults = RequestFault.inOrder + RequestFault.more

    @Test("The rows are numbered from 1 without a gap")
    func numbers() {
        #expect(KnownTokenRefusal.all.map(\.number) == Array(1...KnownTokenRefusal.all.count))
    }

    @Test("Each row with a cause is reached by one, and every answer with a cause has a row")
    func complete() {
        let caused = Set(KnownTokenRefusal.all.filter { $0.reach == .cause }.map(\.answer))
        #expect(caused == Set(Self.faults.map(\.answer)))
    }

    @Test(
        "Any row can be armed for any number of requests, and is marked as synthetic", arguments: KnownTokenRefusal.all)
    func armed(_ row: KnownTokenRefusal) async throws {
        let token = try TokenCase()
        let org = try TestOrg(token.state)
        try await org.save(
            #"{"faults":[{"kind":"refusal","path":"/services/oauth2/token","row":\#(row.number),"count":2}]}"#)
        let assertion = try await token.assertion()
        for _ in 0..<2 {
            let answer = await org.signIn(token, assertion: assertion)
            #expect(answer.status == 400)
            #expect(answer.refusal == row.answer)
            #expect(answer.isSynthetic)
        }
        #expect(await org.signIn(token, assertion: assertion).status == 200)
    }

    @Test("A row without a known text is answered without one")
    func noText() async throws {
        let token = try TokenCase()
        let org = try TestOrg(token.state)
        try await org.save(#"{"faults":[{"kind":"refusal","path":"/services/oauth2/token","row":24}]}"#)
        let answer = await org.signIn(token, assertion: try await token.assertion())
        #expect(answer.members == ["error": "invalid_scope"])
    }

    @Test("A missing or unknown row is not a valid fault", arguments: ["0", "27", "null"])
    func unknownRow(_ row: String) async throws {
        let org = try TestOrg(try TokenCase().state)
        await #expect(throws: StateProblem.self) {
            try await org.save(#"{"faults":[{"kind":"refusal","path":"/services/oauth2/token","row":\#(row)}]}"#)
        }
    }

    /// Every switch of the token endpoint, with the values that the tests set.
    @Test("Each switch of the token endpoint is tested with a value other than its default")
    func switches() throws {
        let token = try TokenCase()
        let standard = try JSONValue(describing: Switches())
        var moved: Set<String> = []
        for apply in Self.faults.map(\.apply) + AcceptedCase.all.map(\.apply) {
            var changed = token
            try apply(&changed)
            let switches = try JSONValue(describing: changed.state.switches)
            moved.formUnion(switches.memberNames.filter { switches[$0] != standard[$0] })
        }
        // Switches that do not affect a single request's answer have suites of their own.
        let elsewhere: Set = [
            "propagation", "serverSelection", "servers", "editDelay", "creationDelay", "reuseToken",
            "sessionTimeoutSeconds", "enforceReplay", "adverse", "leewaySeconds", "retrieveReturnsCertificate",
            "retrieveReturnsConsumerSecret", "appSettingsPermission", "certificateEncoding",
            "externalClientAppDeployment", "illegalSession", "acceptClientAssertion", "userInfoListsCustomPermissions",
        ]
        #expect(moved.union(elsewhere).isSuperset(of: standard.memberNames))
        #expect(moved.isDisjoint(with: elsewhere))
    }
}

extension JSONValue {
    fileprivate var memberNames: Set<String> {
        if case .object(let members) = self { Set(members.map(\.key)) } else { [] }
    }
}
