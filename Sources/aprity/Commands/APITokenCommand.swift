internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

struct APITokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api-token", abstract: "Add, list and revoke the tokens with which programs call the API.",
        discussion: Help.text(
            "A token is sent as `Authorization: Bearer TOKEN`. It stays valid when the server restarts, until it expires.",
            examples: ["aprity api-token add dashboard --expires 90d", "aprity api-token revoke dashboard"]),
        subcommands: [Add.self, List.self, Revoke.self])

    struct Add: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a token, and print it once.",
            discussion: Help.text(
                "The token is the only text on stdout. aprity stores only its hash.",
                examples: [
                    "aprity api-token add dashboard --expires 90d",
                    "aprity api-token add deploy --scope everything --connection acme --expires 30d",
                ]))

        @Argument(help: "The name of the program.") var name: String
        @Option(help: "read (default): requests that change nothing; or everything.") var scope: APITokenScope = .read
        @Option(
            help: ArgumentHelp(
                "A connection that the token may see; may be repeated. Without it, all of them.", valueName: "alias"))
        var connection: [String] = []
        @Option(
            help: ArgumentHelp(
                "When the token expires: 1d to \(APITokens.longestLifetime)d, from now.", valueName: "lifetime"),
            transform: Lifetime.init(argument:))
        var expires = Lifetime(days: APITokens.standardLifetime)
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let view = try await world.service(store).apiTokens.add(
                name, scope: scope, connections: connection.isEmpty ? nil : connection, days: expires.days,
                as: world.principal)
            try world.output.show(view) { [view.token] }
            world.output.say(
                "The token \(view.name) expires at \(view.expiresAt.ISO8601Format()). It is not shown again.")
            return .done
        }
    }

    struct List: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            abstract: "List the tokens without their secrets.",
            discussion: Help.text(examples: ["aprity api-token list", "aprity api-token list --json"]))

        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let tokens = try await world.service(store).apiTokens.all(as: world.principal)
            try world.output.show(tokens.shown) {
                guard !tokens.shown.isEmpty else { return ["There is no API token."] }
                return Columns.lines(
                    ["NAME", "ID", "SCOPE", "CONNECTIONS", "EXPIRES", "LAST USED"],
                    tokens.shown.map { token in
                        [
                            token.name, token.id, token.scope.rawValue,
                            token.connections.map { $0.isEmpty ? "none" : $0.joined(separator: ",") } ?? "all",
                            token.expiresAt.ISO8601Format() + (token.isExpired ? " (expired)" : ""),
                            token.lastUsedAt?.ISO8601Format() ?? "never",
                        ]
                    })
            }
            for id in tokens.altered {
                world.output.warn("The token \(TerminalText.safe(id)) was altered outside aprity and is not accepted.")
            }
            return .done
        }
    }

    struct Revoke: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a token at once.",
            discussion: Help.text(
                "Takes the token's name, or the id that `aprity api-token list` shows.",
                examples: ["aprity api-token revoke dashboard", "aprity api-token revoke 1f2e3d4c5b6a7988"]))

        @Argument(help: "The token's name or id.") var name: String
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            try await world.service(store).apiTokens.revoke(name, as: world.principal)
            try world.output.show(RemovedView(removed: name)) { ["Revoked \(TerminalText.safe(name))."] }
            return .done
        }
    }
}

/// A number of days, written as `90d`.
struct Lifetime: CustomStringConvertible {
    let days: Int

    init(days: Int) { self.days = days }

    /// - Throws: `ValidationError` if the text does not have this form.
    init(argument: String) throws {
        guard argument.hasSuffix("d"), let days = Int(argument.dropLast()), days > 0 else {
            throw ValidationError(
                "'\(argument)' is not a lifetime. Write 1d to \(APITokens.longestLifetime)d, for example 90d.")
        }
        self.days = days
    }

    var description: String { "\(days)d" }
}

extension APITokenScope: ExpressibleByArgument {}
