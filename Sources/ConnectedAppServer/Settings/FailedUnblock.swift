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
        // The test's summary names what it is about.
        self.init(
            .unblockTestFailed, detail: cause.summary, remedy: cause.remedy,
            remedyOnPage: cause.remedyOnPage + " Then choose Test and unblock again.",
            circumstance: .stillBlocked(connection: alias, cause.code))
    }
}

extension Problem {
    /// The page that repairs what kept an app blocked; `nil` if the failure is another one, or if no page repairs it.
    @inline(never)
    var repairLink: PageLink? {
        guard case .error(let error) = origin, case .stillBlocked(let alias, let found) = error.circumstance,
            let command = found.entry.task == .rotate ? .showRotation : found.entry.command
        else { return nil }
        return PageLink(command, of: alias)
    }
}
