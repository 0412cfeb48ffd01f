import Foundation
import OrgSimulator

extension Benchmarks {
    /// Measures `aprity test` without a store, as a pipeline runs it: a new process each time. The reference is the script
    /// `Examples/curl-jwt-bearer.sh`, which signs in with curl and openssl and makes two calls. The program `aprity` must
    /// be beside this one.
    static func coldTest() async throws {
        let rounds = 20
        let world = try await TokenWorld()
        let home = FileManager.default.temporaryDirectory.appending(path: "aprity-cold-\(UUID())")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: home) }
        let key = home.appending(path: "key.pem").path()
        let pem = Data(world.signer.key.pkcs8PEMRepresentation.utf8)
        guard FileManager.default.createFile(atPath: key, contents: pem, attributes: [.posixPermissions: 0o600]) else {
            throw CocoaError(.fileWriteUnknown)
        }
        var configuration = SimulatorConfiguration()
        configuration.port = 0
        configuration.managementPort = 0
        configuration.seed = world.seed
        let settings = configuration
        try await withService { ready in
            try SimulatedOrgService(configuration: settings, logger: quiet, onReady: { ready.yield($0.url) })
        } measure: { url in
            let script = ProgramRun(
                "/usr/bin/bash",
                ["Examples/curl-jwt-bearer.sh", url, TokenWorld.username, TokenWorld.consumerKey, key], home: home)
            let aprity = ProgramRun(
                ProgramRun.aprity,
                [
                    "test", "--login-host", url, "--username", TokenWorld.username, "--consumer-key",
                    TokenWorld.consumerKey, "--signing-key-file", key, "--audience", url,
                ], home: home)
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
