internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

extension CertificateCommand {
    struct Check: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            abstract: "Check which certificates expire soon. Reads the store only.",
            discussion: Help.text(
                """
                Exits with 1 if a certificate has fewer days left than --warn or, with --all, if notices cannot be \
                sent. With --nagios, prints one line with performance data and always exits with 0 (ok), 1 (warning), \
                2 (critical) or 3 (unknown).
                """,
                examples: [
                    "aprity certificate check --all", "aprity certificate check acme --warn 45 --critical 14 --nagios",
                ]))

        @Argument(help: "The connection's name.") var alias: String?
        @Flag(help: "Every connection, and the notice channels.") var all = false
        @Option(help: ArgumentHelp("Warn if fewer days are left.", valueName: "days"))
        var warn = ExpiryThresholds.standardWarn
        @Option(help: ArgumentHelp("Critical if fewer days are left.", valueName: "days"))
        var critical = ExpiryThresholds.standardCritical
        @Flag(help: "Act as a plugin of Nagios, Icinga and compatible monitors.") var nagios = false
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        var form: OutputForm {
            if nagios { return .nagios }
            return common.json ? .json : .text
        }

        func perform(_ world: World) async throws -> ExitStatus {
            guard all == (alias == nil) else {
                throw ConnectedAppError(.usage, detail: "Give a connection's name, or --all.")
            }
            let view = try await world.service(store).notices.checkCertificates(
                of: alias, ExpiryThresholds(warn: warn, critical: critical),
                channels: all ? world.noticeChannels() : [], as: world.principal)
            if nagios { throw NagiosEnd(NagiosLine(view)) }
            try world.output.show(view) {
                Columns.lines(
                    ["CONNECTION", "STATE", "DAYS LEFT", "VALID UNTIL", "ROTATION"],
                    view.certificates.map { entry in
                        [
                            entry.connection, entry.outcome.rawValue, String(entry.daysLeft),
                            entry.notAfter.ISO8601Format(), entry.isRotationDue ? "due" : entry.rotation.rawValue,
                        ]
                    })
            }
            view.warnings.forEach(world.output.warn)
            return view.outcome == .ok ? .done : .refused
        }
    }
}
