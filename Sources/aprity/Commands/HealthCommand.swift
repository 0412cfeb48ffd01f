internal import ArgumentParser
internal import ConnectedApp
internal import ConnectedAppHTTP

/// Checks the server on this machine. Health probes run it inside the server's container: the server listens on the
/// loopback address only, so they cannot reach it from outside.
struct HealthCommand: AprityCommand {
    static let onlyReads = true

    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Check whether the server on this machine can sign.",
        discussion: Help.text(
            """
            For health probes of a container. Needs no home, no master key and no start token. Exits with 0 if the \
            server can sign (/readyz) or, with --live, if it answers at all (/livez).
            """,
            examples: ["aprity health", "aprity health --live", "aprity health --port 8080 --json"]))

    @Flag(help: "Check only whether the server answers, not whether it can sign.") var live = false
    @Option(help: "The server's port (else APRITY_PORT, else the configuration file's, else 7411).") var port: Int?
    @Flag(help: "The server has TLS of its own. Not needed if APRITY_TLS_CERTIFICATE_FILE says so.") var tls = false
    @OptionGroup var common: CommonOptions

    /// The JSON of `--json`. The names must not change.
    struct View: Encodable {
        let url: String
        let status: String
    }

    func perform(_ world: World) async throws -> ExitStatus {
        let port = try Settings.port(port, environment: world.environment)
        guard let number = UInt16(port.value), number > 0 else {
            throw ConnectedAppError(
                .usage, subject: port.source, detail: "The port is not a number from 1 to 65535.",
                remedy: "Correct \(port.source).")
        }
        let serving = try ServingSettings(environment: world.environment)
        let server = LocalServer(port: number, hasTLS: tls || !serving.tlsCertificateFile.value.isEmpty)
        let view = View(url: server.url, status: try await server.status(live ? .live : .ready))
        try world.output.show(view) { ["The server at \(view.url) is \(view.status)."] }
        return .done
    }
}
