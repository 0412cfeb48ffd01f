/// The guides for tasks in Setup.
package struct Guides: Sendable {
    let records: SealedRecords

    /// Returns the steps of a task for a connection's app, with its names.
    ///
    /// - Parameter reader: Where the steps are shown.
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`, with `.usage` if the app's kind does not need the task, and
    ///   a failing store's causes.
    package func guide(
        _ task: SetupTask, for alias: String, reader: GuideMedium = .commandLine, as principal: Principal
    ) async throws -> GuideView {
        let subject = try await subject(alias, reader)
        guard task.applies(to: subject.kind) else {
            throw ConnectedAppError(
                .usage, subject: alias,
                detail: "The app is an \(subject.kind.label), which does not need the task \(task.rawValue).")
        }
        return GuideView(SetupGuide(task, for: subject))
    }

    /// Returns the steps of all tasks that the app's kind needs, in the order of ``SetupTask``.
    ///
    /// - Parameter reader: Where the steps are shown.
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`, and a failing store's causes.
    package func all(
        for alias: String, reader: GuideMedium = .commandLine, as principal: Principal
    ) async throws -> [GuideView] {
        let subject = try await subject(alias, reader)
        return SetupTask.allCases.filter { $0.applies(to: subject.kind) }.map {
            GuideView(SetupGuide($0, for: subject))
        }
    }

    /// Returns the steps that remove a cause in Salesforce; empty if there are none.
    ///
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`, and a failing store's causes.
    package func steps(
        against cause: Cause, for alias: String, reader: GuideMedium, as principal: Principal
    ) async throws -> [String] {
        let subject = try await subject(alias, reader)
        guard let task = cause.task(for: subject.kind), task.applies(to: subject.kind) else { return [] }
        return SetupGuide(task, for: subject).steps
    }

    /// Returns the steps that upload the next certificate of a rotation under way.
    ///
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`, and a failing store's causes.
    package func upload(for alias: String, reader: GuideMedium, as principal: Principal) async throws -> [String] {
        SetupGuide(.rotate, for: try await subject(alias, reader)).steps(
            without: .startRotation, .confirmUpload, .followChange
        ).map(\.text)
    }

    private func subject(_ alias: String, _ reader: GuideMedium) async throws -> GuidedApp {
        try await records.read { reading in try FoundConnection(alias, reading).setupSubject(reader: reader) }
    }
}
