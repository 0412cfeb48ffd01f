internal import Foundation
internal import JWTBearer

extension Connections {
    /// Pins a connection to the org that responds now, if it is the expected one. For use after a sandbox was refreshed
    /// or restored.
    ///
    /// - Parameter expected: The org id that an admin read in Setup > Company Information, as an independent check. 15
    ///   or 18 characters.
    /// - Throws: ``ConnectedAppError``, and nothing is changed: `.unknownAlias`; `.usage` if the id is malformed, or if
    ///   the connection is not pinned or is pinned to this org already; `.organizationChanged` if another org responds;
    ///   `.recordChanged` if the connection was repinned meanwhile; or the cause why the org did not respond.
    package func repin(_ alias: String, expecting expected: String, as principal: Principal) async throws -> RepinView {
        let id = try OrganizationID(entered: expected)
        let target = try await targets.preferred(alias)
        guard let former = target.pinnedOrganizationID else {
            throw ConnectedAppError(
                .usage, subject: alias, detail: "The connection is not pinned yet; its first sign-in pins it.",
                remedy: "Run `aprity test \(alias)`: its sign-in pins the connection.",
                remedyOnPage: "Test the connection: the sign-in pins it.")
        }
        guard former != id else {
            throw ConnectedAppError(
                .usage, subject: expected, detail: "The connection is pinned to this org already.",
                remedy: "Nothing needs to be done.")
        }
        let answered = try await answeringOrganization(target, as: principal)
        guard answered == id else { throw ConnectedAppError(organization: answered, insteadOf: id) }
        let now = surroundings.now()
        let isRotating = try await records.write { writing in
            let found = try FoundConnection(alias, writing)
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
            return found.isCertificateBeingReplaced
        }
        return RepinView(
            connection: alias, former: former.description, organizationID: id.description,
            next: Self.afterRefresh(target, alias, isRotating: isRotating))
    }

    /// Returns the id of the org that responds: the one that a My Domain publishes or, if there is none, the one that a
    /// sign-in returns. The token of that sign-in is not used.
    private func answeringOrganization(_ target: Target, as principal: Principal) async throws -> OrganizationID {
        if target.loginHost.namesOneOrg {
            let advertised = await surroundings.tolerating(.diagnosis, ["connection": target.name]) {
                try await OrgAPI.advertisedOrganizationID(at: target.loginHost, transport: target.transport)
            }
            if let id = advertised ?? nil { return id }
        }
        let identity = try target.identity()
        let attempt = try await targets.signIn(as: principal).attempt(identity, purpose: .diagnosis)
        let ids = try SignIn.conclusion(attempt, at: target.loginHost).get().organizationIDs
        guard let id = ids.first, ids.count == 1 else {
            throw ConnectedAppError(.organizationContradictory, subject: target.loginHost.host)
        }
        return id
    }

    /// What to check after the sandbox was refreshed.
    ///
    /// - Parameter isRotating: Whether a rotation under way replaces the current certificate.
    private static func afterRefresh(_ target: Target, _ alias: String, isRotating: Bool) -> [String] {
        let which = isRotating ? "the next one of the rotation that is under way" : "this connection's"
        let download = "aprity certificate download \(alias)" + (isRotating ? " --next" : "")
        return [
            "The refresh copied the app with its settings. Compare them: `aprity app check \(alias)`.",
            "Compare the Consumer Key with Setup. A copied app may have production's; a new app has its own.",
            "Check the username, which may have the sandbox's suffix now: \(target.username.description).",
            "If the copied app has production's certificate, upload \(which): `\(download)`.",
            "Then run `aprity test \(alias)`.",
        ]
    }
}

/// A connection that was pinned to another org, for people and JSON. The names of properties are JSON names.
package struct RepinView: Codable, Sendable, Equatable {
    package let connection: String
    /// The id of the org that it was pinned to before, with 18 characters.
    package let former: String
    /// The id of the org that it is pinned to now, with 18 characters.
    package let organizationID: String
    /// Sentences about what to check next.
    package let next: [String]
}
