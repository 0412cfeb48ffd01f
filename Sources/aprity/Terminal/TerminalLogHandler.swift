internal import Logging

/// Logs to stderr, one line per record. Makes hidden characters visible, because file names and answers of an org can
/// contain control characters for terminals.
struct TerminalLogHandler: LogHandler {
    private var base: StreamLogHandler

    init(label: String) { base = StreamLogHandler.standardError(label: label) }

    var logLevel: Logger.Level {
        get { base.logLevel }
        set { base.logLevel = newValue }
    }

    var metadata: Logger.Metadata {
        get { base.metadata }
        set { base.metadata = newValue.mapValues(Self.safe) }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { base[metadataKey: key] }
        set { base[metadataKey: key] = newValue.map(Self.safe) }
    }

    func log(event: LogEvent) {
        var event = event
        event.message = "\(TerminalText.safe(event.message.description))"
        event.metadata = event.metadata?.mapValues(Self.safe)
        base.log(event: event)
    }

    private static func safe(_ value: Logger.MetadataValue) -> Logger.MetadataValue {
        .string(TerminalText.safe(value.description))
    }
}
