internal import AsyncHTTPClient
public import CryptoExtras
internal import Foundation
public import JWTBearer
internal import Logging
internal import NIOCore
internal import OrgSimulator

/// An embedded org that runs while an example needs it, with an app that is set up as an administrator would do it.
///
/// Your own program uses a real org instead, an app in its Setup, and a key from a file.
public struct ExampleOrg: Sendable {
    /// The org's login URL: scheme, host and port.
    public let url: String
    public let username = "integration@harbour-bikes.example"
    public let consumerKey: String
    /// The private key for the certificate in the app.
    public let key: _RSA.Signing.PrivateKey
    public let transport: any HTTPTransport

    /// The path of the org's metadata: an SFDX project beside the examples.
    private static let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "harbour-bikes").path

    /// Starts an org, runs the body, stops the org, and returns what the body returned.
    ///
    /// - Throws: The errors of the body; ``ExampleFailure`` if the org ends early.
    public static func run<Value: Sendable>(
        _ body: @escaping @Sendable (ExampleOrg) async throws -> Value
    ) async throws -> Value {
        var configuration = SimulatorConfiguration()
        configuration.port = 0
        configuration.managementPort = 0
        configuration.sourceDirectory = source
        let (started, report) = AsyncStream.makeStream(of: SimulatorAddresses.self)
        let service = try SimulatedOrgService(
            configuration: configuration, logger: .quiet, onReady: { report.yield($0) })
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                defer { report.finish() }
                try await service.run()
                return nil
            }
            group.addTask {
                for await addresses in started {
                    return try await ExampleTransport.withTransport { transport in
                        try await body(ExampleOrg(at: addresses, transport))
                    }
                }
                return nil
            }
            while let value = try await group.next() {
                guard let value else { continue }
                group.cancelAll()
                return value
            }
            throw ExampleFailure(description: "The embedded org ended before the example was complete.")
        }
    }

    private init(at addresses: SimulatorAddresses, _ transport: ExampleTransport) async throws {
        key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        url = addresses.url
        self.transport = transport
        let app: [String: Any] = [
            "name": "Example", "certificatePEM": try key.selfSignedCertificate(), "scopes": ["Api", "RefreshToken"],
            "permittedUsers": "adminApprovedPreAuthorized", "permissionSets": ["Aprity_Integration"],
        ]
        let patch: [String: Any] = [
            "switches": ["propagation": "instant"], "orgs": [["name": "Harbour Bikes", "apps": [app]]],
        ]
        let state = try await transport.patch(addresses.managementURL + "/state", patch)
        let orgs = state["orgs"] as? [[String: Any]] ?? []
        let apps = orgs.first?["apps"] as? [[String: Any]] ?? []
        guard let consumerKey = apps.first(where: { $0["name"] as? String == "Example" })?["consumerKey"] as? String
        else {
            throw ExampleFailure(description: "The embedded org did not create the app.")
        }
        self.consumerKey = consumerKey
    }
}

/// The reason why an example cannot continue.
public struct ExampleFailure: Error, CustomStringConvertible {
    public let description: String

    public init(description: String) { self.description = description }
}

extension Logger {
    fileprivate static var quiet: Logger {
        var logger = Logger(label: "org")
        logger.logLevel = .critical
        return logger
    }
}
