import Glibc
import NIOCore
import ServiceLifecycle

/// A service that listens on one port of the simulator. If the port is not available, its error names the port.
struct NamedPort: Service {
    let port: SimulatorPort
    /// The configured port number, for the message.
    let number: Int
    /// The service that listens.
    let service: any Service

    /// - Throws: ``SimulatorStartError`` with `.portTaken` if the port is in use or reserved; any other error of the
    ///   service unchanged.
    func run() async throws {
        do {
            try await service.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw unavailable("another program listens on it")
        } catch let error as IOError where error.errnoCode == EACCES {
            throw unavailable("the system reserves it")
        }
    }

    private func unavailable(_ reason: String) -> SimulatorStartError {
        SimulatorStartError(
            cause: .portTaken(port), description: "Port \(number) (\(port.purpose)) is not available: \(reason).")
    }
}

extension SimulatorPort {
    /// What the port is for, in a message.
    fileprivate var purpose: String {
        switch self {
        case .org: "the org"
        case .management: "the management API"
        case .proxy: "the CONNECT proxy"
        }
    }
}
