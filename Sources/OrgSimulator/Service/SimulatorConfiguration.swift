/// How an embedded org is started.
public struct SimulatorConfiguration: Sendable {
    /// The address of the org's port. The management port is on 127.0.0.1, whatever stands here.
    public var hostname = "127.0.0.1"
    /// The org's port; 0 picks a free one.
    public var port = 7_412
    /// The management port; 0 picks a free one.
    public var managementPort = 7_413
    /// What a state document has at most, in bytes.
    public static let largestSeed = ManagementRouter.bodyLimit
    /// A state document to start with; nil: the org *Harbour Bikes*.
    public var seed: [UInt8]?
    /// The folder whose metadata the first org holds, where the seed names none.
    public var sourceDirectory: String?
    /// PEM for the org's port; with both the port speaks HTTPS.
    public var tlsCertificate: [UInt8]?
    public var tlsKey: [UInt8]?
    /// A folder with a certificate authority and a server certificate for Salesforce's names, made when there is none;
    /// in place of the two above.
    public var certificateFolder: String?
    /// The port of a CONNECT proxy on 127.0.0.1 that leads the orgs' own names to the org's port; 0 picks a free one, nil
    /// is none. The org's port has to speak HTTPS.
    public var proxyPort: Int?
    /// Seconds of org time for each second of wall time; nil: as the seed says.
    public var speed: Double?
    /// The seed of every random choice; nil: as the seed document says.
    public var randomSeed: UInt64?
    /// Turns the switch `adverse` on.
    public var adverse = false

    public init() {}
}

/// Where a running simulator listens.
public struct SimulatorAddresses: Sendable, Equatable {
    /// The first org: scheme, host and port.
    public let url: String
    public let managementURL: String
    /// The CONNECT proxy, where one was asked for.
    public let proxyURL: String?
}

/// The ports of a simulator.
public enum SimulatorPort: Sendable, CaseIterable {
    case org, management, proxy
}

/// Why a simulator does not start.
public struct SimulatorStartError: Error, CustomStringConvertible {
    public enum Cause: Sendable, Equatable {
        case seedRefused, tlsIncomplete, tlsRefused, certificateFolder
        /// Of ``SimulatorConfiguration/sourceDirectory``: there is no such folder, or nothing of it can be served.
        case sourceMissing, sourceRefused
        case portTaken(SimulatorPort)
    }

    public let cause: Cause
    public let description: String
}
