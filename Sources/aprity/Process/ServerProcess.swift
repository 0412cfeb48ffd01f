internal import ConnectedApp
internal import Foundation
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import SystemPackage

/// What `aprity serve` and `aprity simulator` share: the ready line, the log, and a graceful shutdown.
enum ServerProcess {
    /// The line that is printed once, when the ports accept connections. The property names are JSON that scripts read;
    /// docs/json.md describes them.
    struct Ready: Encodable {
        let ready = true
        let url: String
        var managementURL: String?
        var proxyURL: String?
        var startTokenFile: String?
        var gatewayURL: String?
    }

    /// Prints the ready line as JSON on stdout.
    static func ready(_ view: Ready, _ output: Output) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { output.data(try encoder.encode(view) + Data("\n".utf8)) } catch {
            output.warn("The ready line could not be encoded.")
        }
        if let loss = output.loss { output.warn("The ready line could not be written (\(loss)).") }
    }

    /// Returns a logger for warnings and errors, which go to stderr.
    static func logger(_ label: String) -> Logger {
        var logger = Logger(label: label) { TerminalLogHandler(label: $0) }
        logger.logLevel = .warning
        return logger
    }

    /// Runs until the task is cancelled, then lets open requests finish.
    ///
    /// - Throws: `CancellationError` after the shutdown; ``ConnectedAppError`` with `.portTaken`.
    static func run(_ service: any Service, _ logger: Logger) async throws {
        let group = ServiceGroup(configuration: .init(services: [.init(service: service)], logger: logger))
        // A separate task, because cancelling it would abort open requests.
        let running = Task { try await group.run() }
        do {
            try await withTaskCancellationHandler {
                try await running.value
            } onCancel: {
                Task { await group.triggerGracefulShutdown() }
            }
        } catch let error as IOError where error.errnoCode == EADDRINUSE || error.errnoCode == EACCES {
            throw ConnectedAppError(.portTaken, evidence: .system(Errno(rawValue: error.errnoCode)))
        }
        try Task.checkCancellation()
    }
}
