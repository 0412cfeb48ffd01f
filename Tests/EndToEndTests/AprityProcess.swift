internal import Foundation
internal import Subprocess
internal import SystemPackage

/// The built `aprity`, with its own home, which is removed with this value.
final class AprityProcess: Sendable {
    /// The result of a command.
    struct Outcome: Sendable {
        /// The exit status, or the negated signal number if a signal ended the command.
        let status: Int32
        let stdout: String
        let stderr: String
    }

    struct Unexpected: Error, CustomStringConvertible {
        let description: String
    }

    /// The folder that contains everything that commands write.
    let home: String
    /// The environment of commands, instead of the tests' own.
    let environment: [String: String]

    init(environment added: [String: String] = [:]) throws {
        home = FileManager.default.temporaryDirectory.appending(path: "aprity-e2e-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        let own = [
            "HOME": home, "XDG_CONFIG_HOME": home + "/config", "XDG_DATA_HOME": home + "/data",
            "XDG_CACHE_HOME": home + "/cache", "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
        ]
        environment = own.merging(added) { $1 }
    }

    deinit { try? FileManager.default.removeItem(atPath: home) }

    /// The path of `aprity`, next to the tests' program in the build folder.
    static var binary: String {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (tests as NSString).deletingLastPathComponent + "/aprity"
    }

    /// Runs a command in its home and waits for it to end.
    func run(_ arguments: [String], input: String = "") async throws -> Outcome {
        let result = try await Subprocess.run(
            .path(FilePath(Self.binary)), arguments: Arguments(arguments), environment: custom,
            workingDirectory: FilePath(home), input: .string(input), output: .string(limit: 1 << 22),
            error: .string(limit: 1 << 20))
        return Outcome(
            status: Self.number(result.terminationStatus), stdout: result.standardOutput, stderr: result.standardError)
    }

    /// Runs a command and throws if it fails.
    @discardableResult
    func succeed(_ arguments: [String], input: String = "") async throws -> String {
        let outcome = try await run(arguments, input: input)
        guard outcome.status == 0 else {
            throw Unexpected(
                description:
                    "aprity \(arguments.joined(separator: " ")) ended with \(outcome.status): \(outcome.stderr)")
        }
        return outcome.stdout
    }

    /// A running program, which can be sent signals.
    struct Running: Sendable {
        fileprivate let signal: @Sendable (Signal) throws -> Void
        fileprivate let number: pid_t

        func send(_ signal: Signal) throws { try self.signal(signal) }

        /// Sends a signal that `Signal` has no name for.
        func send(number signal: Int32) { kill(number, signal) }

        /// Whether the program has ended, even if its status was not collected yet.
        var hasEnded: Bool {
            let stat = (try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8)) ?? ""
            return stat.isEmpty || stat.contains(") Z ")
        }
    }

    /// Runs a command and the body in parallel; returns when both have ended.
    func whileRunning(_ arguments: [String], _ body: (Running) async throws -> Void) async throws -> Outcome {
        let output = home + "/running-\(UUID().uuidString)"
        let file = try FileDescriptor.open(
            FilePath(output), .writeOnly, options: .create, permissions: [.ownerReadWrite])
        defer { try? file.close() }
        let result = try await Subprocess.run(
            .path(FilePath(Self.binary)), arguments: Arguments(arguments), environment: custom,
            workingDirectory: FilePath(home), input: .none,
            output: .fileDescriptor(file, closeAfterSpawningProcess: false),
            error: .fileDescriptor(file, closeAfterSpawningProcess: false)
        ) { execution in
            let running = Running(
                signal: { signal in try execution.send(signal: signal) }, number: execution.processIdentifier.value)
            do { try await body(running) } catch {
                try? execution.send(signal: .kill)
                throw error
            }
        }
        return Outcome(
            status: Self.number(result.terminationStatus), stdout: "",
            stderr: try String(contentsOfFile: output, encoding: .utf8))
    }

    /// A server's ready line.
    struct Ready: Decodable, Sendable {
        let ready: Bool
        let url: String
        let managementURL: String?
        let proxyURL: String?
        let startTokenFile: String?
        let gatewayURL: String?
    }

    /// Starts a server, waits for its ready line, runs the body and stops the server with SIGTERM.
    ///
    /// - Throws: The body's error, or ``Unexpected`` if the server does not exit as SIGTERM requires.
    func serving<Result: Sendable>(
        _ arguments: [String], _ body: (Ready) async throws -> Result
    ) async throws -> Result {
        let (result, status) = try await Self.server(
            Self.binary, arguments, environment: custom,
            ready: { line in try? JSONDecoder().decode(Ready.self, from: Data(line.utf8)) }, body)
        guard status == 143 else { throw Unexpected(description: "\(arguments) ended with \(status)") }
        return result
    }

    /// Starts any server that prints a ready line, runs the body and stops the server.
    static func server<Ready: Sendable, Result: Sendable>(
        _ program: String, _ arguments: [String], environment: Subprocess.Environment,
        ready: (String) -> Ready?, _ body: (Ready) async throws -> Result
    ) async throws -> (Result, status: Int32) {
        let outcome = try await Subprocess.run(
            .path(FilePath(program)), arguments: Arguments(arguments), environment: environment,
            input: .none, output: .sequence, error: .string(limit: 1 << 20)
        ) { execution -> Swift.Result<Result, any Error> in
            do {
                for try await line in execution.standardOutput.strings() {
                    guard let ready = ready(line) else { continue }
                    let result = try await body(ready)
                    try execution.send(signal: .terminate)
                    return .success(result)
                }
                return .failure(Unexpected(description: "\(program) ended before it was ready"))
            } catch {
                try? execution.send(signal: .terminate)
                return .failure(error)
            }
        }
        do { return (try outcome.closureResult.get(), number(outcome.terminationStatus)) } catch let error as Unexpected
        {
            throw Unexpected(description: error.description + "\n" + outcome.standardError)
        }
    }

    private var custom: Subprocess.Environment {
        .custom(Dictionary(uniqueKeysWithValues: environment.map { (.init(stringLiteral: $0.key), $0.value) }))
    }

    private static func number(_ status: TerminationStatus) -> Int32 {
        switch status {
        case .exited(let code): code
        case .signaled(let code): -code
        }
    }
}
