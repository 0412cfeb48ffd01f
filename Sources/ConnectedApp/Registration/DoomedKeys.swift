internal import Foundation

/// Destroys the keys that nothing needs any more.
struct DoomedKeys: Sendable {
    let records: SealedRecords
    let keys: any KeyStore
    let surroundings: Surroundings

    /// Destroys the keys that nothing needs any more, wherever they lie.
    ///
    /// - Throws: ``ConnectedAppError`` of the first key store that could not; the others were asked too.
    func destroy(as principal: Principal) async throws {
        var failure: ConnectedAppError?
        let all = try await all()
        // Once for all sealed keys: it empties the whole log, and nobody can write meanwhile.
        var areSealedKeysErased = true
        if all.contains(where: { $0.key == nil }) {
            areSealedKeysErased = try await records.store.eraseRemoved(within: Self.patience(of: principal))
        }
        for doomed in all {
            do {
                try await destroy(doomed, areSealedKeysErased: areSealedKeysErased)
            } catch let error as ConnectedAppError {
                failure = failure ?? error
                continue
            }
            let now = surroundings.now()
            try await records.write { writing in
                // Another process may have been quicker.
                guard let found = try writing.find(DoomedKey.self, doomed.recordID)?.value else { return }
                try writing.remove(found)
                try writing.append(
                    AuditEvent(
                        time: now, principal: principal, act: .keyDestroyed, connection: doomed.alias,
                        facts: [
                            "credential": doomed.credentialID,
                            "keyStore": (doomed.key.map(KeyStoreKind.init) ?? .sealed).rawValue,
                        ]))
            }
        }
        guard let failure else { return }
        throw ConnectedAppError(
            failure.cause, subject: failure.subject,
            detail: "Everything else is done, but a key is not destroyed yet; aprity tries again at the next removal, "
                + "and `aprity serve` by itself. " + (failure.detail ?? failure.cause.entry.summary),
            evidence: failure.evidence)
    }

    /// A server's schedule tries again every minute, so it does not wait.
    private static func patience(of principal: Principal) -> Duration {
        switch principal.channel {
        case .commandLine, .demo: .seconds(5)
        case .settingsPage, .api: .seconds(2)
        case .schedule: .zero
        }
    }

    private func destroy(_ doomed: DoomedKey, areSealedKeysErased: Bool) async throws {
        guard let key = doomed.key else {
            guard areSealedKeysErased else {
                throw ConnectedAppError(
                    .storeBusy,
                    detail:
                        "The encrypted key is still in the store's files, because another process is reading an earlier state "
                        + "of the store. Stop that process or wait for it, then run the command again.")
            }
            return
        }
        // What stays is not named by any record, and signs nothing.
        await surroundings.tolerating(.keyDestruction) {
            try await keys.destroyStrays(beside: key, purpose: doomed.purpose)
        }
        try await keys.destroy(key, purpose: doomed.purpose)
    }

    func all() async throws -> [DoomedKey] {
        try await records.read { reading in try reading.intact(DoomedKey.self).map(\.value) }
    }
}
