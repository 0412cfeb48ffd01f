internal import ConnectedAppTesting
internal import Foundation
internal import Synchronization
internal import Testing

@testable internal import ConnectedApp

/// For every fault of the embedded org, the connection test names its cause, or the smallest set of causes that the
/// evidence allows.
@Suite("Diagnosis")
struct DiagnosisTests {
    /// The maximum number of sign-ins after the first one.
    private static let budget = 3

    /// One row of the table in the manual.
    private struct Row {
        let fault: String
        let injected: String
        let found: TestView
        let isRight: Bool

        var text: String {
            let cause = found.cause
            let among = cause?.among.map { "`\($0.rawValue)`" }.joined(separator: ", ") ?? ""
            let certainty = cause.map { $0.certain ? "certain" : "likely" } ?? ""
            return "| \(fault) | `\(injected)` | `\(cause?.code.rawValue ?? "none")` | \(among) | \(certainty) | "
                + "\(found.signInsUsed) |"
        }
    }

    @Test("Each fault gets its cause, or the smallest set that the evidence allows, within the sign-in limit")
    func single() async throws {
        #expect(FaultCase.single.count >= 45)
        let rows = Mutex<[Row]>([])
        try await DiagnosisBench.running { bench in
            for fault in FaultCase.single {
                let view = try await bench.test([fault])
                let isRight = Self.check(view, [fault])
                rows.withLock {
                    $0.append(Row(fault: fault.name, injected: fault.causes[0].rawValue, found: view, isRight: isRight))
                }
            }
        }
        let all = rows.withLock { $0 }
        let areRight = all.allSatisfy { $0.isRight }
        #expect(areRight)
        try Self.compareTable(all.map(\.text))
    }

    /// Pairs of faults that occur together, by name.
    static let pairs: [(String, String)] = [
        ("another certificate uploaded", "refresh_token scope missing"),
        ("another certificate uploaded", "user inactive"),
        ("no certificate uploaded", "app blocked in the org"),
        ("Consumer Key mistyped", "another certificate uploaded"),
        ("Consumer Key mistyped", "user not pre-authorized"),
        ("External Client App disabled", "an extra scope"),
        ("app blocked in the org", "user not pre-authorized"),
        ("app blocked in the org", "refresh_token scope missing"),
        ("user not pre-authorized", "refresh_token scope missing"),
        ("self-authorize, nobody approved", "refresh_token scope missing"),
        ("user inactive", "app blocked in the org"),
        ("user frozen", "outside the Login IP Ranges"),
        ("username unknown", "another certificate uploaded"),
        ("username unknown", "refresh_token scope missing"),
        ("org inactive", "user inactive"),
        ("login rate exceeded", "user not pre-authorized"),
        ("high assurance session required", "outside the Login IP Ranges"),
        ("an extra scope", "the key can sign in as two users"),
        ("API Enabled missing", "an extra scope"),
        ("this machine's clock is slow", "another certificate uploaded"),
        ("no access to the Metadata API", "the key can sign in as two users"),
        ("audience of the wrong class", "Consumer Key mistyped"),
    ]

    @Test("With two faults, the result names one of them, and is never certain of a third cause")
    func pairs() async throws {
        #expect(Self.pairs.count >= 20)
        try await DiagnosisBench.running { bench in
            for pair in Self.pairs {
                let faults = try [pair.0, pair.1].map { name in
                    try #require(FaultCase.single.first { $0.name == name }, "\(name)")
                }
                let view = try await bench.test(faults)
                Self.check(view, faults)
            }
        }
    }

    /// - Returns: Whether all checks of the result passed.
    @discardableResult
    private static func check(_ view: TestView, _ faults: [FaultCase]) -> Bool {
        let name = faults.map(\.name).joined(separator: " + ")
        let injected = Set(faults.map { $0.causes[0] })
        let allowed = Set(faults.flatMap(\.causes))
        guard let cause = view.cause else {
            Issue.record("\(name): no cause was found. \(view.steps.filter { $0.outcome != .passes })")
            return false
        }
        let named = Set([cause.code] + cause.among)
        let isNamed = !injected.isDisjoint(with: named)
        #expect(isNamed, "\(name): \(named) does not name \(injected)")
        // The set is not wider than the evidence allows.
        let isNarrow = cause.code == .refusalUnknown || named.isSubset(of: allowed)
        #expect(isNarrow, "\(name): \(named) is wider than \(allowed)")
        let isTrue = !cause.certain || injected.contains(cause.code)
        #expect(isTrue, "\(name): certain of \(cause.code)")
        let isProven = faults.count > 1 || cause.certain == faults[0].isCertain
        #expect(isProven, "\(name): certain is \(cause.certain)")
        let isThrifty = view.signInsUsed <= 1 + budget
        #expect(isThrifty, "\(name): \(view.signInsUsed) sign-ins")
        let isSecret = String(decoding: (try? ViewJSON.encode(view)) ?? Data(), as: UTF8.self).contains("CANARYTOKEN")
        #expect(!isSecret, "\(name): the output contains a token")
        return isNamed && isNarrow && isTrue && isProven && isThrifty && !isSecret
    }

    // MARK: Unconfirmed wordings

    @Test("If the wording is unconfirmed, no wording rules out the true cause or makes a wrong one certain")
    func unprovenWords() async throws {
        let rows = RefusalReading.table.filter { TestExtent.isWhole || ($0.isConfirmed && $0.causes.count == 1) }
            .prefix(TestExtent.isWhole ? .max : 2)
        let wordings = [("zq_random", "vwxyz 0471")] + rows.map { ($0.error, $0.description) }
        try await DiagnosisBench.running { bench in
            let runs = Mutex(0)
            for fault in FaultCase.single where !fault.side.hasToken {
                let original = try await bench.test([fault])
                guard original.steps.first(where: { $0.id == .signIn })?.outcome == .fails,
                    try await bench.org.lastSignInsAreSynthetic(1)
                else { continue }
                for wording in wordings {
                    let view = try await bench.test([fault]) { _, _ in
                        let isUnproven = (try? await bench.org.lastSignInsAreSynthetic(1)) ?? false
                        return isUnproven ? wording : nil
                    }
                    runs.withLock { $0 += 1 }
                    guard let cause = view.cause else { continue }
                    let open = Set([cause.code] + cause.among + cause.notRuledOut)
                    // A forced answer to every sign-in has no cause in the org.
                    let isArmed = [Cause.refusalUnknown, .orgTransient].contains(fault.causes[0])
                    #expect(
                        isArmed || open.contains(fault.causes[0]),
                        "\(fault.name) in the words \(wording): not in \(open)")
                    guard cause.certain else { continue }
                    #expect(
                        cause.code == fault.causes[0], "\(fault.name) in the words \(wording): certain of \(cause.code)"
                    )
                }
            }
            #expect(runs.withLock { $0 } > (TestExtent.isWhole ? 150 : 60))
        }
    }

    // MARK: The table

    @Test("The libraries do not import the simulator")
    func separate() throws {
        for target in ["ConnectedApp", "JWTBearer", "MetadataAPI"] {
            let folder = ManagedOrg.packageFolder + "/Sources/" + target
            let files = try #require(FileManager.default.enumerator(atPath: folder))
            while let file = files.nextObject() as? String {
                guard file.hasSuffix(".swift") else { continue }
                let text = try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
                #expect(!text.contains("import OrgSimulator"), "\(file)")
            }
        }
    }

    private static let tablePath = ManagedOrg.packageFolder + "/docs/diagnosis-table.md"

    /// Compares the rows with the manual's page; `APRITY_UPDATE_TABLE=1` writes it.
    private static func compareTable(_ rows: [String]) throws {
        let text = """
            # What the connection test finds

            In each row, the embedded org, or the way to it, has one fault, and the row shows the result of `aprity test`. The \
            *injected cause* is the true cause of the fault; the *named cause* is the one that the test reports. *Possible \
            causes* are the causes that the evidence allows; the column is empty if only the named cause is possible. A cause \
            is *certain* if evidence other than the org's words proves it, and *likely* otherwise. *Sign-ins* is the number of \
            sign-ins that the test used. `make diagnosis` writes this page, and a test checks it.

            | fault | injected cause | named cause | possible causes | certainty | sign-ins |
            |---|---|---|---|---|---|
            \(rows.joined(separator: "\n"))

            """
        if ProcessInfo.processInfo.environment["APRITY_UPDATE_TABLE"] != nil {
            try Data(text.utf8).write(to: URL(filePath: tablePath))
        }
        let shown = try String(contentsOfFile: tablePath, encoding: .utf8)
        #expect(shown == text)
    }
}
