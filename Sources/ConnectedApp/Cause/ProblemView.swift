/// A failure as it is shown to programs: a problem document (RFC 9457) with our `code`, `remedy` and `evidence`.
public struct ProblemView: Codable, Sendable, Equatable {
    /// A stable URI for the cause, by its page of the manual.
    public let type: String
    /// The cause's summary; the same for every case.
    public let title: String
    /// This case.
    public let detail: String
    public let code: Cause
    public let remedy: String
    public let evidence: [String: String]
    /// The HTTP status; absent on the command line.
    public var status: Int?
    /// The exit status of a command that ends with this cause.
    public let exitStatus: Int32
    /// Whether the same request may work later with nothing changed.
    public let retry: Bool

    public init(_ error: ConnectedAppError, status: Int? = nil) {
        let entry = error.cause.entry
        type = "urn:aprity:cause:\(error.cause.rawValue)"
        title = entry.summary
        detail = error.description
        code = error.cause
        remedy = error.remedy
        evidence = error.evidence
        self.status = status
        exitStatus = entry.exit.rawValue
        retry = entry.retry
    }
}
