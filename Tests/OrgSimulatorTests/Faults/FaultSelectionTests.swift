import Foundation
import Testing

@testable import OrgSimulator

@Suite("Which requests a fault hits")
struct FaultSelectionTests {
    private let versions = "/services/data/"

    private func org(_ faults: Fault...) throws -> TestOrg {
        var state = SimulatorState.harbourBikes
        state.faults = faults
        return try TestOrg(state)
    }

    private func fault(_ kind: Fault.Kind, count: Int? = 1, after: Int = 0, probability: Double? = nil) -> Fault {
        var fault = Fault(path: versions)
        fault.kind = kind
        fault.count = count
        fault.after = after
        fault.probability = probability
        return fault
    }

    private func statuses(_ org: TestOrg, _ requests: Int) async -> [Int] {
        var statuses: [Int] = []
        for _ in 0..<requests { statuses.append(await org.send("GET", versions).status) }
        return statuses
    }

    @Test("A fault lets its number of requests pass, hits its number, and is removed")
    func script() async throws {
        let org = try org(fault(.answer, count: 2, after: 3))
        #expect(await statuses(org, 7) == [200, 200, 200, 503, 503, 200, 200])
        #expect(await org.simulation.state.faults.isEmpty)
    }

    @Test("A path matches exactly; a prefix matches every path that begins with it")
    func endpoints() async throws {
        let exact = try org(fault(.answer))
        #expect(await exact.send("GET", "/services/data").status == 200)
        #expect(await exact.send("GET", "/services/data/?x=1").status == 503)
        let prefix = try org(Fault(.answer, prefix: "/services/", probability: 1))
        #expect(await prefix.send("GET", "/services/oauth2/userinfo").status == 503)
        #expect(await prefix.send("GET", "/.well-known/openid-configuration").status == 200)
    }

    @Test("A probability hits about its share of requests, and the same ones for the same seed")
    func probability() async throws {
        var answers: [[Int]] = []
        for seed: UInt64 in [7, 7, 8] {
            var state = SimulatorState.harbourBikes
            state.random.seed = seed
            state.faults = [fault(.answer, count: nil, probability: 0.25)]
            answers.append(await statuses(try TestOrg(state), 400))
        }
        #expect(answers[0] == answers[1])
        #expect(answers[0] != answers[2])
        #expect((70...130).contains(answers[0].count { $0 == 503 }))
    }

    @Test("A reset restarts the random draws")
    func reset() async throws {
        let org = try org(fault(.answer, count: nil, probability: 0.5))
        let first = await statuses(org, 50)
        #expect(await statuses(org, 50) != first)
        try await org.simulation.reset()
        #expect(await statuses(org, 50) == first)
    }

    @Test("Delays add up; of the faults that determine the answer, only the first hits and is counted")
    func together() async throws {
        var late = fault(.latency)
        late.milliseconds = 300
        let org = try org(late, fault(.answer), fault(.drop), late)
        let answer = await org.send("GET", versions)
        #expect(answer.status == 503)
        #expect(answer.delivery.delayMilliseconds == 600)
        #expect(answer.delivery.manner == .whole)
        #expect(await org.simulation.state.faults.map(\.kind) == [.drop])
        let record = try #require(await org.simulation.history.requests.last)
        #expect(record.fault == "latency, answer, latency")
    }

    @Test("The history records the operation and the fault", arguments: Fault.Kind.allCases)
    func history(_ kind: Fault.Kind) async throws {
        var fault = Fault(path: "/services/oauth2/userinfo")
        fault.kind = kind
        fault.seconds = kind == .dateOffset ? 5 : nil
        fault.row = kind == .refusal ? 19 : nil
        let org = try org(fault)
        _ = await org.send("GET", "/services/oauth2/userinfo")
        let record = try #require(await org.simulation.history.requests.last)
        #expect(record.operation == "userinfo")
        // This kind hits only a reply with an archive.
        let hits = kind != .corruptZip
        #expect(record.fault == (hits ? kind.rawValue : nil))
        #expect(record.synthetic == hits)
        #expect(await org.simulation.state.faults.isEmpty == hits)
    }

    @Test("A request that a fault answers does not reach the org; one whose answer is lost does")
    func actedUpon() async throws {
        for (kind, signIns) in [
            (Fault.Kind.answer, 0), (.html, 0), (.maintenance, 0), (.empty, 0), (.giant, 0), (.drop, 1), (.stall, 1),
        ] {
            var request = try TokenCase()
            var fault = Fault(path: "/services/oauth2/token")
            fault.kind = kind
            request.state.faults = [fault]
            let org = try TestOrg(request.state)
            _ = await org.signIn(request, assertion: try await request.assertion())
            #expect(await org.simulation.history.logins.count == signIns, "\(kind)")
            let record = try #require(await org.simulation.history.requests.last)
            #expect(record.verdict == .signIn)
            #expect(record.operation == "token")
        }
    }

    @Test(
        "A fault that cannot be applied is rejected",
        arguments: [
            (#"{"path":"/","prefix":"/"}"#, "faults[0] needs either"), (#"{}"#, "faults[0] needs either"),
            (#"{"path":"/","status":99}"#, "faults[0]: status must"),
            (#"{"path":"/","count":0}"#, "faults[0]: status must"),
            (#"{"path":"/","probability":1.5}"#, "faults[0].probability"),
            (#"{"path":"/","bytes":5}"#, "faults[0].bytes: a fault of the kind answer does not use it"),
            (#"{"path":"/","kind":"drip","bytes":0}"#, "faults[0].bytes must be at least 1"),
            (#"{"path":"/","kind":"dateOffset"}"#, "faults[0].seconds is missing"),
            (#"{"path":"/","kind":"stall","seconds":-1}"#, "faults[0].seconds must be from 0"),
            (#"{"path":"/","kind":"html","body":"x"}"#, "only a fault of the kind answer"),
            (#"{"path":"/","headers":{"Content-Length":"5"}}"#, "Content-Length cannot be set"),
            (#"{"path":"/","headers":{"X":"a\r\nb"}}"#, "X cannot be set"),
        ])
    func refused(_ fault: String, _ problem: String) throws {
        let state = try StateDocument.read(Array("{\"faults\":[\(fault)]}".utf8))
        let error = #expect(throws: StateProblem.self) { try TestOrg(state) }
        #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
    }

    @Test("The schema lists all kinds")
    func schema() throws {
        let file = TestFiles.package.appending(path: "docs/simulator-state.schema.json")
        let schema = try JSONValue(parsing: [UInt8](try Data(contentsOf: file)))
        let listed = schema["$defs"]?["fault"]?["properties"]?["kind"]?["enum"]
        #expect(listed == .array(Fault.Kind.allCases.map { .string($0.rawValue) }))
    }

    @Test("A fault in the old form without a kind means the same")
    func oldForm() throws {
        let text =
            #"{"faults":[{"path":"/x","status":429,"contentType":"text/plain","body":"slow","count":3},{"path":"/y"}]}"#
        let state = try StateDocument.read(Array(text.utf8))
        #expect(state.faults.map(\.kind) == [.answer, .answer])
        #expect(state.faults.map(\.count) == [3, 1])
        try #require(state.faults[0].status == 429)
        #expect(state.faults[1].status == 503)
        #expect(try StateDocument.read(try StateDocument.write(state)) == state)
    }
}
