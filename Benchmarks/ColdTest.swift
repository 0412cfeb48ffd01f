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
            let script = Command(
                "/usr/bin/bash",
                ["Examples/curl-jwt-bearer.sh", url, TokenWorld.username, TokenWorld.consumerKey, key], home: home)
            let program = URL(filePath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent().appending(
                path: "aprity")
            let aprity = Command(
                program.path(),
                [
                    "test", "--login-host", url, "--username", TokenWorld.username, "--consumer-key",
                    TokenWorld.consumerKey, "--signing-key-file", key, "--audience", url,
                ], home: home)
            let reference = try await script.processorTime(rounds)
            let own = try await aprity.processorTime(rounds)
            let milliseconds = (own / Double(rounds) * 1000).formatted(.number.precision(.fractionLength(0)))
            let ratio = (own / reference).formatted(.number.precision(.fractionLength(2)))
            print(
                "cold aprity test without a store: \(milliseconds) ms of processor time, at most "
                    + "\(Command.largestResidentMegabytes) MB; \(ratio) of a script with curl and openssl")
        }
    }
}

/// A command that runs in a process of its own.
private struct Command {
    let path: String
    let arguments: [String]
    let home: URL

    init(_ path: String, _ arguments: [String], home: URL) {
        self.path = path
        self.arguments = arguments
        self.home = home
    }

    /// Returns the processor seconds of as many runs, including the processes that they start.
    func processorTime(_ rounds: Int) async throws -> Double {
        let start = Self.usage.seconds
        for _ in 0..<rounds { try await run() }
        return Self.usage.seconds - start
    }

    private func run() async throws {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.environment = ["HOME": home.path(), "PATH": "/usr/bin:/bin"]
        process.standardOutput = FileHandle.nullDevice
        let status = try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Int32, any Error>) in
            process.terminationHandler = { ended.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { ended.resume(throwing: error) }
        }
        guard status == 0 else { throw Failed(path: path, status: status) }
    }

    private struct Failed: Error {
        let path: String
        let status: Int32
    }

    /// The resident memory of the largest process that has ended, in megabytes.
    static var largestResidentMegabytes: Int { usage.kibibytes * 1024 / 1_000_000 }

    /// What the processes that have ended have used.
    private static var usage: (seconds: Double, kibibytes: Int) {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
        let seconds = [usage.ru_utime, usage.ru_stime].map { Double($0.tv_sec) + Double($0.tv_usec) / 1e6 }
        return (seconds.reduce(0, +), usage.ru_maxrss)
    }
}
