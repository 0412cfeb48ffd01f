internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

/// One run of the program: parses the arguments, runs the command, turns whatever goes wrong into two lines and an exit
/// status.
///
/// SIGINT and SIGTERM cancel the command's task. It then throws, and everything it has open is cleaned up. An error other than
/// the cancellation is reported as usual, but the status is the signal's. A command that has already done its work ends with
/// its own status.
struct CommandRun: Sendable {
    let arguments: [String]
    let output: Output

    func status() async -> Int32 {
        let task = Task { await ended() }
        let interruption = Interruption { task.cancel() }
        defer { interruption.end() }
        output.whenReaderLeaves { task.cancel() }
        let run = await task.value
        let status: Int32
        switch run.end {
        case .status(let number): status = number
        case .error(let error):
            let failed = fail(error)
            status = interruption.signal.map(interrupted(by:)) ?? failed
        case .cancelled:
            if let signal = interruption.signal {
                status = interrupted(by: signal)
            } else if output.hasLostReader {
                status = ExitStatus.done.rawValue
            } else {
                status = fail(ConnectedAppError(.internalError, evidence: ["error": "CancellationError"]))
            }
        }
        guard let loss = output.loss else { return status }
        return lost(loss, status, onlyReads: run.onlyReads)
    }

    private struct Run {
        let end: End
        let onlyReads: Bool
    }

    private enum End {
        case status(Int32)
        case error(ConnectedAppError)
        /// By a signal, or because nobody reads the output any more.
        case cancelled
    }

    private func ended() async -> Run {
        if let unknown = UnknownWord.first(in: arguments, below: Aprity.self) {
            return Run(
                end: .error(ConnectedAppError(.usage, detail: Self.withoutKeyMaterial(unknown))), onlyReads: true)
        }
        do {
            var command = try Aprity.parseAsRoot(arguments)
            guard let ours = command as? any AprityCommand else {
                try command.run()
                return Run(end: .status(ExitStatus.done.rawValue), onlyReads: true)
            }
            let onlyReads = type(of: ours).onlyReads
            if onlyReads { output.needsReader() }
            return Run(end: await perform(ours), onlyReads: onlyReads)
        } catch {
            return Run(end: parserEnded(error), onlyReads: true)
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
            end = .status(finish(nagios.line))
        } catch let error as ConnectedAppError {
            end = .error(error)
        } catch let error as ValidationError {
            end = .error(ConnectedAppError(.usage, detail: error.message))
        } catch is CancellationError {
            end = .cancelled
        } catch {
            end = .error(ConnectedAppError(.internalError, evidence: ["error": "\(type(of: error))"]))
        }
        // In a task of its own, so that an interruption cannot cancel the cleanup.
        await Task { await world.close() }.value
        return end
    }

    private func finish(_ line: NagiosLine) -> Int32 {
        output.data(line.text + "\n")
        return line.state.rawValue
    }

    private func interrupted(by signal: Interruption.Signal) -> Int32 {
        output.say("aprity: interrupted by \(signal.name).")
        return signal.exitStatus
    }

    /// Reports lost output. It does not change what the command did.
    private func lost(_ loss: String, _ status: Int32, onlyReads: Bool) -> Int32 {
        if NagiosEnd.isAskedFor(by: arguments) { return NagiosLine.State.unknown.rawValue }
        guard status == ExitStatus.done.rawValue else {
            output.warn("The output was lost: standard output could not be written (\(loss)).")
            return status
        }
        let error =
            onlyReads
            ? ConnectedAppError(
                .outputLost, detail: "The output was lost.", remedy: "Send the output somewhere that can be written.")
            : ConnectedAppError(.outputLost)
        output.say("aprity: error: \(error.description) Standard output could not be written (\(loss)).")
        output.say("aprity: hint: " + error.remedy)
        return error.cause.entry.exit.rawValue
    }

    private func fail(_ error: ConnectedAppError) -> Int32 {
        if NagiosEnd.isAskedFor(by: arguments) { return finish(NagiosLine(.unknown, error.description)) }
        output.failure(error)
        return error.cause.entry.exit.rawValue
    }

    /// `--help` and `--version` are asked for and go to stdout; everything else is wrong usage.
    private func parserEnded(_ error: any Error) -> End {
        if Aprity.exitCode(for: error) == .success {
            output.data(Aprity.fullMessage(for: error) + "\n")
            return .status(ExitStatus.done.rawValue)
        }
        // The parser lists choices a line each; an error is one line.
        let message = Aprity.message(for: error).replacing("\n  - ", with: " ")
        return .error(ConnectedAppError(.usage, detail: Self.withoutKeyMaterial(message)))
    }

    /// The parser quotes what it does not understand, and that may be a line of a key file. Whole keys, tokens and
    /// assertions are removed by the error itself.
    static func withoutKeyMaterial(_ message: String) -> String {
        message.replacing(/[A-Za-z0-9+\/=_\-]{40,}/) { found in
            let word = found.output
            let isRandom = word.contains(where: \.isUppercase) && word.contains(where: \.isLowercase)
            return isRandom && word.contains(where: \.isNumber) ? "«value removed»" : String(word)
        }
    }
}

/// Finds a word that is no command, and the command that may have been meant.
enum UnknownWord {
    static func first(in arguments: [String], below root: any ParsableCommand.Type) -> String? {
        var command = root
        for word in arguments {
            let subcommands = command.configuration.subcommands
            if subcommands.isEmpty || word.hasPrefix("-") || word == "help" { return nil }
            guard let next = subcommands.first(where: { $0._commandName == word }) else {
                // An argument of the subcommand that is meant where none is named.
                if command.configuration.defaultSubcommand != nil { return nil }
                let known = subcommands.map { $0._commandName }
                let meant = Spelling.nearest(to: word, among: known).map { " Did you mean \($0)?" }
                return "There is no command \(word)." + (meant ?? " There are: \(known.joined(separator: ", ")).")
            }
            command = next
        }
        return nil
    }
}
