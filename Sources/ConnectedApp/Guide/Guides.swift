/// The guides for tasks in Setup.
package struct Guides: Sendable {
    let records: SealedRecords

    /// Returns the steps of a task for a connection's app, with its names.
    ///
    /// - Parameter reader: Where the steps are shown.
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`, and a failing store's causes.
    package func guide(
        _ task: SetupTask, for alias: String, reader: GuideMedium = .commandLine, as principal: Principal
    ) async throws -> GuideView {
        GuideView(SetupGuide(task, for: try await subject(alias, reader)))
    }

    /// Returns the steps of all tasks, in the order of ``SetupTask``.
    ///
    /// - Parameter reader: Where the steps are shown.
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`, and a failing store's causes.
    package func all(
        for alias: String, reader: GuideMedium = .commandLine, as principal: Principal
    ) async throws -> [GuideView] {
        let subject = try await subject(alias, reader)
        return SetupTask.allCases.map { GuideView(SetupGuide($0, for: subject)) }
    }

    private func subject(_ alias: String, _ reader: GuideMedium) async throws -> GuidedApp {
        try await records.read { reading in try FoundConnection(alias, reading).setupSubject(reader: reader) }
    }
}
