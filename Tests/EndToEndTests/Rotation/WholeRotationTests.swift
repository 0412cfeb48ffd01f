internal import ConnectedAppTesting
internal import Foundation
internal import Testing

/// A complete rotation by the built program, through the Setup pages of the embedded org. A day takes seconds.
@Suite("A complete rotation with commands")
struct WholeRotationTests {
    @Test(
        "No call fails during the rotation, and the former key is destroyed a day later",
        arguments: TestExtent.cases(RotationCase.all, sample: [1, 2]))
    func whole(_ rotation: RotationCase) async throws {
        try await RotationStage.running(rotation.kind) { stage in
            let aprity = stage.aprity
            let first = try await stage.status()
            #expect(first.state == "steady")
            #expect(first.other == nil)

            try await aprity.succeed(["rotate", "start", "bikes"] + (rotation.inSecondApp ? ["--second-app"] : []))
            let begun = try await stage.status()
            let next = try #require(begun.other)
            #expect(begun.state == "prepared")
            #expect(begun.active == first.active)
            #expect(next != first.active)
            try await stage.pass(seconds: 30)

            let told = try await upload(rotation, stage)
            try await aprity.succeed(["rotate", "uploaded", "bikes"] + told)
            #expect(try await stage.status().state == "publishing")

            let seen = try await stage.pass(until: "retiring", by: 40)
            #expect(seen == ["publishing", "proving", "retiring"])
            let proven = try await stage.status()
            #expect(proven.state == "retiring")
            #expect(proven.active == next)
            #expect(proven.other == first.active)
            // Some servers knew the change already and others did not.
            let signIns = try await stage.signIns()
            #expect(signIns.granted > 40, "\(signIns)")
            #expect(signIns.refused > 0, "\(signIns)")

            try await retire(rotation, stage)
            let last = try await stage.status()
            #expect(last.state == "steady")
            #expect(last.active == next)
            #expect(last.other == nil)
            #expect(try await stage.count("keyDestroyed") == 1)
            try await stage.pass(seconds: 60)
            #expect(try await aprity.run("test", "bikes").status == 0)
            #expect(try await aprity.run("audit", "verify").status == 0)
        }
    }

    /// Uploads the next certificate in Setup, as an admin does.
    ///
    /// - Returns: The additional arguments of `rotate uploaded`.
    private func upload(_ rotation: RotationCase, _ stage: RotationStage) async throws -> [String] {
        let file = stage.aprity.path("next.crt")
        try await stage.aprity.succeed(["certificate", "download", "bikes", "--next", "--out", file])
        guard rotation.inSecondApp else {
            try await stage.forms.replaceCertificate(of: stage.app, by: file)
            return []
        }
        // Without the second app's Consumer Key, the upload cannot be reported.
        #expect(try await stage.aprity.run("rotate", "uploaded", "bikes").status != 0)
        let second = try await stage.forms.makeApp("aprity next", certificate: file)
        return ["--consumer-key", second.consumerKey]
    }

    /// The former key's last day.
    private func retire(_ rotation: RotationCase, _ stage: RotationStage) async throws {
        if rotation.inSecondApp { try await stage.forms.delete(stage.app) }
        for _ in 0..<5 { try await stage.pass(seconds: 14_400) }
        #expect(try await stage.status().state == "retiring")
        #expect(try await stage.count("keyDestroyed") == 0)
        try await stage.pass(seconds: 14_400)
        let seen = try await stage.pass(until: "steady", by: 6)
        #expect(seen.first == "retiring", "\(seen)")
        #expect(seen.last == "steady", "\(seen)")
    }
}
