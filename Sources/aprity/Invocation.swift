internal import ArgumentParser
internal import ConnectedApp

/// The parsed arguments of a run: the request, and the form of its output.
struct Invocation: Sendable {
    enum Request: Sendable {
        case command(any AprityCommand)
        /// Help or the version, for stdout.
        case text(String)
        /// Wrong usage.
        case wrong(ConnectedAppError)
    }

    let request: Request
    let form: OutputForm

    init(_ arguments: [String]) {
        request = Self.request(NegativeNumbers.joined(arguments))
        form =
            switch request {
            case .command(let command): command.form
            case .text: .text
            case .wrong: FormFlags.form(of: arguments)
            }
    }

    private static func request(_ arguments: [String]) -> Request {
        if let command = EarlyJSON.command(in: arguments, below: Aprity.self) {
            return .wrong(
                ConnectedAppError(.usage, detail: "--json belongs after the command: \(command) --json."))
        }
        if let unknown = UnknownWord.first(in: arguments, below: Aprity.self) {
            return .wrong(ConnectedAppError(.usage, detail: withoutKeyMaterial(unknown)))
        }
        do {
            var command = try Aprity.parseAsRoot(arguments)
            if let ours = command as? any AprityCommand { return .command(ours) }
            // The command only has subcommands, so the parser throws its help as an error.
            try command.run()
            return .text("")
        } catch {
            return request(of: error, arguments)
        }
    }

    /// `--help` and `--version` go to stdout; every other error is wrong usage.
    private static func request(of error: any Error, _ arguments: [String]) -> Request {
        if Aprity.exitCode(for: error) == .success { return .text(Aprity.fullMessage(for: error) + "\n") }
        let message = Aprity.message(for: error)
        let detail = DashedName.message(in: arguments, insteadOf: message) ?? oneLine(message)
        return .wrong(ConnectedAppError(.usage, detail: withoutKeyMaterial(detail)))
    }

    /// Makes one line of a message. If the parser lists the choices for a value on lines of their own, the result names
    /// the most similar choice. Without a similar one, it lists them, or says where they are listed if there are many.
    private static func oneLine(_ message: String) -> String {
        let parts = message.split(separator: "\n  - ").map(String.init)
        guard parts.count > 1 else { return message }
        let choices = Array(parts.dropFirst())
        let problem = parts[0].replacing(" Please provide one of the following:", with: "")
        let value = message.firstMatch(of: /The value '([^']*)'/).map { String($0.output.1) }
        if let similar = value.flatMap({ Spelling.nearest(to: $0, among: choices) }) {
            return problem + " Did you mean \(similar)?"
        }
        guard choices.count <= 12 else { return problem + " The command's help lists the \(choices.count) values." }
        return problem + " Choose one of: \(choices.joined(separator: ", "))."
    }

    /// Removes what may be key material: the parser quotes arguments that it does not understand, and one may be a line
    /// of a key file. ``ConnectedAppError`` itself removes complete keys, tokens and assertions.
    private static func withoutKeyMaterial(_ message: String) -> String {
        message.replacing(/[A-Za-z0-9+\/=_\-]{40,}/) { found in
            let word = found.output
            let isRandom = word.contains(where: \.isUppercase) && word.contains(where: \.isLowercase)
            return isRandom && word.contains(where: \.isNumber) ? "«value removed»" : String(word)
        }
    }
}

/// Determines the output form of a usage error, for which there is no parsed command.
///
/// It parses the arguments again with only the flags `--json` and `--nagios`. So `--json` counts anywhere before `--`,
/// even before the command's name, but not as a part of another word (`--name=--json`). In `--name --json` it counts
/// too: a value that begins with a dash must be written with `=`, so here `--name` has no value. `--nagios` counts only
/// if the first two arguments are `certificate check`.
private struct FormFlags: ParsableCommand {
    /// No help flag, because `--help` would cause an error here.
    static let configuration = CommandConfiguration(helpNames: [])

    @Flag var json = false
    @Flag var nagios = false
    @Argument(parsing: .allUnrecognized) var others: [String] = []

    static func form(of arguments: [String]) -> OutputForm {
        // Parsing fails if a flag is written with a value (`--json=yes`). Then no flag counts.
        guard let flags = try? parse(arguments) else { return .text }
        if flags.nagios, arguments.prefix(2) == ["certificate", "check"] { return .nagios }
        return flags.json ? .json : .text
    }
}

/// Joins a negative number with the option before it. The parser takes `-1` in `--limit -1` for an option and says that
/// the value is missing; with `--limit=-1`, the command can say which numbers are allowed.
enum NegativeNumbers {
    /// Leaves everything after `--` unchanged.
    static func joined(_ arguments: [String]) -> [String] {
        var joined: [String] = []
        for (index, word) in arguments.enumerated() {
            if word == "--" { return joined + arguments[index...] }
            if let option = joined.last, option.hasPrefix("--"), !option.contains("="),
                word.wholeMatch(of: /-[0-9]+/) != nil
            {
                joined[joined.count - 1] = option + "=" + word
            } else {
                joined.append(word)
            }
        }
        return joined
    }
}

/// Finds a connection's name that begins with a dash. The parser takes it for an option and says that the name is
/// missing.
private enum DashedName {
    /// - Returns: A sentence for the error; `nil` if the parser's message is right.
    static func message(in arguments: [String], insteadOf message: String) -> String? {
        // No command has an option with one dash, except -h.
        let word = arguments.prefix { $0 != "--" }.first { $0.hasPrefix("-") && !$0.hasPrefix("--") && $0 != "-" }
        guard message.contains("Missing expected argument '<alias>'"), let word else { return nil }
        return "\(word) is not an option. A connection's name begins with a letter or digit."
    }
}

/// Finds `--json` before the end of a command's name, where the parser does not know it.
private enum EarlyJSON {
    /// - Returns: The command with its complete name; `nil` if `--json` is not in its name.
    static func command(in arguments: [String], below root: any ParsableCommand.Type) -> String? {
        var command: any ParsableCommand.Type = root
        var words = ["aprity"]
        var hasFlag = false
        for word in arguments {
            if command.configuration.subcommands.isEmpty || command.configuration.defaultSubcommand != nil { break }
            if word == "--json" {
                hasFlag = true
                continue
            }
            guard let next = command.configuration.subcommands.first(where: { $0._commandName == word }) else { break }
            command = next
            words.append(word)
        }
        return hasFlag && words.count > 1 ? words.joined(separator: " ") : nil
    }
}

/// Finds a word that is not a command, and suggests a similar one.
enum UnknownWord {
    /// - Parameter root: The command whose subcommands the first word can name.
    /// - Returns: A sentence for the error; `nil` if all words before the first option or argument are commands.
    static func first(in arguments: [String], below root: any ParsableCommand.Type) -> String? {
        var command = root
        for word in arguments {
            let subcommands = command.configuration.subcommands
            if subcommands.isEmpty || word.hasPrefix("-") || word == "help" { return nil }
            guard let next = subcommands.first(where: { $0._commandName == word }) else {
                // The word is an argument of the default subcommand.
                if command.configuration.defaultSubcommand != nil { return nil }
                let known = subcommands.map { $0._commandName }
                let suggestion = Spelling.nearest(to: word, among: known).map { " Did you mean \($0)?" }
                return "Unknown command \(word)." + (suggestion ?? " Commands: \(known.joined(separator: ", ")).")
            }
            command = next
        }
        return nil
    }
}
