public import ArgumentParser
public import ConnectedApp
internal import Foundation

struct AppCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "app",
        abstract: "Set up a connection's app in Salesforce, and check that it is as approved.",
        discussion: Help.text(
            examples: ["aprity app guide acme --task preauthorize", "aprity app check acme"]),
        subcommands: [Guide.self, Check.self, Bundle.self])

    struct Guide: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            commandName: "guide", abstract: "Show the steps of a task in Salesforce Setup.",
            discussion: Help.text(
                """
                Salesforce changes its pages with each release, and these labels are not confirmed on a real org. \
                Reads the store only.
                """,
                examples: ["aprity app guide acme --task create", "aprity app guide acme --task consumer-key"]))

        @Argument(help: "The connection's name.") var alias: String
        @Option(help: ArgumentHelp("The task; without it, lists all tasks.", valueName: "task"))
        var task: SetupTask?
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let service = try await world.service(store)
            if let task {
                let view = try await service.guides.guide(task, for: alias, as: world.principal)
                try world.output.show(view) { GuideText.lines(view) }
                return .done
            }
            let views = try await service.guides.all(for: alias, as: world.principal)
            try world.output.show(views) {
                Columns.lines(["TASK", "WHAT IT IS"], views.map { [$0.task.rawValue, $0.title] })
            }
            return .done
        }
    }

    struct Check: AprityCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Compare the app in the org with what was approved.",
            discussion: Help.text(
                """
                Reads the org with the rights of the connection's user. With --from, reads a folder that an admin \
                retrieved instead, so the user needs no further rights. Exits with 1 if a setting differs, if the key \
                can sign in as more than one user, or if no setting could be compared. A setting that cannot be read \
                is reported as unknown, never as passed. `aprity serve` checks every app once a day.
                """,
                examples: [
                    "aprity app check acme", "aprity app check acme --from ~/salesforce/force-app",
                    "aprity app check acme --approve",
                ]))

        @Argument(help: "The connection's name.") var alias: String
        @Option(help: ArgumentHelp("A folder that `sf project retrieve start` wrote.", valueName: "dir")) var from:
            String?
        @Flag(help: "Approve the present settings, including scopes and a policy that differ from the required ones.")
        var approve = false
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            try StandardOutput.rejectFolder(from, for: "--from")
            let view = try await world.service(store).appCheck.check(
                of: alias, folder: from, approving: approve, as: world.principal)
            try world.output.show(view) { AppCheckText.lines(view, world.output) }
            if let failure = view.failure {
                world.output.say("aprity: hint: " + ConnectedAppError(failure, connection: alias).remedy)
            }
            return view.outcome == .passes ? .done : .refused
        }
    }

    struct Bundle: AprityCommand {
        static let configuration = CommandConfiguration(
            commandName: "bundle", abstract: "Write a Salesforce DX project that creates the app by one deployment.",
            discussion: Help.text(
                """
                The project has the certificate, exactly two scopes, admin approval, and one permission set for one \
                user. Nothing is sent to the org: an admin or a pipeline deploys it. With --certificate-only, \
                only the certificate in the files that an admin retrieved is replaced: a deployment of new files would \
                reset every setting that they omit.
                """,
                examples: [
                    "aprity app bundle acme --out acme-app --contact-email me@acme.example",
                    "aprity app bundle acme --certificate-only --from retrieved --out patched",
                ]))

        @Argument(help: "The connection's name.") var alias: String
        @Option(help: ArgumentHelp("The folder to create.", valueName: "dir")) var out: String
        @Option(help: "The app's API name and label.") var appName = "aprity"
        @Option(help: "The contact address that Salesforce requires for the app; needed unless --certificate-only.")
        var contactEmail: String?
        @Option(
            help: ArgumentHelp(
                """
                A permission set for the app's list (default \(AppPermissionSet.integration.rawValue), for one user); \
                may be repeated. The key can sign in as every user who has one of them.
                """, valueName: "set")
        )
        var allowSet: [String] = []
        @Flag(help: "Patch only the certificate of the app retrieved into --from.") var certificateOnly = false
        @Option(help: ArgumentHelp("The folder that the admin retrieved.", valueName: "dir")) var from: String?
        @Option(help: "The form of the certificate in an External Client App's file: body (default) or pem.")
        var certificateEncoding = CertificateEncoding.body
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func validate() throws {
            guard certificateOnly == (from != nil) else {
                throw ValidationError("Give --certificate-only and --from together.")
            }
        }

        func perform(_ world: World) async throws -> ExitStatus {
            try StandardOutput.rejectFolder(out, for: "--out")
            try StandardOutput.rejectFolder(from, for: "--from")
            let service = try await world.service(store)
            let view = try await service.bundles.make(
                for: alias,
                BundleRequest(
                    appName: appName, contactEmail: contactEmail, allowedSets: allowSet.isEmpty ? nil : allowSet,
                    encoding: certificateEncoding, patching: from),
                as: world.principal)
            try service.bundles.write(view, to: out)
            try world.output.show(Written(view, folder: out)) {
                ["Wrote \(out):"] + view.files.keys.sorted().map { "  " + TerminalText.safe($0) } + [
                    "Certificate SHA-256 \(view.certificateSHA256).", "To deploy it, run in that folder:",
                    "  " + view.deployCommand,
                ]
            }
            for warning in view.warnings { world.output.warn(warning) }
            return .done
        }

        /// The JSON of `--json`. The names must not change.
        private struct Written: Encodable {
            let connection, folder, certificateSHA256, deployCommand: String
            let files, warnings: [String]

            init(_ view: BundleView, folder: String) {
                connection = view.connection
                self.folder = folder
                certificateSHA256 = view.certificateSHA256
                deployCommand = view.deployCommand
                files = view.files.keys.sorted()
                warnings = view.warnings
            }
        }
    }
}

extension SetupTask: ExpressibleByArgument {}
extension CertificateEncoding: ExpressibleByArgument {}

/// Formats the steps of a task as text.
enum GuideText {
    static func lines(_ view: GuideView) -> [String] {
        ["\(view.title) (\(view.appKind.label))"]
            + view.steps.enumerated().map { "  \($0.offset + 1). \(TerminalText.safe($0.element))" }
            + ["The labels are not confirmed on a real org. If one differs, look for the most similar one."]
    }
}

/// Formats an app check as text.
enum AppCheckText {
    static func lines(_ view: AppCheckView, _ output: Output) -> [String] {
        var lines = view.settings.filter { $0.outcome != .unknown }.map { line($0, output) }
        // Settings that are unknown for the same reason share one line.
        for (because, labels) in view.unread {
            let labels = labels.joined(separator: ", ")
            lines.append(output.coloured(word("unknown"), .dim) + "  \(labels): \(TerminalText.safe(because))")
        }
        lines.append(reach(view.reach, output))
        lines.append(output.coloured(view.headline, view.outcome.tone))
        return lines
    }

    private static func line(_ setting: AppCheckView.Setting, _ output: Output) -> String {
        let (word, colour): (String, Output.Colour) =
            switch setting.outcome {
            case .same: ("same", .green)
            case .differs: ("differs", .red)
            case .notCompared: ("not compared", .dim)
            case .unknown: ("unknown", .dim)
            }
        var text = output.coloured(self.word(word), colour) + "  " + setting.label + ": "
        switch setting.outcome {
        case .same, .notCompared, .unknown: text += shown(setting.found)
        case .differs: text += "\(shown(setting.found)) instead of \(shown(setting.approved))"
        }
        if let since = setting.firstSeenAt { text += "; first seen \(since.ISO8601Format())" }
        if let who = setting.changedBy {
            text += "; \(TerminalText.safe(who)) changed the app: \(TerminalText.safe(setting.change ?? ""))"
        }
        return text
    }

    /// Returns the first word of a line, as wide as the longest.
    private static func word(_ word: String) -> String { word.padding(toLength: 12, withPad: " ", startingAt: 0) }

    private static func shown(_ value: String?) -> String {
        guard let value, !value.isEmpty else { return "none" }
        return TerminalText.safe(value)
    }

    private static func reach(_ reach: AppCheckView.Reach, _ output: Output) -> String {
        guard let extent = reach.extent, let isRight = reach.isRight else {
            return output.coloured(word("unknown"), .dim) + "  Reach: " + TerminalText.safe(reach.because ?? "")
        }
        let names = reach.usernames.isEmpty ? "" : ": " + TerminalText.safe(reach.usernames.joined(separator: ", "))
        return output.coloured(word(isRight ? "same" : "differs"), isRight ? .green : .red)
            + "  Reach: the key \(TerminalText.safe(extent))\(names)"
    }
}
