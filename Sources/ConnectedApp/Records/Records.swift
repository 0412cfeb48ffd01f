internal import Crypto
internal import Foundation
internal import JWTBearer

// The records below are stored: the names of their properties must not change.

/// An External Client App or Connected App in an org. Keys and certificates belong to the app, not to its connections.
struct AppRecord: RecordValue, Equatable {
    static let kind = RecordKind.app
    /// 32 hexadecimal digits.
    let id: String
    var kind: AppKind
    /// `nil` until it is set.
    var consumerKey: String?
    /// The time of the latest change of the app in its org that aprity knows of; `nil` if there was none. The change
    /// spreads among the org's servers for some minutes.
    var changedAt: Date?
    /// The kind of that change; `nil` in records of older versions, which means an edit.
    var changeKind: AppChange.Kind?
    /// The name under which Setup lists the app, as last read from the org; `nil` if it was never read.
    var nameInSetup: String?
    /// The credential that the app's connections use.
    var activeCredentialID: String
    /// A random id of the tokens that may still be used. A rotation keeps the lineage, so tokens that the former key
    /// obtained stay in use. An imported key or a new Consumer Key begins a new lineage. `nil` means the id of the
    /// active credential.
    var lineage: String?
    /// `nil` if the app is not blocked.
    var block: Block?
    let createdAt: Date

    package var recordID: String { id }
    var isBlocked: Bool { block != nil }
}

/// A named connection: an app, a username and a login host.
package struct ConnectionRecord: RecordValue, Equatable {
    package static let kind = RecordKind.connection
    package let alias: Alias
    /// The id of its ``AppRecord``.
    var appID: String
    var username: Username
    /// The ``LoginHost/description`` of the login host.
    package var loginHost: String
    /// The audience that the operator gave; `nil`: it is derived from host and app kind each time.
    var audience: String?
    /// Hosts that are not Salesforce's and that this connection may use nevertheless.
    var allowedHosts: [AllowedHost]
    /// PEM text of further certificate authorities for TLS to this org. A copy, so that changing the original file has
    /// no effect.
    var certificateAuthoritiesPEM: String?
    /// The org that the connection belongs to; `nil` before the first sign-in.
    var pinnedOrganizationID: OrganizationID?
    /// The budget that the operator set; `nil`: the standard one.
    var signInBudget: SignInBudget?
    /// How often the org's metadata is pulled; `nil`: never, except on demand.
    var pullInterval: PullInterval?
    /// Whether programs may get the connection's access tokens; `nil`: they may, because the connection is older than
    /// this setting.
    var allowsTokens: Bool?
    let createdAt: Date
    var changedAt: Date

    package var recordID: String { alias.description }

    /// A name for the org, for what is stored per org: its id, or the login host before the id is known.
    var orgName: String { pinnedOrganizationID?.description ?? loginHost }

    /// Returns whether both are equal, apart from ``changedAt``.
    func isSame(as other: ConnectionRecord) -> Bool {
        var other = other
        other.changedAt = changedAt
        return self == other
    }
}

/// A key pair with its certificate.
package struct CredentialRecord: RecordValue, Equatable {
    package static let kind = RecordKind.credential

    /// The role of the key, which follows from the state of the app's rotation.
    enum State: String, Codable, Sendable {
        /// It signs, and the org is assumed to accept it.
        case active
        /// The next key of a rotation. Its certificate is to be uploaded or was uploaded.
        case next
        /// The former or given-up key of a rotation. It signs if the active key is refused, until it is destroyed.
        case old
    }

    enum Origin: String, Codable, Sendable {
        case generated, imported
    }

    /// 32 hexadecimal digits.
    let id: String
    package let appID: String
    var state: State
    let origin: Origin
    /// Changes when a certificate authority's certificate replaces it, with the same key.
    var certificateDER: Data
    /// The private key, encrypted, or where another key store has it.
    package var key: KeyReference
    let createdAt: Date

    package var recordID: String { id }
    /// What the key is bound to.
    package var purpose: KeyPurpose { KeyPurpose(appID: appID, credentialID: id) }

    /// SHA-256 of the certificate, in lower-case hex.
    var certificateSHA256: String { SHA256.hash(data: certificateDER).hex }

    /// Parses the certificate.
    ///
    /// - Throws: ``ConnectedAppError`` if the stored bytes are not a certificate that aprity can use.
    func certificate() throws(ConnectedAppError) -> AppCertificate {
        try AppCertificate(der: [UInt8](certificateDER))
    }
}

extension AppRecord {
    /// The latest change of the app in its org that aprity knows of; `nil` if there was none.
    var change: AppChange? { changedAt.map { AppChange(changeKind ?? .edit, at: $0) } }

    /// Records that the app is being changed in the org at about this time. The caller saves the record.
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
