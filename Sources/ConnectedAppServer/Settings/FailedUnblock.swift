internal import ConnectedApp

extension ConnectedAppError {
    /// The error of a test that leaves a block in force, worded for the page.
    ///
    /// - Parameter cause: What the test found; `nil` if it found nothing but did not pass.
    init(stillBlocked alias: String, _ cause: TestView.CauseView?) {
        guard let cause else {
            self.init(.unblockTestFailed, connection: alias)
            return
        }
        // The error names the connection itself.
        let summary = String(cause.summary.trimmingPrefix("\(alias): "))
        self.init(
            .unblockTestFailed, connection: alias, detail: summary, remedy: cause.remedy,
            remedyOnPage: cause.remedyOnPage + " Then choose Test and unblock again.",
            evidence: [Self.testCauseFact: cause.code.rawValue])
    }

    /// The page that repairs what the test found; `nil` if the error is another one, or if no page repairs it.
    fileprivate var repairLink: PageLink? {
        guard cause == .unblockTestFailed, let connection,
            let found = evidence[Self.testCauseFact].flatMap(Cause.init(rawValue:)),
            let command = found.entry.task == .rotate ? .showRotation : found.entry.command
        else { return nil }
        return PageLink(command, of: connection)
    }

    private static let testCauseFact = "testCause"
}

extension Problem {
    /// The page that repairs the failure; `nil` if there is none to name.
    @inline(never)
    var repairLink: PageLink? {
        switch origin {
        case .error(let error): error.repairLink
        case .refusal: nil
        }
    }
}
