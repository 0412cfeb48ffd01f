internal import ArgumentParser
package import ConnectedApp
internal import Foundation

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Show, export and verify the audit record.",
        discussion: Help.text(
            "The audit record says who did what, to which connection, when, and how it ended. It consists of numbered "
                + "entries.",
            examples: ["aprity audit list --connection acme", "aprity audit verify"]),
        subcommands: [List.self, Export.self, Verify.self])

    struct List: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Show the newest entries of the audit record, the newest first.",
            discussion: Help.text(
                examples: ["aprity audit list", "aprity audit list --connection acme --act tokenHandedOut --limit 20"]))

        @Option(help: "Only entries about this connection.") var connection: String?
        @Option(help: "Only entries of this act, such as signedIn.") var act: AuditEvent.Act?
        @Option(help: "The maximum number of entries, 1 to 100000 (default 50).") var limit = 50
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func validate() throws {
            guard (1...100_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 100000.") }
        }

        func perform(_ world: World) async throws -> ExitStatus {
            let views = try await world.service(store, for: .auditing).audit.records(
                connection: connection, act: act, limit: limit, as: world.principal)
            try world.output.show(views) {
                Columns.lines(
                    ["ENTRY", "TIME", "WHO", "ACT", "CONNECTION", "OUTCOME", "FACTS"],
                    views.map { view in
                        let facts = view.facts.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                        return [
                            String(view.number), view.time.ISO8601Format(), view.principal, view.act.rawValue,
                            view.connection ?? "", view.outcome, facts.joined(separator: " "),
                        ]
                    })
            }
            return .done
        }
    }

    struct Export: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Write every entry of the audit record, the oldest first, as a line of JSON each.",
            discussion: Help.text(
                "Each line contains the entry's place in its chain. `aprity audit verify` checks that none is missing.",
                examples: ["aprity audit export > audit.jsonl", "aprity audit export --out audit.jsonl"]))

        @Option(
            help: ArgumentHelp(
                "A new file, written completely or not at all (default: stdout, as for -).", valueName: "file"))
        var out: String?
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let file = out == "-" ? nil : out
            var content: [UInt8] = []
            try await world.service(store, for: .auditing).audit.export(as: world.principal) { portion in
                try Task.checkCancellation()
                let lines = try portion.map { try $0.line() + "\n" }.joined()
                if file == nil { world.output.data(lines) } else { content += Array(lines.utf8) }
            }
            if let file { try OutputFile.create(file, content: content, mode: 0o600) }
            return .done
        }
    }

    struct Verify: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            commandName: "verify", abstract: "Verify the audit record against the signed checkpoints.",
            discussion: Help.text(
                """
                Finds entries that were changed, removed, reordered or rolled back, and checkpoints that are forged or \
                missing. Exits with 1 if it finds any. Entries after the last checkpoint are not protected; it shows \
                how many there are.
                """,
                examples: [
                    "aprity audit verify",
                    "aprity audit verify --checkpoints /mnt/other/audit-checkpoints.jsonl --json",
                ]))

        @Option(help: ArgumentHelp("A file of checkpoints, such as a copy from another machine.", valueName: "file"))
        var checkpoints: String?
        @Option(help: ArgumentHelp("The key that signed them: 64 hexadecimal digits.", valueName: "hex"))
        var publicKey: String?
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let view = try await world.service(store, for: .auditing).audit.verify(
                file: checkpoints, publicKey: publicKey, as: world.principal)
            try world.output.show(view) {
                view.findings.map { world.output.coloured(TerminalText.safe($0.sentence), .red) } + [view.sentence]
            }
            return view.isIntact ? .done : .refused
        }
    }
}

extension AuditEvent.Act: ExpressibleByArgument {}
