internal import Foundation
internal import JWTBearer

/// A connection with its app, credential and rotation, as one transaction read them.
struct FoundConnection: Sendable {
    let connection: Revisioned<ConnectionRecord>
    let app: Revisioned<AppRecord>
    /// The active credential.
    let credential: Revisioned<CredentialRecord>
    /// The latest rotation, which may be over; `nil` if none was ever begun.
    var rotation: RotationRecord?
    /// The credential of the rotation's other key; `nil` if there is none.
    var otherCredential: CredentialRecord?

    /// Finds a connection by its name.
    ///
    /// - Parameter reading: A transaction for reading or for writing.
    /// - Throws: ``ConnectedAppError``: `.unknownAlias`, which suggests a similar name, `.storeDamaged` if the app or
    ///   the credential is missing, `.recordAltered`.
    init(_ alias: String, _ reading: some CheckedRecords) throws {
        // A store may find another record by a name with a NUL.
        guard AliasSyntax.isValid(alias), let connection = try reading.find(ConnectionRecord.self, alias) else {
            let known = try reading.ids(of: ConnectionRecord.self)
            let detail = Spelling.nearest(to: alias, among: known).map {
                "There is no connection of this name. Did you mean \($0)?"
            }
            throw ConnectedAppError(.unknownAlias, subject: alias, detail: detail)
        }
        guard let app = try reading.find(AppRecord.self, connection.value.appID),
            let credential = try reading.find(CredentialRecord.self, app.value.activeCredentialID)
        else { throw ConnectedAppError(.storeDamaged, subject: "connection \(alias)") }
        (self.connection, self.app, self.credential) = (connection, app, credential)
        rotation = try reading.find(RotationRecord.self, app.value.id)?.value
        otherCredential = try rotation?.rotation.state.other.flatMap {
            try reading.find(CredentialRecord.self, $0)?.value
        }
    }

    /// The audience for output. If it cannot be derived, the URL is `nil` and the reason says why.
    var audience: (url: String?, reason: String) {
        let connection = connection.value
        do {
            let host = try LoginHost(connection.loginHost, allowing: connection.allowedHosts)
            let reasoned = try Audience.reasoned(host: host, appKind: app.value.kind, given: connection.audience)
            return (reasoned.url, reasoned.reason)
        } catch {
            return (nil, error.description + " " + error.cause.entry.remedy)
        }
    }

    /// The credential whose certificate is to be uploaded; `nil` if there is none.
    var nextCredential: CredentialRecord? {
        guard let next = rotation?.rotation.state.next else { return nil }
        return next == app.value.activeCredentialID ? credential.value : otherCredential
    }

    /// Whether a rotation under way replaces the current certificate in the same app, so that its upload would undo the
    /// rotation. After a rollback, that is the certificate that was rolled back.
    var isCertificateBeingReplaced: Bool {
        guard let rotation = rotation?.rotation else { return false }
        return rotation.state.next != nil && !rotation.hasTwoApps
    }

    /// The revision of connection and app together. Changes of the app through another connection increase it too.
    var revision: Int { connection.revision + app.revision - 1 }

    /// Checks that the revision is the one that the caller read.
    ///
    /// - Throws: ``ConnectedAppError`` with `.recordChanged` if it differs.
    func check(_ expected: Int?) throws {
        if let expected, expected != revision {
            throw ConnectedAppError(.recordChanged, subject: connection.value.alias.description)
        }
    }

    /// The state of the rotation; steady if none was ever begun.
    var rotationState: Rotation.State { rotation?.rotation.state ?? .steady(active: credential.value.id) }

    var isSteady: Bool { rotationState.name == .steady }

    /// Whether another key has replaced the key that was reported as compromised.
    var isReplaced: Bool {
        guard let compromise = app.value.block?.compromise else { return false }
        return isSteady && app.value.activeCredentialID != compromise.credentialID
    }

    /// Checks that no rotation is under way. A rotation whose former key is still kept counts as one.
    ///
    /// - Throws: ``ConnectedAppError`` with `.rotationRefused`.
    func checkNoRotation() throws {
        do { try rotation?.checkAnotherCanBegin() } catch { throw error.concerning(connection.value.alias.description) }
    }
}

extension ConnectionRecord {
    /// Returns the accounts whose sign-ins count towards this connection's budget; see
    /// ``SignInAccount/names(of:in:at:)``.
    ///
    /// - Parameter host: The login host; `nil` if it cannot be used.
    func accounts(at host: LoginHost?) -> [SignInAccount] {
        SignInAccount.names(of: username, in: pinnedOrganizationID, at: host)
    }
}
