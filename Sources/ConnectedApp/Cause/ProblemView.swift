/// A failure for programs: a problem document (RFC 9457) with further members, such as `code`, `remedy` and `evidence`.
///
/// The property names are the JSON keys; they must not change.
package struct ProblemView: Codable, Sendable, Equatable {
    /// A stable URI with the code, such as `urn:aprity:cause:blocked`.
    let type: String
    /// The summary of the code, the same in each case.
    package let title: String
    /// What happened in this case.
    package let detail: String
    /// The code of a cause, or the server's own code for a request that it rejects.
    package let code: String
    /// What to do.
    package let remedy: String
    /// Facts by name, without secrets.
    package let evidence: [String: String]
    /// The HTTP status; absent on the command line.
    package var status: Int?
    /// The exit status of a command that fails for this reason.
    let exitStatus: Int32
    /// Whether the same request may succeed later although nothing was changed.
    let retry: Bool
    /// The path of the request that failed, without secrets; absent on the command line.
    private(set) package var instance: String?

    /// The cause; `nil` if ``code`` is one of the server's own.
    var cause: Cause? { Cause(rawValue: code) }

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
    /// Returns the document for the response to a request.
    ///
    /// - Parameters:
    ///   - status: The HTTP status.
    ///   - path: The path of the request. A token that was pasted in place of a name is removed.
    package func response(status: Int, toRequestFor path: String) -> ProblemView {
        var view = self
        view.status = status
        view.instance = OrgWords().clean(path)
        return view
    }

    package init(_ error: ConnectedAppError) { self.init(error, remedy: error.remedy) }

    /// - Parameter remedy: Replaces the error's own remedy.
    package init(_ error: ConnectedAppError, remedy: String) {
        let entry = error.cause.entry
        self.init(
            type: "urn:aprity:cause:\(error.cause.rawValue)", title: entry.summary, detail: error.description,
            code: error.cause.rawValue, remedy: remedy, evidence: error.evidence, exitStatus: entry.exit,
            retry: entry.retry)
    }
}
