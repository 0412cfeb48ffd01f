internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

struct BudgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "budget", abstract: "Show and set how many sign-ins an hour aprity allows itself.",
        discussion: Help.text(
            "Salesforce allows a user 3,600 sign-ins an hour, failed ones too, whoever makes them.",
            examples: ["aprity budget acme", "aprity budget set acme --per-hour 600 --reserve 60"]),
        subcommands: [Show.self, Set.self], defaultSubcommand: Show.self)

    struct Show: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show how the hour of a connection's user stands.",
            discussion: Help.text(
                "Asks the store only.", examples: ["aprity budget acme", "aprity budget show acme --json"]))

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
            commandName: "set", abstract: "Set what aprity may use of a user's hour.",
            discussion: Help.text(
                examples: ["aprity budget set acme --per-hour 600", "aprity budget set acme --reserve 900"]))

        @Argument(help: "The connection's name.") var alias: String
        @Option(help: "Sign-ins that the user may make in an hour, 1 to 3600 (Salesforce's own limit).") var perHour:
            Int?
        @Option(help: "How many of those aprity leaves to others who sign in as this user.") var reserve: Int?
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

/// A budget for people.
enum BudgetText {
    static func lines(_ view: BudgetView) -> [String] {
        var lines = [
            "Sign-ins within the last hour as \(TerminalText.safe(view.username)) at \(TerminalText.safe(view.organization)):"
        ]
        for share in view.shares { lines.append("  \(share.purpose.rawValue): \(share.used) of \(share.limit)") }
        let others = view.others.map { "\($0.signIns), as of \($0.measuredAt.ISO8601Format())" } ?? "not known"
        lines.append("  others, by the org's Login History: \(others)")
        lines.append("  left to others: \(view.reserve) of \(view.perHour)")
        lines.append("Refused lately through \(view.egress): \(view.refusedLately) of \(view.endedLately).")
        if let because = view.because { lines.append(TerminalText.safe(because)) }
        return lines
    }
}
