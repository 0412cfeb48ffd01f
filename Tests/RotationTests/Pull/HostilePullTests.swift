import ConnectedAppTesting
import Crypto
import Foundation
import Testing

@testable import ConnectedApp
@testable import OrgSimulator

/// Pulls of orgs that are hard to read, compared with what the org says afterwards.
@Suite("Pulls of hostile orgs") struct HostilePullTests {
    private struct Name: Hashable, CustomStringConvertible {
        let type: String
        let fullName: String
        var description: String { "\(type) \(fullName)" }
    }

    /// `make verify` runs more.
    private static let seeds = Int(ProcessInfo.processInfo.environment["APRITY_HOSTILE_ORGS"] ?? "") ?? 20

    @Test(
        "What was listed is delivered byte by byte, or left out with the right reason, also after an interruption",
        arguments: 0..<seeds)
    func random(_ seed: Int) async throws {
        let source = try HostileSource(Dice(seed: UInt64(seed)))
        defer { source.remove() }
        let org = try await OneAppOrg {
            $0.source = source.folder.path
            $0.metadata = source.conditions
        }
        let target = FileManager.default.temporaryDirectory.appending(path: "aprity-pull-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: target) }
        let parallel = 1 + seed % 4
        if seed.isMultiple(of: 2) {
            let moment = 12 + seed * 7 % 40
            let home = target.deletingLastPathComponent().appending(path: "aprity-unused-\(UUID().uuidString)")
            let interruption = PullInterruption(at: moment, copying: target, to: home)
            _ = await interruption.start {
                try await org.service.metadata.pull(
                    of: OneAppOrg.alias, PullRequest(target: target.path, includesInstalled: true, parallel: parallel),
                    as: OneAppOrg.me, progress: interruption.show)
            }
            // It may have ended before.
            try? FileManager.default.removeItem(at: target)
            try? FileManager.default.removeItem(at: home)
        }
        let view = try await org.service.metadata.pull(
            of: OneAppOrg.alias, PullRequest(target: target.path, includesInstalled: true, parallel: parallel),
            as: OneAppOrg.me,
            progress: { _ in })
        let truth = try await org.simulation.metadataTruth(
            ofOrg: "Harbour Bikes", for: "integration@harbour-bikes.example")

        // Faults that pass are gone from the truth.
        let unlistedTypes = Set(truth.listingFaults.map(\.type))
        let unlisted = Set(view.leftOut.filter { $0.fullName == nil }.map(\.type))
        #expect(unlisted == unlistedTypes)
        let listed = truth.components.filter { !$0.listedAs.isEmpty && !unlistedTypes.contains($0.type) }
        #expect(view.listed == listed.count)
        let bad = Set(listed.filter { $0.outcome != .delivered }.map { Name(type: $0.type, fullName: $0.fullName) })
        let leftOut = Set(view.leftOut.compactMap { row in row.fullName.map { Name(type: row.type, fullName: $0) } })
        #expect(leftOut == bad, "\(view.leftOut)")
        #expect(view.delivered == view.listed - leftOut.count)
        // Also faults that pass, and refusals of a type, make a retrieve fail.
        let culprits =
            Set(bad).count + source.conditions.retrieve.rotten.count + source.conditions.retrieve.refusals.count
        let perCulprit = Int(log2(Double(max(listed.count, 2))).rounded(.up)) + 3
        let files = truth.components.reduce(0) { $0 + $1.files.count }
        let parts = source.conditions.retrieve.fileLimit.map { 1 + 2 * files / $0 } ?? 1
        #expect(view.retrieves <= parts * 2 + (culprits + 1) * perCulprit)
        // A retrieve that succeeds without a component has the settings for it.
        let unnamed = Set(
            listed.filter { $0.outcome == .refused || $0.answer == .unknownException }
                .map { Name(type: $0.type, fullName: $0.fullName) })
        for component in listed where component.outcome == .delivered {
            for file in component.files {
                let bytes = try? Data(contentsOf: target.appending(path: file.path))
                guard source.isLimited(component) else {
                    #expect(bytes.map(Self.sha256) == file.sha256, "\(file.path)")
                    continue
                }
                let expected = source.settings(of: component)?.lacking { type, name in
                    unnamed.contains(Name(type: type, fullName: name)) || unlistedTypes.contains(type)
                }
                // The permission sets that every org of the simulator has are not in the folder.
                if let expected, !source.deliversSettingsLate {
                    let text = bytes.map { String(decoding: $0, as: UTF8.self) }
                    // The simulator writes an empty profile on one line.
                    #expect(
                        text?.replacing("></", with: ">\n</") == expected.replacing("></", with: ">\n</"),
                        "\(file.path)")
                }
            }
        }
    }

    private static func sha256(_ data: Data) -> String {
        SHA256.hash(data: data).map { String(format: "%02x", $0) }.joined()
    }
}
