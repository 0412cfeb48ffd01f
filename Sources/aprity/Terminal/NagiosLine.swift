internal import ConnectedApp
internal import Foundation

/// The output of a Nagios plugin: one line and an exit status ("Monitoring Plugins Development Guidelines").
struct NagiosLine: Equatable {
    /// The raw value is the exit status.
    enum State: Int32 {
        case ok = 0
        case warning, critical, unknown

        var word: String { "\(self)".uppercased() }
    }

    let state: State
    let text: String

    /// - Parameter text: What was found. It is made safe for terminals.
    init(_ state: State, _ text: String) {
        self.state = state
        // A bar would begin the performance data.
        self.text = "CERTIFICATE \(state.word) - " + TerminalText.safe(text).replacing("|", with: "/")
    }

    /// Formats a check: the certificates that expire soon, at most five by name, and the performance data of all.
    init(_ view: CertificateCheckView) {
        guard !view.certificates.isEmpty else {
            self.init(.unknown, "there is no connection to check")
            return
        }
        let bad = view.certificates.filter { $0.outcome != .ok }.sorted { $0.leftSeconds < $1.leftSeconds }
        let state: State =
            switch view.outcome {
            case .ok: .ok
            case .warning: .warning
            case .critical: .critical
            }
        var parts = bad.prefix(5).map { "\($0.connection) " + Self.words($0) }
        if bad.count > 5 { parts.append("\(bad.count - 5) more") }
        let good = view.certificates.count - bad.count
        if let first = view.certificates.min(by: { $0.leftSeconds < $1.leftSeconds }), bad.isEmpty {
            parts.append("\(good) ok, the first is \(first.connection): \(Self.words(first))")
        } else if good > 0 {
            parts.append("\(good) ok")
        }
        self = NagiosLine(state, (parts + view.warnings).joined(separator: "; "))
            .with(
                view.certificates.map {
                    "'\($0.connection)'=\($0.daysLeft);\(view.warnDays):;\(view.criticalDays):"
                }.joined(separator: " "))
    }

    private init(state: State, line: String) {
        self.state = state
        text = line
    }

    private func with(_ performance: String) -> NagiosLine {
        NagiosLine(state: state, line: text + " | " + performance)
    }

    private static func words(_ entry: CertificateCheckView.Entry) -> String {
        if entry.leftSeconds <= 0 { return "expired on \(entry.notAfter.ISO8601Format().prefix(10))" }
        return entry.daysLeft == 1 ? "1 day left" : "\(entry.daysLeft) days left"
    }
}

/// A command throws this to end with the exit status of a Nagios plugin, which is not one of aprity's.
struct NagiosEnd: Error {
    let line: NagiosLine

    init(_ line: NagiosLine) { self.line = line }
}
