internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

struct NotifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify", abstract: "List notices of certificate expiry, and send a test notice.",
        discussion: Help.text(
            """
            `aprity serve` sends notices by mail and webhook: 60, 30, 14, 7, 3, 1 and 0 days before expiry and the day \
            after it. `aprity config` shows the recipients.
            """,
            examples: ["aprity notify list", "aprity notify test"]),
        subcommands: [List.self, Test.self])

    struct List: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            abstract: "List the notices with their recipients and results.",
            discussion: Help.text(examples: ["aprity notify list", "aprity notify list --limit 10 --json"]))

        @Option(help: "How many of the newest notices to list, 1 to 1000.") var limit = 50
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            guard (1...1000).contains(limit) else {
                throw ConnectedAppError(.usage, detail: "--limit must be from 1 to 1000.")
            }
            let view = try await world.service(store).notices.view(
                over: world.noticeChannels(), limit: limit, as: world.principal)
            try world.output.show(view) { NoticeText.lines(view) }
            view.warnings.forEach(world.output.warn)
            return .done
        }
    }

    struct Test: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send a test notice on each channel, and show the results.",
            discussion: Help.text(
                "Exits with 1 if a receiver did not accept the notice.",
                examples: ["aprity notify test", "aprity notify test --json"]))

        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let views = try await world.service(store).notices.test(
                over: world.noticeChannels(), as: world.principal)
            try world.output.show(views) {
                Columns.lines(
                    ["CHANNEL", "TO", "RESULT"], views.map { [$0.channel.rawValue, $0.destination, $0.result] })
            }
            for remedy in Set(views.compactMap(\.remedy)).sorted() { world.output.say("aprity: hint: " + remedy) }
            return views.allSatisfy { $0.state == .sent } ? .done : .refused
        }
    }
}

/// Formats notices as text.
enum NoticeText {
    static func lines(_ view: NoticesView) -> [String] {
        let channels = view.channels.map { channel in
            [channel.channel.rawValue, channel.destination, channel.isFailing ? "failing" : "ok"]
        }
        var lines =
            channels.isEmpty
            ? ["No notice channel is configured."] : Columns.lines(["CHANNEL", "TO", "STATE"], channels)
        guard !view.notices.isEmpty else { return lines + ["", "No notice was sent yet."] }
        lines += [""]
        lines += Columns.lines(
            ["TIME", "ABOUT", "DAYS", "TO", "RESULT"],
            view.notices.map { notice in
                let about =
                    notice.connections.isEmpty ? notice.kind.rawValue : notice.connections.joined(separator: ",")
                return [
                    notice.lastAttemptAt.ISO8601Format(), about, notice.days.map(String.init) ?? "-",
                    notice.destination, notice.result,
                ]
            })
        return lines
    }
}
