internal import Foundation

/// Destroys keys that are no longer needed; see ``KeyToDestroy``.
struct KeyDestruction: Sendable {
    let records: SealedRecords
    let keys: any KeyStore
    let surroundings: Surroundings

    /// Destroys all keys that are no longer needed, in every key store. Does nothing if there are none. The next call,
    /// in any process, tries again what could not be destroyed.
    ///
    /// - Throws: ``ConnectedAppError``: the first failure, after all other keys were tried; `.storeBusy` if another
    ///   process still reads an earlier state of the store, so that sealed keys could not be erased.
    func destroy(as principal: Principal) async throws {
        var failure: ConnectedAppError?
        let all = try await all()
        // Erase once for all sealed keys, because erasing empties the whole log, and nobody can write meanwhile.
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
                // Another process may have removed it already.
                guard let found = try writing.find(KeyToDestroy.self, doomed.recordID)?.value else { return }
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
            detail: "Everything else is done, but a key is not destroyed yet. aprity tries again at the next removal, "
                + "and a running server tries again every minute. " + (failure.detail ?? failure.cause.entry.summary),
            evidence: failure.evidence)
    }

    /// How long to wait for readers that prevent erasing. A server's schedule does not wait, because it tries again
    /// every minute.
    private static func patience(of principal: Principal) -> Duration {
        switch principal.channel {
        case .commandLine, .demo: .seconds(5)
        case .settingsPage, .api: .seconds(2)
        case .schedule, .gateway: .zero
        }
    }

    /// - Parameter areSealedKeysErased: Whether the store's files no longer contain the keys of removed records.
    private func destroy(_ doomed: KeyToDestroy, areSealedKeysErased: Bool) async throws {
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
        // If this fails, stray keys remain. No record names them, so they are never used.
        await surroundings.tolerating(.keyDestruction) {
            try await keys.destroyStrays(beside: key, purpose: doomed.purpose)
        }
        try await keys.destroy(key, purpose: doomed.purpose)
    }

    /// The keys that are to be destroyed.
    func all() async throws -> [KeyToDestroy] {
        try await records.read { reading in try reading.intact(KeyToDestroy.self).map(\.value) }
    }
}
