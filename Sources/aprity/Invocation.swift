internal import ArgumentParser
internal import ConnectedApp

/// The arguments of a run, parsed: what they ask for, and how the end is reported.
struct Invocation: Sendable {
    enum Request: Sendable {
        case command(any AprityCommand)
        /// Help or the version, which go to stdout.
        case text(String)
        case wrong(ConnectedAppError)
    }

    let request: Request
    let form: OutputForm

    init(_ arguments: [String]) {
        request = Self.request(arguments)
        form =
            switch request {
            case .command(let command): command.form
            case .text: .text
            case .wrong: FormFlags.form(of: arguments)
            }
    }

    private static func request(_ arguments: [String]) -> Request {
        if let unknown = UnknownWord.first(in: arguments, below: Aprity.self) {
            return .wrong(ConnectedAppError(.usage, detail: withoutKeyMaterial(unknown)))
        }
        do {
            var command = try Aprity.parseAsRoot(arguments)
            if let ours = command as? any AprityCommand { return .command(ours) }
            // A command that only has subcommands. The parser shows its help by an error.
            try command.run()
            return .text("")
        } catch {
            return request(of: error)
        }
    }

    /// `--help` and `--version` are asked for and go to stdout; everything else is wrong usage.
    private static func request(of error: any Error) -> Request {
        if Aprity.exitCode(for: error) == .success { return .text(Aprity.fullMessage(for: error) + "\n") }
        // The parser lists choices a line each; an error is one line.
        let message = Aprity.message(for: error).replacing("\n  - ", with: " ")
        return .wrong(ConnectedAppError(.usage, detail: withoutKeyMaterial(message)))
    }

    /// The parser quotes what it does not understand, and that may be a line of a key file. Whole keys, tokens and
    /// assertions are removed by the error itself.
    private static func withoutKeyMaterial(_ message: String) -> String {
        message.replacing(/[A-Za-z0-9+\/=_\-]{40,}/) { found in
            let word = found.output
            let isRandom = word.contains(where: \.isUppercase) && word.contains(where: \.isLowercase)
            return isRandom && word.contains(where: \.isNumber) ? "«value removed»" : String(word)
        }
    }
}

/// How a run reports its result and its failures.
enum OutputForm: Sendable {
    case text
    /// JSON on stdout (`--json`).
    case json
    /// One line and the status of a plugin of Nagios (`certificate check --nagios`).
    case nagios
}

/// Decides the form of a usage error, which no parsed command can.
///
/// The parser reads the words once more as if it knew only these two flags. So `--json` counts anywhere before `--`, also before the
/// command's name, and not as a part of another word (`--name=--json`). In `--name --json` it counts too: a value that begins with a
/// dash is written with `=`, so this is an option without a value, and the flag.
private struct FormFlags: ParsableCommand {
    /// Without a help flag of its own: that would be another error in place of the one that is reported.
    static let configuration = CommandConfiguration(helpNames: [])

    @Flag var json = false
    @Flag var nagios = false
    @Argument(parsing: .allUnrecognized) var others: [String] = []

    static func form(of arguments: [String]) -> OutputForm {
        // Fails if a flag has a value (`--json=yes`); then it is not one.
        guard let flags = try? parse(arguments) else { return .text }
        if flags.nagios, arguments.prefix(2) == ["certificate", "check"] { return .nagios }
        return flags.json ? .json : .text
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
