/// What a probe asks aprity's server. The raw value is the path.
package enum HealthQuestion: String, Sendable {
    /// Whether the process answers.
    case live = "/livez"
    /// Whether it can sign.
    case ready = "/readyz"

    /// What aprity's server answers if it is so.
    package var word: String {
        switch self {
        case .live: "live"
        case .ready: "ready"
        }
    }
}
