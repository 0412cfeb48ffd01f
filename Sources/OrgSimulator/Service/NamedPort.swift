import Glibc
import NIOCore
import ServiceLifecycle

/// A service that listens at one port of the simulator, and says which one if the port cannot be had.
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
            throw unavailable("it is reserved for the system")
        }
    }

    private func unavailable(_ reason: String) -> SimulatorStartError {
        SimulatorStartError(
            cause: .portTaken(port), description: "Port \(number) (\(port.purpose)) cannot be had: \(reason).")
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
