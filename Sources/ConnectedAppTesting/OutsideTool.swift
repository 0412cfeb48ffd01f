internal import Foundation
internal import Subprocess
internal import SystemPackage

/// Runs another program, for example openssl, sqlite3 or the built `aprity`, to check or disturb what is tested.
package struct OutsideTool: Sendable {
    /// A name to look up in `PATH`, or a path.
    private let program: String
    /// Variables to set in addition to the inherited environment.
    private let environment: [String: String]

    /// The result of a run.
    package struct Outcome: Sendable {
        /// The exit status, or the negated signal number if a signal ended the program.
        package let status: Int32
        package let output: [UInt8]
        /// The text on standard error.
        package let standardError: String

        /// The output as text.
        package var text: String { String(decoding: output, as: UTF8.self) }
    }

    package init(_ program: String, environment: [String: String] = [:]) {
        self.program = program
        self.environment = environment
    }

    package static let openssl = OutsideTool("openssl")

    /// Runs the program and waits for it to end, whatever its exit status.
    ///
    /// - Throws: An error if the program cannot be started, or writes more than 1 MiB to a stream.
    @discardableResult
    package func run(_ arguments: [String], input: [UInt8] = []) async throws -> Outcome {
        let overrides = Dictionary(
            uniqueKeysWithValues: environment.map {
                (Subprocess.Environment.Key(stringLiteral: $0.key), Optional($0.value))
            })
        let executable: Executable = program.contains("/") ? .path(FilePath(program)) : .name(program)
        // The input is a file, not a pipe. With a pipe, a program that ends before it has read everything would cause
        // an error.
        let folder = try TemporaryFolder()
        let source = try FileDescriptor.open(FilePath(try folder.file("input", input)), .readOnly)
        let result = try await Subprocess.run(
            executable, arguments: Arguments(arguments), environment: .inherit.updating(overrides),
            input: .fileDescriptor(source, closeAfterSpawningProcess: true), output: .bytes(limit: 1 << 20),
            error: .string(limit: 1 << 20))
        let status: Int32 =
            switch result.terminationStatus {
            case .exited(let code): code
            case .signaled(let code): -code
            }
        return Outcome(status: status, output: result.standardOutput, standardError: result.standardError)
    }

    /// Runs the program and returns its output.
    ///
    /// - Throws: ``Failed`` if the exit status is not 0.
    package func output(_ arguments: [String], input: [UInt8] = []) async throws -> String {
        let outcome = try await run(arguments, input: input)
        guard outcome.status == 0 else { throw Failed(arguments: arguments, standardError: outcome.standardError) }
        return outcome.text
    }

    /// Starts the program with `input`, waits for its first line of output, runs the body, and kills the program. The
    /// program must be a name in `PATH` here, and gets no further variables.
    ///
    /// - Throws: ``Failed`` if the program ends without a line of output; the errors of the body.
    @discardableResult
    package func whileRunning<Value: Sendable>(
        _ arguments: [String], input: String, body: () async throws -> Value
    ) async throws -> Value {
        let result = try await Subprocess.run(
            .name(program), arguments: Arguments(arguments), input: .inputWriter, output: .sequence, error: .discarded
        ) { execution in
            _ = try await execution.standardInputWriter.write(input)
            var lines = execution.standardOutput.strings().makeAsyncIterator()
            defer { try? execution.send(signal: .kill) }
            guard try await lines.next() != nil else {
                throw Failed(arguments: arguments, standardError: "It ended without output.")
            }
            return try await body()
        }
        return result.closureResult
    }

    /// The program did not do what the test needs.
    struct Failed: Error {
        let arguments: [String]
        let standardError: String
    }
}

/// A temporary folder. It is removed with its content when the last reference to this object is released, so keep one.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "aprity-test-\(UUID().uuidString)")
        // Without this mode, a umask of 002 would let the group write to the folder, and aprity would reject the
        // secrets in it.
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        path = folder.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file with mode 0600, because it may contain a secret.
    ///
    /// - Returns: Its path.
    package func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = path + "/" + name
        try Data(bytes).write(to: URL(filePath: file))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        return file
    }

    package func file(_ name: String, _ text: String) throws -> String { try file(name, Array(text.utf8)) }
}
