/// A failure as it is shown to programs: a problem document (RFC 9457) with our `code`, `remedy` and `evidence`.
public struct ProblemView: Codable, Sendable, Equatable {
    /// A stable URI, by the cause's page of the manual.
    public let type: String
    /// The summary of the code; the same for every case.
    public let title: String
    /// This case.
    public let detail: String
    /// A cause's code, or the code of a refusal of the server itself.
    public let code: String
    public let remedy: String
    public let evidence: [String: String]
    /// The HTTP status; absent on the command line.
    public var status: Int?
    /// The exit status of a command that fails like this.
    public let exitStatus: Int32
    /// Whether the same request may work later with nothing changed.
    public let retry: Bool
    /// The path of the request that failed; absent on the command line.
    public var instance: String?

    /// `nil` for a refusal of the server itself.
    public var cause: Cause? { Cause(rawValue: code) }

    package init(
        type: String, title: String, detail: String, code: String, remedy: String, evidence: [String: String] = [:],
        exitStatus: ExitStatus, retry: Bool
    ) {
        self.type = type
        self.title = title
        self.detail = detail
        self.code = code
        self.remedy = remedy
        self.evidence = evidence
        self.exitStatus = exitStatus.rawValue
        self.retry = retry
    }
}

extension ProblemView {
    public init(_ error: ConnectedAppError) { self.init(error, remedy: error.remedy) }

    /// - Parameter remedy: In place of the error's own.
    package init(_ error: ConnectedAppError, remedy: String) {
        let entry = error.cause.entry
        self.init(
            type: "urn:aprity:cause:\(error.cause.rawValue)", title: entry.summary, detail: error.description,
            code: error.cause.rawValue, remedy: remedy, evidence: error.evidence, exitStatus: entry.exit,
            retry: entry.retry)
    }
}
