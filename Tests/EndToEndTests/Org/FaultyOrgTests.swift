internal import Foundation
internal import Testing

/// How `aprity` handles an org whose answers are corrupted in transit.
@Suite struct FaultyOrgTests {
    @Test(
        "A pull from a Metadata API with corrupted answers fails and leaves nothing behind",
        arguments: ["corruptZip", "truncate", "html", "empty", "drop"])
    func spoiltPull(_ kind: String) async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            let fault: [String: any Sendable] = ["kind": kind, "prefix": "/services/Soap/m/", "probability": 1]
            try await org.save(["faults": [fault] as [any Sendable]])
            let pull = ["metadata", "pull", "bikes", "--out", "pulled", "--types", "ApexTrigger"]
            let pulled = try await aprity.run(pull)
            // Any failure with an exit status of aprity; a crash is above 128.
            #expect((1...78).contains(pulled.status), "\(pulled.stderr)")
            #expect(!FileManager.default.fileExists(atPath: aprity.path("pulled")))
            #expect(try await org.history().contains { $0["fault"] as? String == kind })
            try await org.save(["faults": [] as [any Sendable]])
            #expect(try await aprity.run(pull).status == 0)
        }
    }

    @Test("`--adverse` switches the mixture of faults on; it is off by default")
    func adverse() async throws {
        let aprity = try AprityProcess()
        for (arguments, isOn) in [(["--adverse"], true), ([], false)] {
            try await ManagedOrg.running(aprity, arguments: arguments) { org in
                let switches = try await org.state()["switches"] as? [String: Any]
                #expect(switches?["adverse"] as? Bool == isOn)
            }
        }
    }
}
