/// A health check of aprity's server. The raw value is the path of the request.
package enum HealthCheck: String, Sendable {
    /// Whether the process answers.
    case live = "/livez"
    /// Whether the process can sign.
    case ready = "/readyz"

    /// The member `status` of the server's JSON answer if the check passes. It must not change, because monitoring
    /// matches it.
    package var word: String {
        switch self {
        case .live: "live"
        case .ready: "ready"
        }
    }
}
