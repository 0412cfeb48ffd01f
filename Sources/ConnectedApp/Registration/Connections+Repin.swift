internal import Foundation
internal import JWTBearer

extension Connections {
    /// Pins a connection to the org that answers now, where that is the one that was expected: the guided way after a
    /// sandbox refresh or a restore. The org is asked before anything is changed.
    ///
    /// - Parameter expected: The org id that an admin read in Setup > Company Information: a second pair of eyes.
    /// - Throws: ``ConnectedAppError`` with `.organizationChanged` where another org answers than the one expected, `.usage`
    ///   where the id is none or pinned already, or why the org cannot be asked. Nothing is changed then.
    public func repin(_ alias: String, expecting expected: String, as principal: Principal) async throws -> RepinView {
        guard let id = OrganizationID(expected) else {
            throw ConnectedAppError(
                .usage, subject: expected, detail: "An org id has 15 or 18 characters and begins with 00D.")
        }
        let target = try await targets.likeliest(alias)
        guard let former = target.pinnedOrganizationID else {
            throw ConnectedAppError(
                .usage, subject: alias, detail: "The connection is not pinned yet; its first sign-in pins it.")
        }
        guard former != id else {
            throw ConnectedAppError(.usage, subject: expected, detail: "The connection is pinned to this org already.")
        }
        let answered = try await answeringOrganization(target, as: principal)
        guard answered == id else { throw ConnectedAppError(organization: answered, insteadOf: id) }
        let now = surroundings.now()
        try await records.write { writing in
            let found = try Found(alias, writing)
            var connection = found.connection.value
            guard connection.pinnedOrganizationID == former else {
                throw ConnectedAppError(.recordChanged, subject: alias)
            }
            connection.pinnedOrganizationID = id
            connection.changedAt = now
            try writing.save(connection)
            try writing.forgetEvidence(of: alias)
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .organizationRepinned, connection: alias,
                    facts: ["from": former.description, "to": id.description]))
        }
        return RepinView(
            connection: alias, former: former.description, organizationID: id.description,
            next: Self.afterRefresh(target, alias))
    }

    /// What a My Domain tells anybody; otherwise one sign-in, whose token is thrown away unused.
    private func answeringOrganization(_ target: Target, as principal: Principal) async throws -> OrganizationID {
        if target.loginHost.namesOneOrg {
            let told = await surroundings.tolerating(.diagnosis, ["connection": target.name]) {
                try await OrgAPI.advertisedOrganizationID(at: target.loginHost, transport: target.transport)
            }
            if let told = told ?? nil { return told }
        }
        let identity = try target.identity()
        let attempt = try await targets.signIn(as: principal).attempt(identity, purpose: .diagnosis)
        let ids = try SignIn.conclusion(attempt, at: target.loginHost).get().organizationIDs
        guard let id = ids.first, ids.count == 1 else {
            throw ConnectedAppError(.organizationContradictory, subject: target.loginHost.host)
        }
        return id
    }

    /// What a refreshed sandbox may have wrong.
    private static func afterRefresh(_ target: Target, _ alias: String) -> [String] {
        [
            "The app was copied with its settings: compare them with `aprity app check \(alias)`.",
            "Compare the Consumer Key in Setup: a copied app may have production's, a new one its own.",
            "The username has the sandbox's suffix now, if it had none: \(target.username.description).",
            "Upload this connection's certificate if the copy carries production's: `aprity certificate download \(alias)`.",
            "Then `aprity test \(alias)`.",
        ]
    }
}

/// A connection that was pinned anew, as it is shown.
public struct RepinView: Codable, Sendable, Equatable {
    public let connection: String
    /// The org id that it was pinned to.
    public let former: String
    public let organizationID: String
    /// What to look at now.
    public let next: [String]
}
