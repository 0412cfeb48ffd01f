internal import Foundation
internal import Subprocess
internal import SystemPackage

/// Programs of others, which know of the embedded org only a proxy and an authority to trust.
struct ForeignProgram: Sendable {
    static let tools = ManagedOrg.packageFolder + "/Tests/Tools"
    static let examples = ManagedOrg.packageFolder + "/Examples"

    let folder: String
    var environment: [String: String]

    /// - Parameters:
    ///   - folder: Where the program runs.
    ///   - environment: What it sees besides `PATH` and `HOME`.
    init(in folder: String, environment: [String: String] = [:]) {
        self.folder = folder
        let own = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": folder]
        self.environment = own.merging(environment) { $1 }
    }

    /// Runs a program to its end.
    func run(_ program: String, _ arguments: [String]) async throws -> AprityProcess.Outcome {
        let result = try await Subprocess.run(
            program.hasPrefix("/") ? .path(FilePath(program)) : .name(program), arguments: Arguments(arguments),
            environment: .custom(
                Dictionary(uniqueKeysWithValues: environment.map { (.init(stringLiteral: $0.key), $0.value) })),
            workingDirectory: FilePath(folder), output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
        let status: Int32 =
            switch result.terminationStatus {
            case .exited(let code): code
            case .signaled(let code): -code
            }
        return .init(status: status, stdout: result.standardOutput, stderr: result.standardError)
    }

    /// Runs a program whose success is taken for granted.
    @discardableResult
    func succeed(_ program: String, _ arguments: [String]) async throws -> String {
        let outcome = try await run(program, arguments)
        guard outcome.status == 0 else {
            throw AprityProcess.Unexpected(description: "\(program) ended with \(outcome.status): \(outcome.stderr)")
        }
        return outcome.stdout
    }

    /// The interpreter with the tests' Python packages, made where it is missing.
    ///
    /// - Parameter environment: The name of another environment that `venv.sh` knows.
    static func python(_ environment: String? = nil) async throws -> String {
        let folder = FileManager.default.temporaryDirectory.path()
        // pip keeps its cache and its settings in the home of whoever runs the tests.
        let home = ProcessInfo.processInfo.environment
        return try await ForeignProgram(in: folder, environment: home).succeed(
            "bash", [tools + "/venv.sh"] + (environment.map { [$0] } ?? [])
        )
        .trimmingCharacters(in: .newlines)
    }

    /// - Returns: The path of the file.
    func write(_ text: String, to name: String) throws -> String {
        let path = folder + "/" + name
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// Files by their paths below `name`.
    func write(_ files: [String: String], below name: String) throws {
        for (path, text) in files {
            let parent = URL(filePath: "\(folder)/\(name)/\(path)").deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            _ = try write(text, to: "\(name)/\(path)")
        }
    }

    /// A key and its self-signed certificate, `NAME.key` and `NAME.crt`.
    func makeKeyPair(_ name: String) async throws {
        try await succeed(
            "openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=\(name)", "-keyout",
                "\(name).key", "-out", "\(name).crt",
            ])
    }
}
