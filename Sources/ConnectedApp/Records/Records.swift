internal import Crypto
internal import Foundation
internal import JWTBearer

/// An External Client App or Connected App in an org. Keys and certificates belong to the app, not to its connections.
struct AppRecord: RecordValue, Equatable {
    static let kind = RecordKind.app
    let id: String
    var kind: AppKind
    var consumerKey: String?
    /// When Consumer Key or certificate were last changed in aprity. The app is changed in the org at about the same
    /// time, and there the change spreads for minutes.
    var changedAt: Date?
    /// The kind of that change; `nil` in records of older versions.
    var changeKind: AppChange.Kind?
    /// The name under which Setup lists the app, as last read from the org; `nil` if it was never read.
    var nameInSetup: String?
    var activeCredentialID: String
    /// The lineage of tokens. Tokens of the same lineage stay in use, even if another key of the app obtained them.
    /// `nil`: the lineage of the active key.
    var lineage: String?
    var block: Block?
    let createdAt: Date

    package var recordID: String { id }
    var isBlocked: Bool { block != nil }
}

/// A named connection: an app, a username and a login host.
package struct ConnectionRecord: RecordValue, Equatable {
    package static let kind = RecordKind.connection
    package let alias: Alias
    var appID: String
    var username: Username
    /// The ``LoginHost/description`` of the login host.
    package var loginHost: String
    /// The audience that the operator gave; `nil`: it is derived from host and app kind each time.
    var audience: String?
    var allowedHosts: [AllowedHost]
    /// PEM text of further certificate authorities for TLS to this org. A copy, so that changing the original file has
    /// no effect.
    var certificateAuthoritiesPEM: String?
    var pinnedOrganizationID: OrganizationID?
    /// The budget that the operator set; `nil`: the standard one.
    var signInBudget: SignInBudget?
    let createdAt: Date
    var changedAt: Date

    package var recordID: String { alias.description }

    /// The id of the org; before it is known, the login host.
    var orgName: String { pinnedOrganizationID?.description ?? loginHost }

    /// Whether both are equal, apart from ``changedAt``.
    func isSame(as other: ConnectionRecord) -> Bool {
        var other = other
        other.changedAt = changedAt
        return self == other
    }
}

/// A key pair with its certificate.
package struct CredentialRecord: RecordValue, Equatable {
    package static let kind = RecordKind.credential

    enum State: String, Codable, Sendable {
        /// It signs, and the org is assumed to accept it.
        case active
        /// The next key of a rotation. Its certificate is to be uploaded or was uploaded.
        case next
        /// The former key of a rotation. It signs if the active key is refused, until it is destroyed.
        case old
    }

    enum Origin: String, Codable, Sendable {
        case generated, imported
    }

    let id: String
    package let appID: String
    var state: State
    let origin: Origin
    var certificateDER: Data
    package var key: KeyReference
    let createdAt: Date

    package var recordID: String { id }
    package var purpose: KeyPurpose { KeyPurpose(appID: appID, credentialID: id) }

    /// SHA-256 of the certificate, in lower-case hex.
    var certificateSHA256: String { SHA256.hash(data: certificateDER).hex }

    func certificate() throws(ConnectedAppError) -> AppCertificate {
        try AppCertificate(der: [UInt8](certificateDER))
    }
}

extension AppRecord {
    /// The last change of the app; `nil` if it has no Consumer Key yet.
    var change: AppChange? { changedAt.map { AppChange(changeKind ?? .edit, at: $0) } }

    /// Records that the app is being changed in the org at about this time.
    mutating func changes(_ kind: AppChange.Kind, at time: Date) {
        let change = self.change?.followed(by: kind, at: time) ?? AppChange(kind, at: time)
        changedAt = change.time
        changeKind = change.kind
    }
}

extension AppRecord {
    /// Whether a rotation may sign in: the app is not blocked, or is blocked because its key is compromised. In the
    /// second case, the tokens of its sign-ins are revoked at once and never returned.
    var allowsRotationSignIn: Bool { block.map { $0.compromise != nil } ?? true }
}
