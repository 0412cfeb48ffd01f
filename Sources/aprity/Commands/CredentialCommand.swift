internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

struct CredentialCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credential", abstract: "Replace a private key that somebody else may have.",
        discussion: Help.text(
            examples: [
                "aprity credential compromise acme --reason \"backup tape lost\"",
                "aprity credential compromise acme",
            ]), subcommands: [Compromise.self])

    struct Compromise: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Handle a compromised key: block the app, replace the key, then revoke tokens. Shows the next step.",
            discussion: Help.text(
                """
                Start with --reason: aprity stops the app at once and creates the next key. Then run the command again \
                after each step. Revoke the tokens last: while the org accepts the key, whoever has it can sign in \
                again. Exits with 0 if only `aprity unblock` is left to do, and with 75 before that.
                """,
                examples: [
                    "aprity credential compromise acme --reason \"laptop of the operator stolen\"",
                    "aprity credential compromise acme --uploaded --wait 1800",
                ]))

        @Argument(help: "The connection's name. The key belongs to its app, and so to every connection of that app.")
        var alias: String
        @Option(help: "The reason, for the audit record. Starts the procedure.") var reason: String?
        @Flag(help: "With --reason: use a second app for the next certificate.") var secondApp = false
        @Flag(help: "Confirm that the app is blocked in Salesforce.") var blockedInSalesforce = false
        @Flag(help: "Confirm that the next certificate was saved in the app.") var uploaded = false
        @Option(help: ArgumentHelp("With --uploaded: the second app's Consumer Key.", valueName: "key"))
        var consumerKey: String?
        @Flag(help: "Confirm that every token of the app was revoked in Salesforce.") var revokedInSalesforce = false
        @Flag(help: "Withdraw a false alarm. The block stays until `aprity unblock`.") var withdraw = false
        @Option(help: ArgumentHelp("Continue for at most this many seconds.", valueName: "seconds")) var wait: Int?
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func validate() throws {
            let facts = [blockedInSalesforce, uploaded, revokedInSalesforce, withdraw, reason != nil].filter { $0 }
            guard facts.count <= 1 else {
                throw ValidationError(
                    "Give one of --reason, --blocked-in-salesforce, --uploaded, --revoked-in-salesforce or --withdraw."
                )
            }
            guard !secondApp || reason != nil else { throw ValidationError("--second-app needs --reason.") }
            guard consumerKey == nil || uploaded else { throw ValidationError("--consumer-key needs --uploaded.") }
            guard wait.map({ (1...86_400).contains($0) }) ?? true else {
                throw ValidationError("--wait must be from 1 to 86400 seconds.")
            }
        }

        /// The JSON of `--json` for `--withdraw`. The names must not change.
        struct Withdrawn: Encodable {
            let connection: String
            let isWithdrawn = true
        }

        func perform(_ world: World) async throws -> ExitStatus {
            let service = try await world.open(store, for: .compromise).service
            if withdraw {
                try await service.blocks.withdrawCompromise(of: alias, as: world.principal)
                try world.output.show(Withdrawn(connection: alias)) {
                    ["Withdrawn. \(alias) stays blocked until `aprity unblock \(alias)\(store.flags)`."]
                }
                return .done
            }
            var view = try await begin(service, world)
            let clock = World.surroundings
            let end = clock.now().addingTimeInterval(TimeInterval(wait ?? 0))
            while !isAdminsTurn(view), clock.now() < end {
                try await clock.sleep(.seconds(5))
                view = try await service.blocks.continueCompromise(of: alias, as: world.principal)
            }
            let shown = view
            try world.output.show(shown) { CompromiseText.lines(shown, flags: store.flags, world.output) }
            shown.rotation.warnings.forEach(world.output.warn)
            return shown.isOver ? .done : .busy
        }

        /// Does what the options say; without any, takes the steps that are possible now.
        private func begin(_ service: AppService, _ world: World) async throws -> CompromiseView {
            if let reason {
                return try await service.blocks.reportCompromise(
                    of: alias, reason: reason, replacement: .init(inSecondApp: secondApp), as: world.principal)
            }
            if blockedInSalesforce {
                return try await service.blocks.confirm(.blockedInSalesforce, of: alias, as: world.principal)
            }
            if uploaded {
                return try await service.blocks.confirm(
                    .uploaded(consumerKey: consumerKey), of: alias, as: world.principal)
            }
            if revokedInSalesforce {
                return try await service.blocks.confirm(.revokedInSalesforce, of: alias, as: world.principal)
            }
            return try await service.blocks.continueCompromise(of: alias, as: world.principal)
        }

        /// Whether waiting is useless, because an admin has to do the next step or all steps are done.
        private func isAdminsTurn(_ view: CompromiseView) -> Bool {
            guard let step = view.steps.first(where: { $0.state == .now }) else { return true }
            return ![.blockedHere, .nextCertificate, .replaced, .knownTokensDead].contains(step.id)
        }
    }
}

/// Formats the steps after a compromised key as text.
enum CompromiseText {
    /// - Parameter flags: The store's options, for the commands that the text suggests.
    static func lines(_ view: CompromiseView, flags: String, _ output: Output) -> [String] {
        var lines = [
            "\(TerminalText.safe(view.connection)): its key was reported as compromised on "
                + "\(view.toldAt.ISO8601Format()): \(TerminalText.safe(view.reason))"
        ]
        for step in view.steps {
            let since = step.at.map { " (\($0.ISO8601Format()))" } ?? ""
            lines.append("  \(mark(step.state, output))  \(step.title)\(since)")
            guard step.state == .now else { continue }
            lines += step.clicks.enumerated().map { "           \($0.offset + 1). \(TerminalText.safe($0.element))" }
            if let command = step.command { lines.append("           then: \(command)\(flags)") }
        }
        if view.isOver { lines.append("Now: `aprity unblock \(TerminalText.safe(view.connection + flags))`.") }
        if view.steps.contains(where: { $0.id == .replaced && $0.state == .now }),
            let sentences = view.rotation.evidence.flatMap({ $0.sentences(on: view.rotation.otherRole) })
        {
            lines.append("Evidence so far: " + sentences)
        }
        return lines + ["Look for traces of an intruder:"]
            + view.evidence.map { "  - " + TerminalText.safe($0) }
    }

    private static func mark(_ state: CompromiseView.StepState, _ output: Output) -> String {
        switch state {
        case .done: output.coloured("done ", .green)
        case .now: output.coloured("now  ", .yellow)
        case .later: "later"
        }
    }
}
