internal import Crypto
package import Foundation
package import JWTBearer

/// One External Client App or Connected App in one org. Keys and certificates belong to it, not to the connections.
package struct AppRecord: RecordValue, Equatable {
    package static let kind = RecordKind.app
    package let id: String
    package var kind: AppKind
    package var consumerKey: String?
    /// When Consumer Key or certificate were last changed here: about then the app was changed in the org too, and that
    /// spreads for minutes.
    package var changedAt: Date?
    /// What was changed then; `nil` in records from before kinds were kept.
    package var changeKind: AppChange.Kind?
    /// The name under which Setup lists the app, as a reading of the org told it last; `nil` before one did.
    package var nameInSetup: String?
    package var activeCredentialID: String
    /// Tokens of one lineage are used on, whichever of the app's keys brought them; `nil` for that of the active key.
    package var lineage: String?
    package var block: Block?
    package let createdAt: Date

    package var recordID: String { id }
    package var isBlocked: Bool { block != nil }
}

/// One app, one username, one login host; what a name stands for.
package struct ConnectionRecord: RecordValue, Equatable {
    package static let kind = RecordKind.connection
    package let alias: Alias
    package var appID: String
    package var username: Username
    /// As ``LoginHost`` writes it.
    package var loginHost: String
    /// Only where the operator gave one; otherwise it is reasoned anew each time.
    package var audience: String?
    package var allowedHosts: [AllowedHost]
    /// PEM text of further certificate authorities for this org's TLS, kept here so that a changed file changes nothing.
    package var certificateAuthoritiesPEM: String?
    package var pinnedOrganizationID: OrganizationID?
    /// Only where the operator set one.
    package var signInBudget: SignInBudget?
    package let createdAt: Date
    package var changedAt: Date

    package var recordID: String { alias.description }

    /// What the store calls the org: its id; before that is known, the login host.
    var orgName: String { pinnedOrganizationID?.description ?? loginHost }

    /// Whether both are the same but for the time of the change.
    func isSame(as other: ConnectionRecord) -> Bool {
        var other = other
        other.changedAt = changedAt
        return self == other
    }
}

/// A key pair with its certificate.
package struct CredentialRecord: RecordValue, Equatable {
    package static let kind = RecordKind.credential

    package enum State: String, Codable, Sendable {
        /// Signs; the org is taken to trust it.
        case active
        /// Of a rotation: its certificate is to be uploaded, or is.
        case next
        /// Of a rotation: signs where the active key is refused, until it is destroyed.
        case old
    }

    package enum Origin: String, Codable, Sendable {
        case generated, imported
    }

    package let id: String
    package let appID: String
    package var state: State
    package let origin: Origin
    package var certificateDER: Data
    package var key: KeyReference
    package let createdAt: Date

    package var recordID: String { id }
    package var purpose: KeyPurpose { KeyPurpose(appID: appID, credentialID: id) }

    /// In lower-case hex.
    package var certificateSHA256: String { SHA256.hash(data: certificateDER).hex }

    package func certificate() throws(ConnectedAppError) -> AppCertificate {
        try AppCertificate(der: [UInt8](certificateDER))
    }
}

extension AppRecord {
    /// `nil` if nothing is known of the app in the org: it has no Consumer Key yet.
    package var change: AppChange? { changedAt.map { AppChange(changeKind ?? .edit, at: $0) } }

    /// Records that the app is changed in the org about now.
    package mutating func changes(_ kind: AppChange.Kind, at time: Date) {
        let change = self.change?.followed(by: kind, at: time) ?? AppChange(kind, at: time)
        changedAt = change.time
        changeKind = change.kind
    }
}

extension AppRecord {
    /// Whether a rotation may sign in although the app is blocked: its tokens are revoked at once, and nobody gets one.
    var letsRotationSignIn: Bool { block.map { $0.compromise != nil } ?? true }
}
