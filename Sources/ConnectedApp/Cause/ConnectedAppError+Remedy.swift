extension ConnectedAppError {
    /// Returns the same error with this remedy instead of its own, for a caller that knows better what to do.
    package func advising(_ remedy: String) -> ConnectedAppError {
        let advised = ConnectedAppError(
            cause, subject: subject, detail: detail, remedy: remedy, evidence: evidence, circumstance: circumstance)
        return connection.map { advised.concerning($0) } ?? advised
    }
}
