import Foundation
import OrgSimulator

/// An embedded org, and what a program needs to sign in to it without a store.
struct StorelessOrg: Sendable {
    let url: String
    /// A folder for the files of the programs. It is removed at the end.
    let home: URL
    /// The path of the private key.
    let key: String
    /// The path of the certificate that the org's TLS is verified with; `nil` without TLS.
    var authority: String?

    var port: String { url.split(separator: ":").last.map(String.init) ?? "" }

    /// The options of aprity that take the place of a connection's name.
    var options: [String] {
        [
            "--login-host", url, "--username", TokenWorld.username, "--consumer-key", TokenWorld.consumerKey,
            "--signing-key-file", key, "--audience", url,
        ] + (authority.map { ["--ca-file", $0] } ?? [])
    }
}

extension Benchmarks {
    /// Runs an embedded org while `measure` runs.
    ///
    /// - Parameters:
    ///   - prepare: Writes the org's source folder; `nil` for an org without metadata.
    ///   - overTLS: Whether the org serves TLS, also under the name of its My Domain.
    ///   - faults: The org's faults, as its state document has them.
    static func withStorelessOrg(
        preparing prepare: ((URL) throws -> Void)? = nil, overTLS: Bool = false, faults: [[String: any Sendable]] = [],
        emptyTypes: [String] = [],
        measure: (StorelessOrg) async throws -> Void
    ) async throws {
        let world = try await TokenWorld()
        let home = fastFolder.appending(path: "aprity-benchmark-\(UUID())")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        var sourceFolder: URL?
        defer {
            for folder in [home, sourceFolder].compactMap({ $0 }) { try? FileManager.default.removeItem(at: folder) }
        }
        let key = home.appending(path: "key.pem").path()
        let pem = Data(world.signer.key.pkcs8PEMRepresentation.utf8)
        guard FileManager.default.createFile(atPath: key, contents: pem, attributes: [.posixPermissions: 0o600]) else {
            throw CocoaError(.fileWriteUnknown)
        }
        var configuration = SimulatorConfiguration()
        configuration.port = 0
        configuration.managementPort = 0
        configuration.seed = try world.seed(faults: faults, emptyTypes: emptyTypes)
        var authority: String?
        if overTLS {
            let certificate = try serverCertificate(in: home)
            configuration.tlsCertificate = [UInt8](try Data(contentsOf: URL(filePath: certificate.path)))
            configuration.tlsKey = [UInt8](try Data(contentsOf: URL(filePath: certificate.key)))
            authority = certificate.path
        }
        if let prepare {
            // The embedded org reads no source below /dev.
            let source = FileManager.default.temporaryDirectory.appending(path: home.lastPathComponent + "-source")
            try prepare(source)
            sourceFolder = source
            configuration.sourceDirectory = source.path()
        }
        let (settings, trusted) = (configuration, authority)
        try await withService { ready in
            try SimulatedOrgService(configuration: settings, logger: quiet, onReady: { ready.yield($0.url) })
        } measure: { url in
            try await measure(StorelessOrg(url: url, home: home, key: key, authority: trusted))
        }
    }

    /// A folder in memory if there is one: on a disk, the file system's time for new files varies by a factor of three.
    private static let fastFolder =
        FileManager.default.isWritableFile(atPath: "/dev/shm")
        ? URL(filePath: "/dev/shm") : FileManager.default.temporaryDirectory

    /// Makes a certificate for an embedded org's TLS with openssl. It is its own authority.
    private static func serverCertificate(in folder: URL) throws -> (path: String, key: String) {
        let (path, key) = (folder.appending(path: "server.crt").path(), folder.appending(path: "server.key").path())
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=org", "-keyout", key, "-out",
            path, "-addext", "subjectAltName=DNS:acme.my.salesforce.com,DNS:localhost,IP:127.0.0.1",
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
        return (path, key)
    }
}
