internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

struct ClientCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client", abstract: "Add, list, show and revoke the tools that read metadata through the gateway.",
        discussion: Help.text(
            """
            A client gets a handle in place of a Salesforce token. Tools use it with the address of the gateway \
            (`aprity serve --gateway-port 7415`), and can only read.
            """,
            examples: [
                "aprity client add acme --name ci --expires 30d", "aprity client list", "aprity client revoke acme ci",
            ]),
        subcommands: [Add.self, List.self, Show.self, Revoke.self])

    struct Add: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a client, and print its handle once.",
            discussion: Help.text(
                "The handle is the only text on stdout. aprity stores only its hash.",
                examples: [
                    "aprity client add acme --name ci --expires 30d",
                    "aprity client add acme --name docs --expires 8h --types CustomObject,Layout --objects EntityDefinition "
                        + "--calls-per-hour 500 --address 192.0.2.0/24",
                ]))

        @Argument(help: "The connection's name.") var alias: String
        @Option(help: "The name of the client.") var name: String
        @Option(
            help: ArgumentHelp("When the handle expires: 1m to 366d, from now.", valueName: "lifetime"),
            transform: HandleLifetime.init(argument:))
        var expires: HandleLifetime
        @OptionGroup var rights: RightsOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let new = NewClient(
                name: name, lifetime: expires.seconds, rights: rights.rights)
            let view = try await world.service(store).clients.add(new, to: alias, as: world.principal)
            try world.output.show(view) { [view.handle] }
            world.output.say(
                "The handle of \(view.name) expires at \(view.expiresAt.ISO8601Format()). It is not shown again.")
            return .done
        }
    }

    struct List: AprityCommand {
        static let onlyReads = true
        static let configuration = CommandConfiguration(
            abstract: "List the clients without their handles.",
            discussion: Help.text(examples: ["aprity client list", "aprity client list acme --json"]))

        @Argument(help: "The connection's name; without it, all connections.") var alias: String?
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let clients = try await world.service(store).clients.all(of: alias, as: world.principal)
            try world.output.show(clients.shown) {
                guard !clients.shown.isEmpty else { return ["There is no client."] }
                return Columns.lines(
                    ["CONNECTION", "NAME", "EXPIRES", "LAST USED", "CALLS TODAY", "REFUSED"],
                    clients.shown.map { client in
                        [
                            client.connection, client.name,
                            client.expiresAt.ISO8601Format() + (client.isExpired ? " (expired)" : ""),
                            client.lastUsedAt?.ISO8601Format() ?? "never", String(client.callsInLastDay),
                            String(client.refusals),
                        ]
                    })
            }
            for id in clients.altered {
                world.output.warn("The client \(TerminalText.safe(id)) was altered outside aprity and is not accepted.")
            }
            return .done
        }
    }

    struct Show: AprityCommand {
        static let onlyReads = true
        static let configuration = CommandConfiguration(
            abstract: "Show what a client may read, and what it did.",
            discussion: Help.text(examples: ["aprity client show acme ci", "aprity client show acme ci --json"]))

        @Argument(help: "The connection's name.") var alias: String
        @Argument(help: "The client's name.") var name: String
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let client = try await world.service(store).clients.named(name, of: alias, as: world.principal)
            try world.output.show(client) { Self.lines(client) }
            return .done
        }

        private static func lines(_ client: ClientView) -> [String] {
            func used(_ calls: Int, of limit: Int?) -> String { "\(calls)" + (limit.map { " of \($0)" } ?? "") }
            return [
                "Name:             \(client.name)", "Connection:       \(client.connection)",
                "Id:               \(client.id)",
                "Expires:          \(client.expiresAt.ISO8601Format())" + (client.isExpired ? " (expired)" : ""),
                "Types:            \(client.types?.joined(separator: ", ") ?? "all without secrets")",
                "Objects:          \(client.objects?.joined(separator: ", ") ?? "all that clients may query")",
                "Addresses:        \(client.addresses.isEmpty ? "any" : client.addresses.joined(separator: ", "))",
                "Calls this hour:  \(used(client.callsInLastHour, of: client.callsPerHour))",
                "Calls this day:   \(used(client.callsInLastDay, of: client.callsPerDay))",
                client.trustPolicy.map { "Trust policy:     \($0)" },
                "Last used:        "
                    + (client.lastUsedAt.map {
                        "\($0.ISO8601Format()) from \(client.lastUsedFrom ?? "an unknown address")"
                    }
                        ?? "never"),
                "Refused calls:    \(client.refusals)"
                    + (client.lastRefusedAt.map { ", the latest at \($0.ISO8601Format())" } ?? ""),
            ].compactMap(\.self)
        }
    }

    struct Revoke: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a client's handle at once.",
            discussion: Help.text(
                "Takes the client's name, or the id that `aprity client list --json` shows.",
                examples: ["aprity client revoke acme ci"]))

        @Argument(help: "The connection's name.") var alias: String
        @Argument(help: "The client's name or id.") var name: String
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            try await world.service(store).clients.revoke(name, of: alias, as: world.principal)
            try world.output.show(RemovedView(removed: name)) { ["Revoked \(TerminalText.safe(name))."] }
            return .done
        }
    }
}

/// What a client may read, how often, and from where.
struct RightsOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The metadata types that it may read, separated by commas. Without it, all that have no secrets.",
            valueName: "types"))
    var types: String?
    @Option(
        help: ArgumentHelp(
            "The objects that it may query, separated by commas. Without it, all that clients may query.",
            valueName: "objects"))
    var objects: String?
    @Option(help: ArgumentHelp("The most calls in an hour.", valueName: "number")) var callsPerHour: Int?
    @Option(help: ArgumentHelp("The most calls in a day.", valueName: "number")) var callsPerDay: Int?
    @Option(
        help: ArgumentHelp(
            "An IP address or network from which the handle is accepted; may be repeated. Without it, any.",
            valueName: "address"))
    var address: [String] = []

    var rights: ClientRights {
        ClientRights(
            types: Self.names(types), objects: Self.names(objects), callsPerHour: callsPerHour,
            callsPerDay: callsPerDay, addresses: address)
    }

    private static func names(_ text: String?) -> [String]? {
        text?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}

/// How long a handle is valid, written as `30d`, `8h` or `15m`.
struct HandleLifetime {
    let seconds: Int

    /// - Throws: `ValidationError` if the text does not have this form.
    init(argument: String) throws {
        guard let seconds = WrittenDuration(argument)?.seconds, NewClient.lifetimes.contains(seconds) else {
            throw ValidationError("'\(argument)' is not a lifetime. Write 1m to 366d, for example 30d or 8h.")
        }
        self.seconds = seconds
    }
}
