package import ConnectedApp
internal import Foundation
internal import Glibc
internal import Subprocess
internal import SystemPackage

/// The operator's signer program and its arguments. Each run answers one question. No shell is involved: the program
/// gets exactly these arguments.
package struct SignerProgram: Sendable {
    let path: String
    let arguments: [String]

    /// - Parameter setting: A path, or a JSON array with a path and its arguments.
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` if the setting is invalid or the path is not
    ///   absolute. The file is checked at each run.
    package init(setting: String) throws(ConnectedAppError) {
        var words = [setting]
        if setting.hasPrefix("[") {
            guard let list = try? JSONDecoder().decode([String].self, from: Data(setting.utf8)), !list.isEmpty else {
                throw Self.malformed("This is not a JSON array of strings.")
            }
            words = list
        }
        guard words[0].hasPrefix("/") else { throw Self.malformed("The program's path must be absolute.") }
        path = words[0]
        arguments = Array(words.dropFirst())
    }

    /// The name of the setting, which is the subject of errors.
    static let setting = "APRITY_SIGNER_COMMAND"

    private static func malformed(_ detail: String) -> ConnectedAppError {
        ConnectedAppError(.configurationMalformed, subject: setting, detail: detail)
    }

    /// Runs the program once. If the task is cancelled, kills the program's process group: the program, and the
    /// processes that it started unless they moved to another group.
    ///
    /// - Parameters:
    ///   - question: The question, one line of at most 60,000 bytes.
    ///   - environment: The whole environment of the program.
    ///   - limit: The maximum number of bytes that the program may write to each stream.
    /// - Returns: The program's standard output.
    /// - Throws: ``ConnectedAppError``: `.configurationMalformed` if ``SignerFile`` rejects the file; `.keyStoreFailed`
    ///   if the program cannot be run, ends with a status other than 0 or by a signal, or writes too much.
    func answer(to question: [UInt8], environment: [String: String], limit: Int) async throws -> [UInt8] {
        let file = try SignerFile(path)
        defer { file.close() }
        var options = PlatformOptions()
        // In its own session, the program leads a process group, which can be killed as a whole.
        options.createSession = true
        // With this option and createSession, swift-subprocess uses fork and exec, so the descriptor of SignerFile is
        // still open at the exec. It has no other effect, because a new session has its own process group.
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(100))
        ]
        let variables = Dictionary(
            uniqueKeysWithValues: environment.map { (Subprocess.Environment.Key(stringLiteral: $0.key), $0.value) })
        do {
            let result = try await Subprocess.run(
                .path(FilePath(file.executablePath)),
                arguments: Arguments(executablePathOverride: path, remainingValues: arguments),
                environment: .custom(variables),
                platformOptions: options, input: .fileDescriptor(Self.pipe(question), closeAfterSpawningProcess: true),
                output: .bytes(limit: limit), error: .bytes(limit: limit))
            guard result.terminationStatus.isSuccess else {
                let ending = Self.ending(result.terminationStatus)
                throw ConnectedAppError(
                    .keyStoreFailed, subject: path, detail: "The signer command ended with \(ending).",
                    remedy: "Run the signer command as the user that runs aprity, and check that the service behind it "
                        + "answers.",
                    evidence: ["ended": ending, "stderr": Self.shown(result.standardError)])
            }
            return result.standardOutput
        } catch let error as SubprocessError where error.code == .outputLimitExceeded {
            throw ConnectedAppError(
                .keyStoreFailed, subject: path, detail: "The signer command wrote more than \(limit) bytes.")
        } catch let error as SubprocessError {
            throw ConnectedAppError(
                .keyStoreFailed, subject: path, detail: "The signer command could not be run.",
                evidence: ["subprocess": "\(error.code)"])
        }
    }

    private static func ending(_ status: TerminationStatus) -> String {
        switch status {
        case .exited(let code): "exit status \(code)"
        case .signaled(let signal): "signal \(signal)"
        }
    }

    /// Returns the reading end of a pipe that already contains the question. So a program that exits without reading it
    /// causes no error.
    private static func pipe(_ question: [UInt8]) throws -> FileDescriptor {
        // A pipe holds 64 KiB. Writing more would block, because the program does not run yet.
        guard question.count <= 60_000 else { throw ConnectedAppError(.internalError) }
        let ends = try FileDescriptor.pipe()
        defer { try? ends.writeEnd.close() }
        for end in [ends.readEnd, ends.writeEnd] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
        do { try ends.writeEnd.writeAll(question) } catch {
            try? ends.readEnd.close()
            throw ConnectedAppError(.inputOutput)
        }
        return ends.readEnd
    }

    /// Formats the program's output for display: one line of at most 1,000 characters, without hidden characters.
    static func shown(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        let printable = text.unicodeScalars.map { scalar in scalar.isHidden ? " " : Character(scalar) }
        return String(printable.prefix(1000)).trimmingCharacters(in: .whitespaces)
    }
}
