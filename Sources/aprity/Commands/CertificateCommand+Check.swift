internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

extension CertificateCommand {
    struct Check: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            abstract: "Tell which certificates end soon. Asks the store only.",
            discussion: Help.text(
                """
                Ends with 1 where a certificate has fewer days left than --warn, or where notices cannot be sent. With \
                --nagios: one line with performance data, and 0 ok, 1 warning, 2 critical, 3 unknown, whatever happens.
                """,
                examples: [
                    "aprity certificate check --all", "aprity certificate check acme --warn 45 --critical 14 --nagios",
                ]))

        @Argument(help: "The connection's name.") var alias: String?
        @Flag(help: "Every connection, and the channels of notices too.") var all = false
        @Option(help: ArgumentHelp("Warn where fewer days are left.", valueName: "days"))
        var warn = ExpiryThresholds.standardWarn
        @Option(help: ArgumentHelp("Critical where fewer days are left.", valueName: "days"))
        var critical = ExpiryThresholds.standardCritical
        @Flag(help: "As a plugin of Nagios, Icinga and their like.") var nagios = false
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            guard all == (alias == nil) else {
                throw ConnectedAppError(.usage, detail: "Give a connection's name, or --all.")
            }
            let view = try await world.service(store).checkCertificates(
                of: alias, ExpiryThresholds(warn: warn, critical: critical),
                channels: all ? world.noticeChannels() : [], as: world.principal)
            if nagios { throw NagiosEnd(NagiosLine(view)) }
            try world.output.show(view) {
                Columns.lines(
                    ["CONNECTION", "STATE", "DAYS LEFT", "VALID UNTIL", "ROTATION"],
                    view.certificates.map { entry in
                        [
                            entry.connection, entry.outcome.rawValue, String(entry.daysLeft),
                            entry.notAfter.ISO8601Format(), entry.isRotationDue ? "due" : entry.rotation,
                        ]
                    })
            }
            view.warnings.forEach(world.output.warn)
            return view.outcome == .ok ? .done : .refused
        }
    }
}

/// What a plugin of Nagios answers: one line and a status ("Monitoring Plugins Development Guidelines").
struct NagiosLine: Equatable {
    enum State: Int32 {
        case ok = 0
        case warning, critical, unknown

        var word: String { "\(self)".uppercased() }
    }

    let state: State
    let text: String

    init(_ state: State, _ text: String) {
        self.state = state
        // The bar begins performance data.
        self.text = "CERTIFICATE \(state.word) - " + TerminalText.safe(text).replacing("|", with: "/")
    }

    init(_ view: CertificateCheckView) {
        guard !view.certificates.isEmpty else {
            self.init(.unknown, "there is no connection")
            return
        }
        let bad = view.certificates.filter { $0.outcome != .ok }.sorted { $0.leftSeconds < $1.leftSeconds }
        let state: State =
            switch view.outcome {
            case .ok: .ok
            case .warning: .warning
            case .critical: .critical
            }
        var parts = bad.prefix(5).map { "\($0.connection) " + Self.words($0) }
        if bad.count > 5 { parts.append("\(bad.count - 5) more") }
        let good = view.certificates.count - bad.count
        if let first = view.certificates.min(by: { $0.leftSeconds < $1.leftSeconds }), bad.isEmpty {
            parts.append("\(good) ok, the first is \(first.connection): \(Self.words(first))")
        } else if good > 0 {
            parts.append("\(good) ok")
        }
        self = NagiosLine(state, (parts + view.warnings).joined(separator: "; "))
            .with(
                view.certificates.map {
                    "'\($0.connection)'=\($0.daysLeft);\(view.warnDays):;\(view.criticalDays):"
                }.joined(separator: " "))
    }

    private init(state: State, line: String) {
        self.state = state
        text = line
    }

    private func with(_ performance: String) -> NagiosLine {
        NagiosLine(state: state, line: text + " | " + performance)
    }

    private static func words(_ entry: CertificateCheckView.Entry) -> String {
        if entry.leftSeconds <= 0 { return "ended on \(entry.notAfter.ISO8601Format().prefix(10))" }
        return entry.daysLeft == 1 ? "1 day left" : "\(entry.daysLeft) days left"
    }
}

/// Ends a run with a status that is not one of ours.
struct NagiosEnd: Error {
    let line: NagiosLine

    init(_ line: NagiosLine) { self.line = line }

    /// Whether a run's arguments ask for it, so that whatever goes wrong is told in the same way.
    static func isAskedFor(by arguments: [String]) -> Bool {
        arguments.prefix(2) == ["certificate", "check"] && arguments.contains("--nagios")
            && !arguments.contains { $0 == "--help" || $0 == "-h" }
    }
}
