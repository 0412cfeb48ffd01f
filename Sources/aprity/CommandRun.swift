internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

/// One run of the program. Runs the command, and turns any failure into an exit status and a report: two lines on
/// stderr, with `--json` also a problem document, and with `--nagios` one line on stdout instead.
///
/// SIGINT and SIGTERM cancel the command's task. The command then throws, and everything it has open is cleaned up. An
/// error other than the cancellation is reported as usual, but the exit status is the signal's. A command that has
/// completed its work exits with its own status.
struct CommandRun: Sendable {
    let invocation: Invocation
    let output: Output

    /// Runs the command once and reports its result.
    ///
    /// - Returns: The exit status of the process.
    func status() async -> Int32 {
        let task = Task { await runCommand() }
        let interruption = Interruption { task.cancel() }
        defer { interruption.end() }
        output.whenReaderLeaves { task.cancel() }
        let run = await task.value
        let status: Int32
        switch run.end {
        case .status(let number): status = number
        case .error(let error):
            let failed = reportFailure(error)
            status = interruption.signal.map(interrupted(by:)) ?? failed
        case .cancelled:
            if let signal = interruption.signal {
                status = interrupted(by: signal)
            } else if output.hasLostReader {
                status = ExitStatus.done.rawValue
            } else {
                status = reportFailure(ConnectedAppError(.internalError, evidence: ["error": "CancellationError"]))
            }
        }
        guard let loss = output.loss else { return status }
        return reportLostOutput(loss, status, onlyReads: run.onlyReads)
    }

    private struct Run {
        let end: End
        /// As in ``AprityCommand/onlyReads``.
        let onlyReads: Bool
    }

    /// How a command ended.
    private enum End {
        case status(Int32)
        case error(ConnectedAppError)
        /// The command was cancelled by a signal, or because the reader of the output is gone.
        case cancelled
    }

    private func runCommand() async -> Run {
        switch invocation.request {
        case .command(let command):
            let onlyReads = type(of: command).onlyReads
            if onlyReads { output.needsReader() }
            return Run(end: await perform(command), onlyReads: onlyReads)
        case .text(let text):
            output.data(text)
            return Run(end: .status(ExitStatus.done.rawValue), onlyReads: true)
        case .wrong(let error):
            return Run(end: .error(error), onlyReads: true)
        }
    }

    private func perform(_ command: any AprityCommand) async -> End {
        let world = World(
            environment: ProcessInfo.processInfo.environment, output: output, onlyReads: type(of: command).onlyReads,
            logger: type(of: command).logger)
        let end: End
        do {
            if !type(of: command).copesWithFewDescriptors { try DescriptorLimit.ensureLeast() }
            end = .status(try await command.perform(world).rawValue)
        } catch let nagios as NagiosEnd {
            end = .status(printNagiosLine(nagios.line))
        } catch let error as ConnectedAppError {
            end = .error(error)
        } catch let error as ValidationError {
            end = .error(ConnectedAppError(.usage, detail: error.message))
        } catch is CancellationError {
            end = .cancelled
        } catch {
            end = .error(ConnectedAppError(.internalError, evidence: ["error": "\(type(of: error))"]))
        }
        // In a separate task, so that an interruption cannot cancel the cleanup.
        await Task { await world.close() }.value
        return end
    }

    private func printNagiosLine(_ line: NagiosLine) -> Int32 {
        output.data(line.text + "\n")
        return line.state.rawValue
    }

    private func interrupted(by signal: Interruption.Signal) -> Int32 {
        output.say("aprity: interrupted by \(signal.name).")
        return signal.exitStatus
    }

    /// Reports that output was lost. The command itself has run to its end.
    ///
    /// - Parameters:
    ///   - loss: Why stdout could not be written.
    ///   - status: The exit status of the command itself. It wins if it is not `done`.
    private func reportLostOutput(_ loss: String, _ status: Int32, onlyReads: Bool) -> Int32 {
        switch invocation.form {
        case .nagios: return NagiosLine.State.unknown.rawValue
        case .text, .json: break
        }
        guard status == ExitStatus.done.rawValue else {
            output.warn("The output was lost: standard output could not be written (\(loss)).")
            return status
        }
        let error =
            onlyReads
            ? ConnectedAppError(
                .outputLost, detail: "The output was lost.",
                remedy: "Run the command again with standard output on a file or device that can be written.")
            : ConnectedAppError(.outputLost)
        output.say("aprity: error: \(error.description) Standard output could not be written (\(loss)).")
        output.say("aprity: hint: " + error.remedy)
        return error.cause.entry.exit.rawValue
    }

    private func reportFailure(_ error: ConnectedAppError) -> Int32 {
        switch invocation.form {
        case .nagios: return printNagiosLine(NagiosLine(.unknown, error.description))
        case .text, .json: output.failure(error)
        }
        return error.cause.entry.exit.rawValue
    }
}
