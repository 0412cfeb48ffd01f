internal import Foundation
internal import JWTBearer

/// A connection with what belongs to it.
struct Found: Sendable {
    let connection: Revisioned<ConnectionRecord>
    let app: Revisioned<AppRecord>
    /// The active one.
    let credential: Revisioned<CredentialRecord>
    /// `nil` where none was ever begun.
    var rotation: RotationRecord?
    /// The other key of the rotation.
    var otherCredential: CredentialRecord?

    /// - Parameter reading: In either kind of transaction.
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`, naming one that is spelled alike, or `.storeDamaged`.
    init(_ alias: String, _ reading: some RecordsAtHand) throws {
        guard let connection = try reading.find(ConnectionRecord.self, alias) else {
            let known = try reading.all(ConnectionRecord.self).map(\.value.alias.description)
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

    /// As it is shown; the URL is `nil` where reasoning cannot decide, and the reason says why.
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

    /// The one whose certificate is to be uploaded; `nil` where none is.
    var nextCredential: CredentialRecord? {
        guard let next = rotation?.rotation.state.next else { return nil }
        return next == app.value.activeCredentialID ? credential.value : otherCredential
    }

    /// Goes up with each change of the connection or of its app, whichever connection that change came through.
    var revision: Int { connection.revision + app.revision - 1 }

    /// - Throws: ``ConnectedAppError`` with `.recordChanged` where it is another one than the caller saw.
    func check(_ expected: Int?) throws {
        if let expected, expected != revision {
            throw ConnectedAppError(.recordChanged, subject: connection.value.alias.description)
        }
    }

    /// Steady if no rotation was ever begun.
    var rotationState: Rotation.State { rotation?.rotation.state ?? .steady(active: credential.value.id) }

    var isSteady: Bool { rotationState.name == .steady }

    /// Whether the reported key is gone, and another one in force.
    var isReplaced: Bool {
        guard let compromise = app.value.block?.compromise else { return false }
        return isSteady && app.value.activeCredentialID != compromise.credentialID
    }

    /// - Throws: ``ConnectedAppError`` with `.rotationRefused`.
    func checkIsSteady() throws {
        try rotation?.checkAnotherCanBegin()
    }
}

extension ConnectionRecord {
    /// - Parameter host: The login host; `nil` if it cannot be used.
    func accounts(at host: LoginHost?) -> [SignInAccount] {
        SignInAccount.names(of: username, in: pinnedOrganizationID, at: host)
    }
}
