import Foundation
import Logging
import OrgSimulator
import ServiceLifecycle

/// Runs an embedded org, as a test of JWT bearer code does: on free ports, with TLS and a proxy that leads Salesforce's own
/// names to it.
@main
struct OrgSimulatorExample {
    static func main() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        var configuration = SimulatorConfiguration()
        configuration.port = 0
        configuration.managementPort = 0
        configuration.proxyPort = 0
        configuration.certificateFolder = folder.path
        configuration.speed = 60
        configuration.randomSeed = 1
        var logger = Logger(label: "org")
        logger.logLevel = .critical
        // A service that is ready ends this program. In a test, the body of the test comes here.
        let (ready, report) = AsyncStream.makeStream(of: SimulatorAddresses.self)
        do {
            let org = try SimulatedOrgService(
                configuration: configuration, logger: logger, onReady: { report.yield($0) })
            let group = ServiceGroup(
                configuration: .init(
                    services: [
                        .init(service: org),
                        .init(
                            service: Visitor(ready: ready, folder: folder),
                            successTerminationBehavior: .gracefullyShutdownGroup),
                    ],
                    logger: logger))
            try await group.run()
        } catch let error as SimulatorStartError {
            print("The org does not start: \(error)")
        }
        try FileManager.default.removeItem(at: folder)
    }
}

/// Stands for the code that is tested.
private struct Visitor: Service {
    let ready: AsyncStream<SimulatorAddresses>
    let folder: URL

    func run() async throws {
        for await addresses in ready {
            print("The org: \(addresses.url)")
            print("Its management port: \(addresses.managementURL)")
            print("The proxy: \(addresses.proxyURL ?? "none")")
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            print("The authority's files: \(files.joined(separator: ", "))")
            return
        }
    }
}
