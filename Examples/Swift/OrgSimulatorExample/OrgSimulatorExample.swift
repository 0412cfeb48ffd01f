import Foundation
import Logging
import OrgSimulator
import ServiceLifecycle

/// Runs an embedded org, as a test of your own JWT Bearer code would: on free ports, with TLS, and with a proxy that
/// routes requests for Salesforce's own host names to it.
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
        let (ready, report) = AsyncStream.makeStream(of: SimulatorAddresses.self)
        do {
            let org = try SimulatedOrgService(
                configuration: configuration, logger: logger, onReady: { report.yield($0) })
            let group = ServiceGroup(
                configuration: .init(
                    services: [
                        .init(service: org),
                        // When this service ends, the group stops the org. In a test, the test's body would be in its
                        // place.
                        .init(
                            service: Visitor(ready: ready, folder: folder),
                            successTerminationBehavior: .gracefullyShutdownGroup),
                    ],
                    logger: logger))
            try await group.run()
        } catch let error as SimulatorStartError {
            print("The org did not start: \(error)")
        }
        try FileManager.default.removeItem(at: folder)
    }
}

/// A placeholder for the code to test. It prints the addresses that this code needs.
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
