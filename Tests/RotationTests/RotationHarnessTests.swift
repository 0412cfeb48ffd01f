import ConnectedAppTesting
import Foundation
import Testing

@Suite("Rotations in an embedded org")
struct RotationHarnessTests {
    private static let count =
        ProcessInfo.processInfo.environment["APRITY_ROTATIONS"].flatMap { Int($0) } ?? (TestExtent.isWhole ? 5 : 3)
    private static let first = ProcessInfo.processInfo.environment["APRITY_ROTATION_SEED"].flatMap { Int($0) } ?? 1

    /// Seeds 231 and 283: a server gets the next certificate between the attempts with both keys, while a caller waits
    /// because the org asked for it. Seed 648: an answer is lost, and the next server trusts a foreign certificate.
    @Test("Seeds that once failed", arguments: TestExtent.cases([231, 283, 648] as [UInt64], sample: [2]))
    func onceFailed(_ seed: UInt64) async throws {
        let result = try await RotationHarness(RotationScenario(seed: seed)).run()
        #expect(result.failures.isEmpty, "\(result.failures) \(result.problems)")
        #expect(result.problems.isEmpty, "\(result.failures) \(result.problems)")
    }

    @Test("No request fails at a server that accepts one of aprity's keys")
    func noFailedRequest() async throws {
        var total = RotationHarness.Result()
        var least = (old: Int.max, new: Int.max)
        var mostRefused = 0
        var mostProbesRefused = 0
        for seed in Self.first..<(Self.first + Self.count) {
            let scenario = RotationScenario(seed: UInt64(seed))
            let result = try await RotationHarness(scenario).run()
            #expect(result.failures.isEmpty, "\(scenario): \(result.failures.prefix(3))")
            #expect(result.problems.isEmpty, "\(scenario): \(result.problems)")
            #expect(
                result.answeredByOld >= 20,
                "\(scenario): \(result.answeredByOld) by old, \(result.answeredByNew) by new")
            #expect(
                result.answeredByNew >= 20,
                "\(scenario): \(result.answeredByOld) by old, \(result.answeredByNew) by new")
            total.calls += result.calls
            total.failures += result.failures
            total.foreign += result.foreign
            total.paused += result.paused
            total.unavailable += result.unavailable
            total.probes += result.probes
            total.refused += result.refused
            total.seconds += result.seconds
            least = (min(least.old, result.answeredByOld), min(least.new, result.answeredByNew))
            mostRefused = max(mostRefused, result.refused)
            mostProbesRefused = max(mostProbesRefused, result.probesRefused)
        }
        print(
            """
            rotations: \(Self.count); caller requests: \(total.calls), failed: \(total.failures.count) at servers \
            that take a key of ours, \(total.foreign) at servers with a foreign certificate, \(total.paused) not sent after those, \(total.unavailable) where the \
            org said "not now" three times; sign-ins answered by old servers at least \(least.old), by new ones at least \
            \(least.new) in each; probes \(total.probes / Self.count) on average, refused at most \(mostProbesRefused); \
            refused sign-ins at most \(mostRefused) in one rotation; \(Int(total.seconds) / Self.count / 60) minutes on average
            """)
    }

    @Test("Without trying the other key, requests fail or sign-ins are paused in the same rotations")
    func failsWithoutTheOtherKey() async throws {
        for seed in Self.first..<(Self.first + max(1, Self.count / 4)) {
            let scenario = RotationScenario(seed: UInt64(seed))
            guard scenario.upload != .secondApp else { continue }
            let result = try await RotationHarness(scenario, triesOtherKey: false).run()
            // After refusals at servers with a foreign certificate, aprity may pause sign-ins; callers then fail for
            // this reason.
            #expect(
                !result.failures.isEmpty || result.paused > 20,
                "\(scenario): \(result.paused) not sent, \(result.foreign) at foreign")
        }
    }
}
