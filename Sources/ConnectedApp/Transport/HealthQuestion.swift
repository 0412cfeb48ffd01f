/// A health check of aprity's server. The raw value is the path.
package enum HealthQuestion: String, Sendable {
    /// Whether the process answers.
    case live = "/livez"
    /// Whether the process can sign.
    case ready = "/readyz"

    /// The server's answer if the check passes.
    package var word: String {
        switch self {
        case .live: "live"
        case .ready: "ready"
        }
    }
}
