import Glibc
import NIOCore
import ServiceLifecycle

/// A service that listens on one port of the simulator, and names the port if it is not available.
struct NamedPort: Service {
    let port: SimulatorPort
    let number: Int
    let service: any Service

    /// - Throws: ``SimulatorStartError`` with `.portTaken`, or what the service throws.
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
    fileprivate var purpose: String {
        switch self {
        case .org: "the org"
        case .management: "the management API"
        case .proxy: "the CONNECT proxy"
        }
    }
}
