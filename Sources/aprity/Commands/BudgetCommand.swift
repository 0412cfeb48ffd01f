internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

struct BudgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "budget", abstract: "Show and set how many sign-ins aprity may use per hour.",
        discussion: Help.text(
            "Salesforce allows a user 3,600 sign-ins an hour. Failed ones and those of other programs count too.",
            examples: ["aprity budget acme", "aprity budget set acme --per-hour 600 --reserve 60"]),
        subcommands: [Show.self, Set.self], defaultSubcommand: Show.self)

    struct Show: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show the sign-ins of a connection's user in the last hour.",
            discussion: Help.text(
                "Reads the store only.", examples: ["aprity budget acme", "aprity budget show acme --json"]))

        @Argument(help: "The connection's name.") var alias: String
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let view = try await world.service(store).tokens.budget(of: alias, as: world.principal)
            try world.output.show(view) { BudgetText.lines(view) }
            return .done
        }
    }

    struct Set: AprityCommand {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Set how many of a user's sign-ins aprity may use.",
            discussion: Help.text(
                examples: ["aprity budget set acme --per-hour 600", "aprity budget set acme --reserve 900"]))

        @Argument(help: "The connection's name.") var alias: String
        @Option(help: "Sign-ins of the user per hour, 1 to 3600 (Salesforce's limit).") var perHour: Int?
        @Option(help: "How many of these aprity leaves to other programs that sign in as this user.") var reserve: Int?
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let view = try await world.service(store).tokens.setBudget(
                of: alias, perHour: perHour, reserve: reserve, as: world.principal)
            try world.output.show(view) { BudgetText.lines(view) }
            return .done
        }
    }
}

/// Formats a budget as text.
enum BudgetText {
    static func lines(_ view: BudgetView) -> [String] {
        var lines = [
            "Sign-ins within the last hour as \(TerminalText.safe(view.username)) at \(TerminalText.safe(view.organization)):"
        ]
        for share in view.shares { lines.append("  \(share.purpose.rawValue): \(share.used) of \(share.limit)") }
        let others = view.others.map { "\($0.signIns), as of \($0.measuredAt.ISO8601Format())" } ?? "unknown"
        lines.append("  other programs, from the org's Login History: \(others)")
        lines.append("  left to other programs: \(view.reserve) of \(view.perHour)")
        let way =
            view.egress == "direct"
            ? "connecting directly" : "through the proxy \(TerminalText.safe(view.egress))"
        lines.append(
            "Refused in the last ten minutes, \(way): \(view.refusedLately) of \(view.endedLately) sign-ins.")
        if let because = view.because { lines.append(TerminalText.safe(because)) }
        return lines
    }
}
