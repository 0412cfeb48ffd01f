internal import Foundation

/// A key that is no longer needed and is to be destroyed. It is saved in the transaction that removes its credential,
/// so that its destruction is retried if the security token is unavailable or another process still reads the store's
/// files.
struct KeyToDestroy: RecordValue, Equatable {
    static let kind = RecordKind.doomedKey

    let credentialID: String
    let appID: String
    /// The connection through which its credential was removed.
    let alias: String
    /// `nil`: a sealed key. Its record is removed, but its bytes may still be in the store's files.
    let key: KeyReference?
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
