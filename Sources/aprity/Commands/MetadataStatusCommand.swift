internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

extension MetadataCommand {
    struct Status: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            abstract: "Show the pulls that `aprity serve` makes by itself.",
            discussion: Help.text(
                """
                Reads the store only. `aprity connection set --pull-every` sets how often the metadata is pulled.
                """,
                examples: ["aprity metadata status acme", "aprity metadata status acme --json"]))

        @Argument(help: "The connection's name.") var alias: String
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let view = try await world.service(store).pulls.status(of: alias, as: world.principal)
            try world.output.show(view) { PullStatusText.lines(view) }
            return .done
        }
    }
}

/// Formats the pulls that aprity makes by itself as text.
enum PullStatusText {
    static func lines(_ view: PullStatusView) -> [String] {
        var rows = [
            ("Connection", view.connection), ("Pulls every", view.every?.description ?? "off"), ("Folder", view.folder),
            ("State", view.state.rawValue),
        ]
        if let pause = view.pausedBecause { rows.append(("Pauses", text(pause, view.connection))) }
        if let progress = view.progress {
            rows.append(("", "\(progress.entries) of \(progress.of) entries of package.xml delivered"))
        }
        rows.append(("Latest pull", latest(view)))
        if let problem = view.problem { rows += [("Failed", problem.detail), ("", problem.remedy)] }
        if let nextAt = view.nextAt { rows.append(("Next pull", nextAt.ISO8601Format())) }
        guard let result = view.result else { return Pairs.lines(rows) }
        rows.append(("Complete pull", result.startedAt.ISO8601Format()))
        rows.append(
            ("Delivered", "\(result.delivered) of \(result.listed) components, in \(result.files) files"))
        rows.append(("Left out", "\(result.leftOut), \(result.newlyLeftOut) of them new"))
        if result.since != nil {
            rows.append(("Changes", "\(result.added) added, \(result.changed) changed, \(result.removed) removed"))
        }
        rows += result.keptAside.map { ("Kept aside", $0) }
        rows.append(("API calls", "\(result.apiCalls)"))
        return Pairs.lines(rows)
    }

    private static func text(_ pause: PullStatusView.Pause, _ alias: String) -> String {
        switch pause {
        case .blocked: "the app is blocked in aprity"
        case .consumerKeyMissing: "the Consumer Key is not set yet"
        case .notSignedIn: "aprity has never signed in; test the connection: aprity test \(alias)"
        }
    }

    private static func latest(_ view: PullStatusView) -> String {
        guard let startedAt = view.startedAt else { return "none yet" }
        guard let endedAt = view.endedAt else {
            return "began \(startedAt.ISO8601Format())" + (view.state == .running ? "" : ", interrupted")
        }
        return "\(startedAt.ISO8601Format()) to \(endedAt.ISO8601Format())"
    }
}
