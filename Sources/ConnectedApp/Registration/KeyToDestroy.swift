internal import Foundation

/// A key that is no longer needed and is to be destroyed. It is saved in the transaction that removes its credential,
/// and removed after the key is destroyed. So the destruction is retried if, for example, a PKCS#11 token is not
/// plugged in, another process still reads the store's files, or this process crashes.
///
/// Stored as a record; the names of properties must not change.
struct KeyToDestroy: RecordValue, Equatable {
    static let kind = RecordKind.doomedKey

    let credentialID: String
    let appID: String
    /// The alias of the connection whose change or removal made the key unnecessary. It may no longer exist.
    let alias: String
    /// `nil` means a sealed key. The credential's record is removed, but the bytes of the key may still be in the
    /// store's files.
    let key: KeyReference?
    /// When the credential was removed.
    let since: Date

    var recordID: String { credentialID }
    var purpose: KeyPurpose { KeyPurpose(appID: appID, credentialID: credentialID) }

    init(_ credential: CredentialRecord, alias: String, at now: Date) {
        credentialID = credential.id
        appID = credential.appID
        self.alias = alias
        key = KeyStoreKind(credential.key) == .sealed ? nil : credential.key
        since = now
    }
}

extension CheckedWriting {
    /// Removes a credential, and saves that its key is to be destroyed. ``KeyDestruction/destroy(as:)`` destroys it.
    func scheduleDestruction(_ credential: CredentialRecord, alias: String, at now: Date) throws {
        try remove(credential)
        try save(KeyToDestroy(credential, alias: alias, at: now))
    }
}
