package import Foundation

/// A key outside aprity's own store that nothing needs any more, until it is destroyed where it lies. Kept in the
/// transaction that removes its credential: a token that is away at that moment is asked again.
package struct DoomedKey: RecordValue, Equatable {
    package static let kind = RecordKind.doomedKey

    package let credentialID: String
    package let appID: String
    /// Of the connection through which its credential was removed.
    package let alias: String
    package let key: KeyReference
    package let since: Date

    package var recordID: String { credentialID }
    var purpose: KeyPurpose { KeyPurpose(appID: appID, credentialID: credentialID) }

    /// - Returns: `nil` for a sealed key, which is gone with its record.
    init?(_ credential: CredentialRecord, alias: String, at now: Date) {
        guard KeyStoreKind(credential.key) != .sealed else { return nil }
        credentialID = credential.id
        appID = credential.appID
        self.alias = alias
        key = credential.key
        since = now
    }
}

extension CheckedWriting {
    /// Removes a credential; its key is destroyed afterwards, by ``AppService/destroyDoomedKeys(as:)``.
    func doom(_ credential: CredentialRecord, alias: String, at now: Date) throws {
        try remove(credential)
        if let doomed = DoomedKey(credential, alias: alias, at: now) { try save(doomed) }
    }
}

extension AppService {
    /// Destroys the keys that nothing needs any more, wherever they lie.
    ///
    /// - Throws: ``ConnectedAppError`` of the first key store that could not; the others were asked too.
    func destroyDoomedKeys(as principal: Principal) async throws {
        var failure: ConnectedAppError?
        for doomed in try await doomedKeys() {
            do {
                try? await keys.destroyStrays(beside: doomed.key, purpose: doomed.purpose)
                try await keys.destroy(doomed.key, purpose: doomed.purpose)
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
                            "credential": doomed.credentialID, "keyStore": KeyStoreKind(doomed.key).rawValue,
                        ]))
            }
        }
        guard let failure else { return }
        throw ConnectedAppError(
            failure.cause, subject: failure.subject,
            detail: "Everything else is done, but a key is not destroyed yet; aprity tries again at the next removal, "
                + "and `aprity serve` by itself. " + (failure.detail ?? failure.cause.row.summary),
            evidence: failure.evidence)
    }

    /// Goes on with the removal of a connection whose key could not be destroyed then.
    ///
    /// - Returns: `false` where there is none of this name.
    public func finishRemoval(of alias: String, as principal: Principal) async throws -> Bool {
        guard try await doomedKeys().contains(where: { $0.alias == alias }) else { return false }
        try await destroyDoomedKeys(as: principal)
        return true
    }

    private func doomedKeys() async throws -> [DoomedKey] {
        try await records.read { reading in try reading.intact(DoomedKey.self).map(\.value) }
    }
}
