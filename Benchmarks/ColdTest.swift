import Foundation
import OrgSimulator

extension Benchmarks {
    /// Measures `aprity test` without a store, as a pipeline runs it: a new process each time. The reference is the script
    /// `Examples/curl-jwt-bearer.sh`, which signs in with curl and openssl and makes two calls. The program `aprity` must
    /// be beside this one.
    static func coldTest() async throws {
        let rounds = 20
        try await withStorelessOrg { org in
            let script = ProgramRun(
                "/usr/bin/bash",
                ["Examples/curl-jwt-bearer.sh", org.url, TokenWorld.username, TokenWorld.consumerKey, org.key],
                home: org.home)
            let aprity = ProgramRun(ProgramRun.aprity, ["test"] + org.options, home: org.home)
            let reference = try await script.processorTime(rounds)
            let own = try await aprity.processorTime(rounds)
            let memory = try await aprity.peakMegabytes()
            let milliseconds = (own / Double(rounds) * 1000).formatted(.number.precision(.fractionLength(0)))
            let ratio = (own / reference).formatted(.number.precision(.fractionLength(2)))
            print(
                "cold aprity test without a store: \(milliseconds) ms of processor time, at most \(memory) MB; "
                    + "\(ratio) of a script with curl and openssl")
        }
    }
}
