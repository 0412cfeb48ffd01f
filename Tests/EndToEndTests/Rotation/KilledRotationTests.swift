internal import ConnectedAppSQLite
internal import ConnectedAppTesting
internal import Foundation
internal import Testing

@testable internal import ConnectedApp

/// A rotation whose commands are killed at different moments until it is complete.
@Suite("A rotation with killed commands")
struct KilledRotationTests {
    private static let leastKills = TestExtent.isWhole ? 50 : 25

    /// The programs of a test, and its results.
    private struct Stage {
        let aprity: AprityProcess
        let forms: SetupForms
        let app: SetupForms.App
        let time: RehearsalTime
        var moments: KillMoments
        var killed: [String: Int] = [:]

        func state() async throws -> String {
            try await aprity.run("rotate", "status", "bikes", "--json").json()["state"] as? String ?? ""
        }

        /// Runs a command and kills it halfway.
        mutating func kill(_ words: [String], in state: String) async throws {
            guard try await moments.kill(aprity, words) else { return }
            killed[state, default: 0] += 1
            // The next caller must sign in, because sessions have expired.
            let token = try await aprity.run("token", "bikes")
            #expect(token.status == 0, "after a kill in \(state): \(token.stderr)")
        }
    }

    @Test("The connection works after each SIGKILL, and the rotation ends with the one key that the org trusts")
    func killed() async throws {
        let time = try RehearsalTime()
        let aprity = try AprityProcess(environment: time.environment)
        let command = ["simulator", "--port", "0", "--management-port", "0", "--source", ManagedOrg.source]
        try await aprity.serving(command) { ready in
            let org = ManagedOrg(url: ready.url, management: ready.managementURL ?? "")
            let creation: [String: any Sendable] = ["name": "Harbour Bikes", "allowConnectedAppCreation": true]
            let atOnce: [String: any Sendable] = ["propagation": "instant", "sessionTimeoutSeconds": 15]
            try await org.save(["orgs": [creation] as [any Sendable], "switches": atOnce])
            let forms = SetupForms(org: org, kind: .externalClientApp)
            let app = try await RotationStage.connect(aprity, forms)
            let delay = ["minimumSeconds": 120, "maximumSeconds": 240]
            let switches: [String: any Sendable] = ["propagation": "spread", "editDelay": delay]
            try await org.save(["switches": switches])
            let moments = try await KillMoments(steps: 12) { try await aprity.succeed(["rotate", "status", "bikes"]) }
            var stage = Stage(aprity: aprity, forms: forms, app: app, time: time, moments: moments)
            try await drive(&stage)
            let total = stage.killed.values.reduce(0, +)
            print("Killed: \(total), by state \(stage.killed.sorted { $0.key < $1.key }).")
            #expect(total >= Self.leastKills)
            #expect(try await credentials(aprity) == 1)
            try time.advance(by: 60)
            #expect(try await aprity.run("test", "bikes").status == 0)
            #expect(try await aprity.run("audit", "verify").status == 0)
        }
    }

    private func drive(_ stage: inout Stage) async throws {
        var isUploaded = false
        for number in 0..<600 {
            let state = try await stage.state()
            if state == "steady", isUploaded {
                guard stage.killed.values.reduce(0, +) < Self.leastKills else { return }
                // If commands end before they are killed, another rotation follows.
                isUploaded = false
            }
            try stage.time.advance(by: state == "retiring" ? (number % 3 == 0 ? 30_000 : 6) : 41)
            if state == "prepared", !isUploaded {
                let file = stage.aprity.path("next-\(number).crt")
                try await stage.aprity.succeed(["certificate", "download", "bikes", "--next", "--out", file])
                try await stage.forms.replaceCertificate(of: stage.app, by: file)
                isUploaded = true
            }
            let words = state == "steady" ? ["rotate", "start", "bikes"] : ["rotate", "advance", "bikes"]
            // Four of five commands are killed, at moments spread over the command's time.
            guard number % 5 != 4 else {
                _ = try await stage.aprity.run(words)
                continue
            }
            try await stage.kill(words, in: state)
        }
        Issue.record("The rotation did not complete.")
    }

    /// Returns the number of keys in the store.
    private func credentials(_ aprity: AprityProcess) async throws -> Int {
        let store = try SQLiteStore(path: aprity.path("data/aprity/aprity.sqlite"), mayCreate: false)
        let count = try await store.read { try $0.records(of: .credential).count }
        try store.close()
        return count
    }
}
