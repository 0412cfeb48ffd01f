/// The result of a connection test or of one of its steps.
public enum TestOutcome: String, Codable, Sendable {
    case passes, fails
    /// Could not be checked; the result says why.
    case unknown
    /// Fails, and a change that is still spreading can be the reason.
    case waiting
}
