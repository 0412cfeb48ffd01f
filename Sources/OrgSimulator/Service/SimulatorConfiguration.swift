/// The configuration of a simulator.
public struct SimulatorConfiguration: Sendable {
    /// The address that the org's port listens on. The management port always listens on 127.0.0.1.
    var hostname = "127.0.0.1"
    /// The org's port; 0 picks a free one.
    public var port = 7_412
    /// The management port; 0 picks a free one.
    public var managementPort = 7_413
    /// The largest state document, in bytes.
    public static let largestSeed = ManagementRouter.bodyLimit
    /// The initial state document in JSON; `nil` for the org *Harbour Bikes*.
    public var seed: [UInt8]?
    /// The folder with the metadata of the first org, used if the seed names no folder for it.
    public var sourceDirectory: String?
    /// The certificate of the org's port with its chain, in PEM. With certificate and key the port uses HTTPS.
    public var tlsCertificate: [UInt8]?
    /// The private key for ``tlsCertificate``, in unencrypted PEM.
    public var tlsKey: [UInt8]?
    /// A folder with a certificate authority and a server certificate for Salesforce's host names, which are created if
    /// they do not exist. It replaces ``tlsCertificate`` and ``tlsKey``.
    public var certificateFolder: String?
    /// The port of a CONNECT proxy on 127.0.0.1 that connects the orgs' host names with the org's port; 0 picks a free
    /// port, `nil` starts no proxy. The org's port must use HTTPS.
    public var proxyPort: Int?
    /// Seconds of org time for each second of wall time; `nil` for the value in the seed.
    public var speed: Double?
    /// The seed of the random choices, so that a run can be repeated; `nil` for the value in the state document.
    public var randomSeed: UInt64?
    /// Turns the switch `adverse` on.
    public var adverse = false

    public init() {}
}

/// The addresses of a running simulator.
public struct SimulatorAddresses: Sendable, Equatable {
    /// The URL of the org's port: scheme, host and port. It selects the first org.
    public let url: String
    /// The URL of the management port: scheme, host and port.
    public let managementURL: String
    /// The URL of the CONNECT proxy; `nil` if there is none.
    public let proxyURL: String?
}

/// The ports of a simulator.
public enum SimulatorPort: Sendable, CaseIterable {
    case org, management, proxy
}

/// Why a simulator cannot start.
public struct SimulatorStartError: Error, CustomStringConvertible {
    /// What has to be changed before the next start.
    public enum Cause: Sendable, Equatable {
        /// The seed is not a valid state document, or names a source folder that cannot be served.
        case seedRejected
        /// The settings for TLS contradict each other, or one is missing.
        case tlsIncomplete
        /// The TLS certificate and key cannot be used.
        case tlsUnusable
        /// ``SimulatorConfiguration/certificateFolder`` cannot be created, or its files cannot be used.
        case certificateFolder
        /// ``SimulatorConfiguration/sourceDirectory`` does not exist, or is not a folder of files.
        case sourceMissing
        /// ``SimulatorConfiguration/sourceDirectory`` cannot be served.
        case sourceRejected
        /// Another program listens on the port, or the system reserves it.
        case portTaken(SimulatorPort)
        /// The port's number is not from 0 to 65535.
        case portOutOfRange(SimulatorPort)
    }

    public let cause: Cause
    /// A sentence with a full stop; for `sourceMissing` and `sourceRejected`, a path and a reason without one.
    public let description: String
}
