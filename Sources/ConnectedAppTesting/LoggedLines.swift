package import Logging
internal import Synchronization

/// Collects log lines, as `level: message metadata`.
package final class LoggedLines: Sendable {
    private let lines = Mutex<[String]>([])

    package init() {}

    /// All lines so far, in order.
    package var all: [String] { lines.withLock { $0 } }

    /// Returns a logger that adds its lines here.
    ///
    /// - Parameter level: The lowest level that is collected.
    package func logger(_ level: Logger.Level = .warning) -> Logger {
        Logger(label: "test") { _ in Handler(lines: self, logLevel: level) }
    }

    private struct Handler: LogHandler {
        let lines: LoggedLines
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.lines.withLock { $0.append("\(event.level): \(event.message) \(event.metadata ?? [:])") }
        }
    }
}
