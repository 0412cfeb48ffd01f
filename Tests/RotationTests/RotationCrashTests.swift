import Foundation
import Testing

@testable import ConnectedApp
@testable import OrgSimulator

@Suite("Crashes during a rotation")
struct RotationCrashTests {
    private static let alias = OneAppOrg.alias
    private static let me = OneAppOrg.me

    /// Runs a rotation in one process after another, each of which crashes at one of its writes.
    ///
    /// - Returns: The number of crashes in each state of the rotation.
    private func rotation(seed: UInt64) async throws -> [String: Int] {
        let org = try await OneAppOrg()
        let dice = Dice(seed: seed)
        var crashes: [String: Int] = [:]
        var isUploaded = false
        for number in 0..<1_500 {
            org.clock.advance(by: dice.seconds(5...15))
            let before = try await org.service.rotations.view(of: Self.alias, as: Self.me).state
            if before == .steady, isUploaded { return try await finished(org, crashes) }
            if before == .retiring { org.clock.advance(by: dice.seconds(600...3_600)) }
            // The last steps are few writes.
            let writes = before == .destroying ? 3 : 10
            let store = CrashingStore(org.store, after: dice.number(below: writes), isKept: dice.happens(0.5))
            let process = org.process(on: store, seed: seed << 32 + UInt64(number))
            do {
                if before == .steady {
                    _ = try await process.rotations.begin(of: Self.alias, as: Self.me)
                } else if before == .prepared, !isUploaded {
                    let next = try await org.service.certificates.next(of: Self.alias, as: Self.me).pem
                    try await org.change([("certificatePEM", .string(next))])
                    isUploaded = true
                }
                try await process.rotations.advance(of: Self.alias, as: Self.me)
                if isUploaded, before == .prepared {
                    _ = try await process.rotations.confirmUpload(of: Self.alias, as: Self.me)
                }
            } catch {
                #expect(store.isDead, "\(error)")
            }
            guard store.isDead else { continue }
            crashes[before.rawValue, default: 0] += 1
            // A new process gets a token, because there is always a key that some server trusts.
            _ = try await org.process(seed: UInt64(number)).tokens.accessToken(for: Self.alias, as: Self.me)
            let held = try await org.records.read { try $0.all(CredentialRecord.self).count }
            #expect((1...2).contains(held))
        }
        let view = try await org.service.rotations.view(of: Self.alias, as: Self.me)
        Issue.record("seed \(seed): still \(view.state), \(String(describing: view.evidence))")
        return crashes
    }

    private func finished(_ org: OneAppOrg, _ crashes: [String: Int]) async throws -> [String: Int] {
        let held = try await org.records.read { try $0.all(CredentialRecord.self).count }
        #expect(held == 1, "a key was kept too long")
        let remaining = PEMName.of(try await org.service.certificates.current(of: Self.alias, as: Self.me).pem)
        #expect(await org.simulation.certificatesInForce() == [remaining])
        return crashes
    }

    @Test("After a crash at a random write, the next process continues; no key is lost or kept too long")
    func crashes() async throws {
        var all: [String: Int] = [:]
        for seed in 1...16 as ClosedRange<UInt64> { all.merge(try await rotation(seed: seed), uniquingKeysWith: +) }
        print("Crashes in process: \(all.values.reduce(0, +)), by state \(all.sorted { $0.key < $1.key }).")
        #expect(all.values.reduce(0, +) >= 200)
        for state in ["steady", "generating", "prepared", "publishing", "proving", "retiring", "destroying"] {
            #expect(all[state, default: 0] > 0, "\(state)")
        }
    }

    @Test("A key whose creation never completes is given up, and another rotation begins")
    func givenUp() async throws {
        let org = try await OneAppOrg()
        let dying = org.process(on: CrashingStore(org.store, after: 1, isKept: false), seed: 5)
        await #expect(throws: CrashingStore.Crash.self) {
            _ = try await dying.rotations.begin(of: Self.alias, as: Self.me)
        }
        #expect(try await org.service.rotations.view(of: Self.alias, as: Self.me).state == .generating)
        #expect(try await org.service.rotations.abort(of: Self.alias, as: Self.me).state == .steady)
        #expect(try await org.service.rotations.begin(of: Self.alias, as: Self.me).state == .prepared)
        _ = try await org.service.tokens.accessToken(for: Self.alias, as: Self.me)
    }
}
