internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

/// A command of ours: it gets its world handed in and says how it ended.
protocol AprityCommand: AsyncParsableCommand {
    func perform(_ world: World) async throws -> ExitStatus
}

extension AprityCommand {
    /// Only reached where somebody runs a command without ``CommandRun``.
    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        _ = try await perform(World(environment: environment, output: Output(environment: environment, json: false)))
    }
}

/// One run of the program: parses the arguments, runs the command, turns whatever goes wrong into two lines and an exit
/// status.
struct CommandRun {
    let arguments: [String]
    let output: Output

    func status() async -> Int32 {
        if let unknown = UnknownWord.first(in: arguments, below: Aprity.self) {
            return fail(ConnectedAppError(.usage, detail: unknown))
        }
        do {
            var command = try Aprity.parseAsRoot(arguments)
            guard let ours = command as? any AprityCommand else {
                try command.run()
                return ExitStatus.done.rawValue
            }
            return try await perform(ours)
        } catch let error as ConnectedAppError {
            return fail(error)
        } catch {
            return parserEnded(error)
        }
    }

    private func perform(_ command: any AprityCommand) async throws -> Int32 {
        let world = World(environment: ProcessInfo.processInfo.environment, output: output)
        do {
            let status = try await command.perform(world)
            await world.close()
            return status.rawValue
        } catch let end as NagiosEnd {
            await world.close()
            return finish(end.line)
        } catch let error as ConnectedAppError {
            await world.close()
            return fail(error)
        } catch let error as ValidationError {
            await world.close()
            return fail(ConnectedAppError(.usage, detail: error.message))
        } catch {
            await world.close()
            return fail(ConnectedAppError(.internalError, evidence: ["error": "\(type(of: error))"]))
        }
    }

    private func finish(_ line: NagiosLine) -> Int32 {
        try? output.data(line.text + "\n")
        return line.state.rawValue
    }

    private func fail(_ error: ConnectedAppError) -> Int32 {
        if NagiosEnd.isAskedFor(by: arguments) { return finish(NagiosLine(.unknown, error.description)) }
        output.failure(error)
        return error.cause.row.exit.rawValue
    }

    /// `--help` and `--version` are asked for and go to stdout; everything else is wrong usage.
    private func parserEnded(_ error: any Error) -> Int32 {
        if Aprity.exitCode(for: error) == .success {
            try? output.data(Aprity.fullMessage(for: error) + "\n")
            return ExitStatus.done.rawValue
        }
        // The parser lists choices a line each; an error is one line.
        let message = Aprity.message(for: error).replacing("\n  - ", with: " ")
        return fail(ConnectedAppError(.usage, detail: message))
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
