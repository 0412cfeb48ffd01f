internal import ArgumentParser
internal import ConnectedApp
internal import Logging
internal import OrgSimulator
internal import ServiceLifecycle

struct SimulatorCommand: AprityCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulator", abstract: "Run the embedded org, which imitates Salesforce.",
        discussion: Help.text(
            """
            The embedded org verifies real assertions and serves the metadata of a folder (SFDX or MDAPI source). It \
            listens on http://127.0.0.1:7412 (--port). Its management API on http://127.0.0.1:7413 (--management-port) \
            configures and inspects it. Both are reachable from this machine only.
            """,
            examples: [
                "aprity simulator --source my-sfdx-project",
                "aprity simulator --port 0 --management-port 0 --speed 60",
            ]))

    @Option(help: "The org's port; 0 picks a free one.") var port = 7412
    @Option(help: "The port of the management API; 0 picks a free one.") var managementPort = 7413
    @Option(help: ArgumentHelp("A state document to load at the start.", valueName: "file")) var seed: String?
    @Option(help: ArgumentHelp("The folder with the org's metadata.", valueName: "dir")) var source: String?
    @Option(help: ArgumentHelp("Seconds of org time per real second.", valueName: "factor")) var speed: Double?
    @Option(help: ArgumentHelp("The seed for all random choices.", valueName: "number")) var randomSeed: UInt64?
    @Option(help: ArgumentHelp("Serve HTTPS with this certificate; needs --tls-key.", valueName: "pem"))
    var tlsCertificate: String?
    @Option(help: ArgumentHelp("The private key of --tls-certificate.", valueName: "pem")) var tlsKey: String?
    @Option(
        help: ArgumentHelp(
            "Serve HTTPS with a certificate authority in this folder, created if missing.", valueName: "dir"))
    var makeCA: String?
    @Option(
        help: ArgumentHelp(
            "The port of a CONNECT proxy to the org; needs HTTPS; 0 picks a free one.", valueName: "port"))
    var proxyPort: Int?
    @Flag(help: "Inject a mild mixture of faults.") var adverse = false
    @OptionGroup var common: CommonOptions

    func perform(_ world: World) async throws -> ExitStatus {
        var configuration = SimulatorConfiguration()
        configuration.port = port
        configuration.managementPort = managementPort
        try InputFile.checkStandardInputIsOnce([
            ("--seed", seed), ("--tls-certificate", tlsCertificate), ("--tls-key", tlsKey),
        ])
        configuration.seed = try seed.map {
            try InputFile($0).read(atMost: SimulatorConfiguration.largestSeed)
        }
        configuration.sourceDirectory = source
        configuration.speed = speed
        configuration.randomSeed = randomSeed
        // The org rejects any other combination of these options, so the files need not be read.
        let isComplete = makeCA == nil && tlsCertificate != nil && tlsKey != nil
        let read = { (path: String) in try isComplete ? InputFile(path).read(atMost: 1 << 20) : [] }
        configuration.tlsCertificate = try tlsCertificate.map(read)
        configuration.tlsKey = try tlsKey.map(read)
        configuration.certificateFolder = makeCA
        configuration.proxyPort = proxyPort
        configuration.adverse = adverse
        let output = world.output
        _ = try World.rehearsal.get()
        do {
            let logger = ServerProcess.logger("aprity.simulator")
            let simulator = try SimulatedOrgService(
                configuration: configuration, logger: logger, wallTime: World.surroundings.now,
                onReady: { addresses in
                    ServerProcess.ready(
                        ServerProcess.Ready(
                            url: addresses.url, managementURL: addresses.managementURL, proxyURL: addresses.proxyURL),
                        output)
                })
            try await ServerProcess.run(simulator, logger)
        } catch let error as SimulatorStartError {
            throw ConnectedAppError(Self.cause(error), detail: Self.detail(error), remedy: Self.remedy(error))
        }
        return .done
    }

    private static func cause(_ error: SimulatorStartError) -> Cause {
        switch error.cause {
        case .sourceMissing: .fileMissing
        case .seedRejected, .sourceRejected, .tlsUnusable: .inputMalformed
        case .tlsIncomplete, .portOutOfRange: .usage
        case .certificateFolder: .outputCannotBeCreated
        case .portTaken: .portTaken
        }
    }

    private static func detail(_ error: SimulatorStartError) -> String {
        switch error.cause {
        case .sourceMissing, .sourceRejected: "--source: \(error.description)."
        case .portOutOfRange(let port): "\(option(port)): \(error.description)"
        case .seedRejected, .tlsIncomplete, .tlsUnusable, .certificateFolder, .portTaken: error.description
        }
    }

    /// Returns a more specific remedy; `nil` if that of the cause is good enough.
    private static func remedy(_ error: SimulatorStartError) -> String? {
        switch error.cause {
        case .sourceMissing: "Give the folder of an SFDX project, a source folder, or a package with its package.xml."
        case .sourceRejected: "Repair the folder, give another one, or leave out --source."
        case .tlsUnusable: "Give the certificate with its chain, and its private key, both in unencrypted PEM."
        case .portTaken(let port): "Choose another port with \(option(port)); 0 picks a free one."
        case .portOutOfRange(let port): "Correct \(option(port))."
        case .seedRejected, .tlsIncomplete, .certificateFolder: nil
        }
    }

    private static func option(_ port: SimulatorPort) -> String {
        switch port {
        case .org: "--port"
        case .management: "--management-port"
        case .proxy: "--proxy-port"
        }
    }
}
