import Foundation
import OrgSimulator

extension Benchmarks {
    /// Measures `aprity metadata pull` beside simple-salesforce, which retrieves the same package from the same embedded org
    /// over TLS; then the memory of larger pulls, a pull of an org in which nothing has changed, and one with a slow network.
    static func pullComparison() async throws {
        // An org delivers 10,000 files at most in a retrieve, and simple-salesforce makes one.
        for classes in [2_500, 4_990] { try await compare(classes) }
        var memory: [Int] = []
        for classes in [3_000, 6_000] {
            try await withPulledOrg(classes) { memory.append(try await $0.pull("pulled").peakMegabytes()) }
        }
        print("peak memory of pulls of 6,000 and 12,000 files: \(memory[0]) and \(memory[1]) MB")
        try await pullFromAfar()
    }

    /// An embedded org with Apex classes, of two files each.
    private struct PulledOrg {
        let org: StorelessOrg
        let classes: Int

        func folder(_ name: String) -> String { org.home.appending(path: name).path() }

        func pull(_ name: String, _ more: [String] = []) -> ProgramRun {
            ProgramRun(
                ProgramRun.aprity, ["metadata", "pull", "--out", folder(name)] + more + org.options, home: org.home)
        }
    }

    private static func withPulledOrg(_ classes: Int, _ measure: (PulledOrg) async throws -> Void) async throws {
        func prepare(_ source: URL) throws { try writeClasses(classes, below: source) }
        try await withStorelessOrg(preparing: prepare, overTLS: true) {
            try await measure(PulledOrg(org: $0, classes: classes))
        }
    }

    private static func compare(_ classes: Int) async throws {
        let rounds = 3
        try await withPulledOrg(classes) { pulled in
            let org = pulled.org
            let package = pulled.folder("pulled-0/package.xml")
            _ = try await pulled.pull("pulled-0").times()
            var (own, others) = (ProgramRun.Times(), ProgramRun.Times())
            for round in 1...rounds {
                own += try await pulled.pull("pulled-\(round)").times()
                others += try await ProgramRun(
                    python,
                    [
                        "Tests/Tools/simple_salesforce_retrieve.py", org.port, org.authority ?? "", "acme.my",
                        TokenWorld.username, TokenWorld.consumerKey, org.key, package, pulled.folder("theirs-\(round)"),
                    ], home: org.home
                ).times()
            }
            let unchanged = try await pulled.pull("pulled-1").times()
            print(
                """
                pull of \(2 * classes) files: \(ratio(own.processor, others.processor)) of the processor time and \
                \(ratio(own.wall, others.wall)) of the wall time of simple-salesforce; if nothing has changed, \
                \(ratio(unchanged.processor * Double(rounds), own.processor)) of its own processor time and \
                \(ratio(unchanged.wall * Double(rounds), own.wall)) of its wall time
                """)
        }
    }

    /// Pulls from an org with 300 types, whose answers take 120 ms each.
    private static func pullFromAfar() async throws {
        let milliseconds = 120
        func prepare(_ source: URL) throws { try writeClasses(50, below: source) }
        let fault: [String: any Sendable] = [
            "prefix": "/services/Soap/", "kind": "latency", "milliseconds": milliseconds,
        ]
        let emptyTypes = (typesOfEmbeddedOrg..<300).map { "Empty\($0)" }
        try await withStorelessOrg(preparing: prepare, overTLS: true, faults: [fault], emptyTypes: emptyTypes) { org in
            let pulled = PulledOrg(org: org, classes: 50)
            let wall = try await pulled.pull("pulled").times().wall
            let record = try Data(contentsOf: URL(filePath: pulled.folder("pulled/aprity-pull.json")))
            let document = try JSONSerialization.jsonObject(with: record) as? [String: Any]
            guard let calls = document?["apiCalls"] as? Int else { throw CocoaError(.fileReadCorruptFile) }
            let sequential = Double(calls * milliseconds) / 1_000
            print(
                "pull of 300 types with \(milliseconds) ms for each answer: \(calls) calls in \(rounded(wall)) s, which is "
                    + "\(ratio(sequential, wall)) times as fast as the calls one after another")
        }
    }

    /// The number of metadata types of the embedded org, at the least.
    private static let typesOfEmbeddedOrg = 102

    /// The interpreter with simple-salesforce.
    private static var python: String {
        ProcessInfo.processInfo.environment["APRITY_TEST_PYTHON"] ?? "/usr/bin/python3"
    }

    private static func ratio(_ one: Double, _ other: Double) -> String { rounded(one / other) }

    private static func rounded(_ number: Double) -> String {
        number.formatted(.number.precision(.fractionLength(2)))
    }
}
