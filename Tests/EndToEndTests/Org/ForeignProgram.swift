internal import Foundation
internal import Subprocess
internal import SystemPackage

/// Independent programs, which only know a proxy and a certificate authority to trust.
struct ForeignProgram: Sendable {
    static let tools = ManagedOrg.packageFolder + "/Tests/Tools"
    static let examples = ManagedOrg.packageFolder + "/Examples"

    let folder: String
    var environment: [String: String]

    /// - Parameters:
    ///   - folder: The working folder.
    ///   - environment: Variables in addition to `PATH` and `HOME`.
    init(in folder: String, environment: [String: String] = [:]) {
        self.folder = folder
        let own = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": folder]
        self.environment = own.merging(environment) { $1 }
    }

    /// Runs a program and waits for it to end.
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

    /// Runs a program and throws if it fails.
    @discardableResult
    func succeed(_ program: String, _ arguments: [String]) async throws -> String {
        let outcome = try await run(program, arguments)
        guard outcome.status == 0 else {
            throw AprityProcess.Unexpected(description: "\(program) ended with \(outcome.status): \(outcome.stderr)")
        }
        return outcome.stdout
    }

    /// Returns the interpreter with the tests' Python packages, which is set up if missing.
    ///
    /// - Parameter environment: The name of another environment that `venv.sh` knows.
    static func python(_ environment: String? = nil) async throws -> String {
        let folder = FileManager.default.temporaryDirectory.path()
        // pip has its cache and settings in the home of the user who runs the tests.
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

    /// Writes files, by their paths below `name`.
    func write(_ files: [String: String], below name: String) throws {
        for (path, text) in files {
            let parent = URL(filePath: "\(folder)/\(name)/\(path)").deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            _ = try write(text, to: "\(name)/\(path)")
        }
    }

    /// Creates a key and its self-signed certificate, `NAME.key` and `NAME.crt`.
    func makeKeyPair(_ name: String) async throws {
        try await succeed(
            "openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=\(name)", "-keyout",
                "\(name).key", "-out", "\(name).crt",
            ])
    }
}
