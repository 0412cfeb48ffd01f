internal import Foundation

/// Changes the record of a rotation together with the app and its credentials.
struct RotationChanges: Sendable {
    let records: SealedRecords
    let surroundings: Surroundings
    let unsaved: UnsavedAnswers

    /// Changes a rotation's record, the app and its credentials in one transaction.
    ///
    /// First applies the org's answers that could not be saved before, so that the change is based on all answers.
    ///
    /// - Parameters:
    ///   - act: The act for the audit record; `nil`: see ``RotationTransaction/save(_:as:)``.
    ///   - change: Changes the record. It also gets the app and the time. If it throws, nothing is changed.
    /// - Throws: ``ConnectedAppError``: `.unknownAlias`, `.rotationRefused` if the app never had a rotation, a failing
    ///   store's causes; and what `change` throws.
    func change(
        of alias: String, as principal: Principal, act: AuditEvent.Act?,
        _ change: @escaping @Sendable (inout RotationRecord, AppRecord, Date) throws -> Void
    ) async throws {
        let now = surroundings.now()
        let answers = unsaved.all
        let saved = try await records.write { writing in
            let found = try FoundConnection(alias, writing)
            guard var record = found.rotation else {
                throw ConnectedAppError(
                    .rotationRefused, connection: alias, detail: "No rotation is under way.",
                    remedy: Rotation.Remedy.begin.inCommands, remedyOnPage: Rotation.Remedy.begin.onPage)
            }
            let former = record
            let own = answers.filter { $0.answer.appID == record.appID }
            for (_, answer) in own { record.catchUp(with: answer.event, at: now, by: principal) }
            do { try change(&record, found.app.value, now) } catch let error as ConnectedAppError
                where error.cause == .rotationRefused
            {
                throw error.about(alias).concerning(alias)
            }
            if record != former {
                try RotationTransaction(
                    found: found, former: former, writing: writing, now: now, principal: principal
                ).save(record, as: act)
            }
            return own.map(\.number)
        }
        unsaved.remove(saved)
    }

    /// Records the org's answer to a sign-in as evidence for a rotation. Writes nothing if the answer changes nothing.
    ///
    /// If the answer cannot be saved, it stays in memory, and ``saveAnswers(as:)`` tries again; see ``UnsavedAnswers``.
    func recordAnswer(_ event: Rotation.Event, of target: Target, as principal: Principal) async {
        do {
            let hasUnsaved = unsaved.all.contains { $0.answer.appID == target.appID }
            let isNews = try await records.read { reading in
                guard let record = try FoundConnection(target.name, reading).rotation else { return false }
                return record.mustSave(event) || hasUnsaved
            }
            guard isNews else { return }
            try await change(of: target.name, as: principal, act: nil) { record, _, now in
                record.applyIfPossible(event, at: now, by: principal)
            }
        } catch {
            unsaved.add(.init(appID: target.appID, alias: target.name, event: event))
            surroundings.note(error, at: .rotationEvidence, ["connection": target.name])
        }
    }

    /// Saves the answers that could not be saved before. Drops those whose connection has no rotation under way, or
    /// does not exist.
    ///
    /// - Throws: The last failure, after all answers were tried. What could not be saved stays in memory.
    func saveAnswers(as principal: Principal) async throws {
        var failure: (any Error)?
        for (number, answer) in unsaved.all {
            do {
                if try await isUnderWay(answer.alias) {
                    try await change(of: answer.alias, as: principal, act: nil) { _, _, _ in }
                } else {
                    unsaved.remove([number])
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Whether the connection has a rotation to which an answer may belong.
    private func isUnderWay(_ alias: String) async throws -> Bool {
        do {
            return try await records.read { reading in
                guard let record = try FoundConnection(alias, reading).rotation else { return false }
                return record.rotation.state.name != .steady
            }
        } catch let error as ConnectedAppError where error.cause == .unknownAlias {
            return false
        }
    }
}
