/// The result of a connection test or of one of its steps. The raw values are stored and appear in JSON; they must not change.
public enum TestOutcome: String, Codable, Sendable {
    case passes, fails
    /// Could not be checked, or was skipped; the result says why.
    case unknown
    /// Failed, but a change that is still spreading can be the reason.
    case waiting
}
