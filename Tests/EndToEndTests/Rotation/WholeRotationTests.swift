internal import Foundation
internal import Testing

/// A whole rotation by the real program, through the Setup pages of the embedded org; a day of it takes seconds.
@Suite("A whole rotation by commands")
struct WholeRotationTests {
    @Test(
        "From one key to the next no call fails, and the former key is destroyed a day later",
        arguments: RotationCase.all)
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
            // Servers that knew the change already answered beside servers that did not.
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

    /// What an admin does in Setup with the next certificate.
    ///
    /// - Returns: What `rotate uploaded` is told beside.
    private func upload(_ rotation: RotationCase, _ stage: RotationStage) async throws -> [String] {
        let file = stage.aprity.path("next.crt")
        try await stage.aprity.succeed(["certificate", "download", "bikes", "--next", "--out", file])
        guard rotation.inSecondApp else {
            try await stage.forms.replaceCertificate(of: stage.app, by: file)
            return []
        }
        // Without the second app's Consumer Key nothing can be told.
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
