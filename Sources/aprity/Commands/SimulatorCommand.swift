internal import ArgumentParser
internal import ConnectedApp
internal import Logging
internal import OrgSimulator
internal import ServiceLifecycle

struct SimulatorCommand: AprityCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulator", abstract: "Run the embedded org, which stands in for Salesforce.",
        discussion: Help.text(
            """
            It verifies assertions for real and serves the metadata of a folder (SFDX or MDAPI source). The org answers at \
            http://127.0.0.1:7412 (--port). The management API at http://127.0.0.1:7413 (--management-port) arranges and \
            inspects it. Only this machine reaches them.
            """,
            examples: [
                "aprity simulator --source my-sfdx-project",
                "aprity simulator --port 0 --management-port 0 --speed 60",
            ]))

    @Option(help: "The org's port; 0 picks a free one.") var port = 7412
    @Option(help: "The port of the management API; 0 picks a free one.") var managementPort = 7413
    @Option(help: ArgumentHelp("A state document to start with.", valueName: "file")) var seed: String?
    @Option(help: ArgumentHelp("The folder whose metadata the org holds.", valueName: "dir")) var source: String?
    @Option(help: ArgumentHelp("Seconds of org time for each second.", valueName: "factor")) var speed: Double?
    @Option(help: ArgumentHelp("Seed of every random choice.", valueName: "number")) var randomSeed: UInt64?
    @Option(help: ArgumentHelp("Speak HTTPS with this certificate.", valueName: "pem")) var tlsCertificate: String?
    @Option(help: ArgumentHelp("And with its key.", valueName: "pem")) var tlsKey: String?
    @Option(help: ArgumentHelp("Speak HTTPS by a certificate authority of this folder, made once.", valueName: "dir"))
    var makeCA: String?
    @Option(
        help: ArgumentHelp(
            "The port of a CONNECT proxy to the org, with HTTPS; 0 picks a free one.", valueName: "port"))
    var proxyPort: Int?
    @Flag(help: "Let a mild mixture of faults loose.") var adverse = false
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
        // The org refuses any other combination, and nothing is read for it.
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
        case .seedRefused, .sourceRefused, .tlsRefused: .inputMalformed
        case .tlsIncomplete: .usage
        case .certificateFolder: .outputCannotBeCreated
        case .portTaken: .portTaken
        }
    }

    private static func detail(_ error: SimulatorStartError) -> String {
        switch error.cause {
        case .sourceMissing, .sourceRefused: "--source: \(error.description)."
        case .seedRefused, .tlsIncomplete, .tlsRefused, .certificateFolder, .portTaken: error.description
        }
    }

    /// `nil`: the cause's own.
    private static func remedy(_ error: SimulatorStartError) -> String? {
        switch error.cause {
        case .sourceMissing: "Name the folder of an SFDX project, of source, or of a package with its package.xml."
        case .sourceRefused: "Mend the folder, name another one, or leave --source away."
        case .tlsRefused: "Give the certificate with its chain, and its private key, as PEM that is not encrypted."
        case .portTaken(.org): freePort("--port")
        case .portTaken(.management): freePort("--management-port")
        case .portTaken(.proxy): freePort("--proxy-port")
        case .seedRefused, .tlsIncomplete, .certificateFolder: nil
        }
    }

    private static func freePort(_ option: String) -> String {
        "Choose another one with \(option); 0 picks a free one."
    }
}
