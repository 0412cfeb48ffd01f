import Foundation
import OrgSimulator

/// An embedded org, and what a program needs to sign in to it without a store.
struct StorelessOrg: Sendable {
    let url: String
    /// A folder for the files of the programs. It is removed at the end.
    let home: URL
    /// The path of the private key.
    let key: String

    /// The options of aprity that take the place of a connection's name.
    var options: [String] {
        [
            "--login-host", url, "--username", TokenWorld.username, "--consumer-key", TokenWorld.consumerKey,
            "--signing-key-file", key, "--audience", url,
        ]
    }
}

extension Benchmarks {
    /// Runs an embedded org while `measure` runs.
    ///
    /// - Parameter prepare: Writes the org's source folder; `nil` for an org without metadata.
    static func withStorelessOrg(
        preparing prepare: ((URL) throws -> Void)? = nil, measure: (StorelessOrg) async throws -> Void
    ) async throws {
        let world = try await TokenWorld()
        let home = FileManager.default.temporaryDirectory.appending(path: "aprity-benchmark-\(UUID())")
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
        if let prepare {
            let source = home.appending(path: "source")
            try prepare(source)
            configuration.sourceDirectory = source.path()
        }
        let settings = configuration
        try await withService { ready in
            try SimulatedOrgService(configuration: settings, logger: quiet, onReady: { ready.yield($0.url) })
        } measure: { url in
            try await measure(StorelessOrg(url: url, home: home, key: key))
        }
    }
}
