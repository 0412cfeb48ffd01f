/// How a connection test or one of its steps ended.
public enum TestOutcome: String, Codable, Sendable {
    case passes, fails
    /// Could not look; says why.
    case unknown
    /// Fails in a way that a change which is still spreading can cause.
    case waiting
}
