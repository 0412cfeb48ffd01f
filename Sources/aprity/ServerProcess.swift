internal import ConnectedApp
internal import Foundation
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import UnixSignals

/// What both servers have in common: the ready line, the log, and stopping in order.
enum ServerProcess {
    /// Printed once, when the ports take connections.
    struct Ready: Encodable {
        let ready = true
        let url: String
        var managementURL: String?
        var proxyURL: String?
        var startTokenFile: String?
    }

    /// One line of JSON on stdout.
    static func ready(_ view: Ready, _ output: Output) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let line = try? encoder.encode(view) else { return }
        try? output.data(line + Data("\n".utf8))
    }

    /// Warnings and errors, to stderr.
    static func logger(_ label: String) -> Logger {
        var logger = Logger(label: label) { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        return logger
    }

    /// Runs until SIGTERM or SIGINT, then lets requests under way finish.
    ///
    /// - Throws: ``ConnectedAppError`` with `.portTaken`.
    static func run(_ service: any Service, _ logger: Logger) async throws {
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: service)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        do {
            try await group.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE || error.errnoCode == EACCES {
            throw ConnectedAppError(.portTaken, evidence: ["errno": String(error.errnoCode)])
        }
    }
}
