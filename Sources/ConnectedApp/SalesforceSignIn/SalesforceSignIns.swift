internal import Foundation
package import JWTBearer

/// Somebody who signed in with Salesforce. What a session knows of this person.
package struct SalesforcePerson: Sendable, Hashable {
    /// The username in the org, or the user's id if the org sent no usual username.
    package let name: String
    /// With 15 characters.
    package let userID: String
    package let organizationID: OrganizationID
    /// Read at the sign-in. It lasts as long as the session.
    package let role: Role
    /// See ``SignInAppRecord/id``.
    let appID: String
    /// See ``SignInAppRecord/signOutMark(of:)``.
    let signOutMark: String?
}

/// Signs people in through their org: OAuth 2.0 with an authorization code and PKCE (RFC 6749 §4.1, RFC 7636), without a
/// client secret.
package struct SalesforceSignIns: Sendable {
    /// The longest time of a session after the sign-in, and so the time for which a permission that was withdrawn in
    /// Salesforce still works.
    package static let longestSession = Duration.seconds(3600)

    let records: SealedRecords
    let transports: any TransportSource
    let surroundings: Surroundings

    /// Whether the app is set up and intact.
    ///
    /// - Throws: ``ConnectedAppError`` with the causes of a failing store.
    package func isPossible() async throws -> Bool { try await app() != nil }

    /// Begins a sign-in. Sends nothing.
    ///
    /// - Parameter redirectURI: Exactly as the app has it as its Callback URL.
    /// - Throws: ``ConnectedAppError``: `.signInAppMissing`, and a failing store's causes.
    package func begin(redirectURI: String) async throws -> BegunSignIn {
        guard let app = try await app() else { throw ConnectedAppError(.signInAppMissing) }
        return BegunSignIn(
            app, at: try Self.host(of: app), redirectURI: redirectURI, randomBytes: surroundings.randomBytes)
    }

    /// The error for a sign-in that the org's login page refused.
    ///
    /// - Parameters:
    ///   - code: The parameter `error`.
    ///   - description: The parameter `error_description`; `nil` if there is none.
    package func refusal(of begun: BegunSignIn, _ code: String, _ description: String?) throws -> ConnectedAppError {
        OrgLogin.refusal(
            code, description, at: try Self.host(of: begun.app), words: OrgWords(hiding: [begun.state, begun.verifier]))
    }

    /// Completes a sign-in: exchanges the code, asks who signed in, and revokes the token, even if something fails. The
    /// work is not cancelled with the caller's task, because a token would remain.
    ///
    /// - Throws: ``ConnectedAppError``: `.signInNotStarted` if the app was changed since; `.signInRefusedByOrg`,
    ///   `.signInOrganizationWrong`, `.signInPermissionMissing`, `.signInIdentityUnread`; the causes of a missing answer
    ///   and of a failing store.
    package func person(of begun: BegunSignIn, code: String) async throws -> SalesforcePerson {
        try await Task { try await complete(begun, code) }.value
    }

    private func complete(_ begun: BegunSignIn, _ code: String) async throws -> SalesforcePerson {
        guard let app = try await app(), app.id == begun.app.id else {
            throw ConnectedAppError(.signInNotStarted, detail: "The app for signing in was changed meanwhile.")
        }
        let login = OrgLogin(
            host: try Self.host(of: app),
            transport: RepeatingTransport(
                try transports.transport(
                    authoritiesPEM: app.certificateAuthoritiesPEM, allowedHosts: app.allowedHosts),
                surroundings: surroundings))
        let grant = try await login.redeem(code, of: begun)
        let person: Result<SalesforcePerson, any Error>
        do { person = .success(try await self.person(grant, app, login)) } catch { person = .failure(error) }
        await revoke(grant, login)
        return try person.get()
    }

    private func person(_ grant: OrgLogin.Grant, _ app: SignInAppRecord, _ login: OrgLogin) async throws
        -> SalesforcePerson
    {
        guard let token = grant.accessToken else {
            throw grant.failure ?? ConnectedAppError(.answerUnintelligible, subject: login.host.host)
        }
        // The token is not used if it comes from another org.
        try Self.check(grant.organizationIDs, app, userID: grant.userID)
        let known = try await login.userInfo(token)
        try Self.check([known.organizationID], app, userID: known.userID, known.username)
        let identity = try await login.completed(known, token, grant)
        let name = identity.username?.description ?? identity.userID
        guard identity.permissions != nil else {
            throw ConnectedAppError(
                .signInIdentityUnread, subject: name,
                detail: "The org did not list the custom permissions of this person.",
                evidence: ["missing": "custom_permissions", "user": name, "userID": identity.userID])
        }
        guard let role = identity.role else {
            throw ConnectedAppError(
                .signInPermissionMissing, subject: name,
                evidence: [
                    "organizationID": identity.organizationID.description, "user": name, "userID": identity.userID,
                ])
        }
        let mark = try await self.app()?.signOutMark(of: identity.userID)
        return SalesforcePerson(
            name: name, userID: identity.userID, organizationID: identity.organizationID, role: role, appID: app.id,
            signOutMark: mark)
    }

    private static func check(
        _ ids: Set<OrganizationID>, _ app: SignInAppRecord, userID: String?, _ username: Username? = nil
    ) throws(ConnectedAppError) {
        guard let other = ids.first(where: { $0 != app.pinnedOrganizationID }) else { return }
        var evidence = ["pinned": app.pinnedOrganizationID.description, "answered": other.description]
        evidence["userID"] = userID
        evidence["user"] = username?.description
        throw ConnectedAppError(
            .signInOrganizationWrong, subject: other.description,
            detail: "The person belongs to org \(other). Only people of org \(app.pinnedOrganizationID) may sign in.",
            evidence: evidence)
    }

    /// Revokes all tokens of a grant. A failure is counted and logged: the token then lives until its session in the org
    /// expires, and can do nothing but say who signed in.
    private func revoke(_ grant: OrgLogin.Grant, _ login: OrgLogin) async {
        await withTaskGroup(of: Void.self) { group in
            for secret in grant.secrets {
                group.addTask {
                    _ = await surroundings.tolerating(.tokenRevocation, ["of": "a sign-in with Salesforce"]) {
                        try await login.revoke(secret)
                    }
                }
            }
        }
    }

    // MARK: Sessions

    /// Whether a session of this person is still valid: the app is the same, and the person has not ended all sessions.
    ///
    /// - Throws: ``ConnectedAppError`` with the causes of a failing store.
    package func isValid(_ person: SalesforcePerson) async throws -> Bool {
        guard let app = try await app(), app.id == person.appID else { return false }
        let mark = app.signOutMark(of: person.userID)
        return mark == nil || mark == person.signOutMark
    }

    /// Ends all sessions of a person, in all processes on the store.
    ///
    /// - Throws: ``ConnectedAppError`` with the causes of a failing store.
    package func endSessions(of person: SalesforcePerson, as principal: Principal) async throws {
        let now = surroundings.now()
        let mark = surroundings.randomHex(bytes: 16)
        // Earlier sessions have expired by then, so older sign-outs can be removed.
        let oldest = now - Self.longestSession / .seconds(1)
        try await records.write { writing in
            guard var app = try writing.intact(SignInAppRecord.self).first?.value, app.id == person.appID else {
                return
            }
            app.signOuts.removeAll { $0.userID == person.userID || $0.time < oldest }
            app.signOuts.append(SignInAppRecord.SignOut(userID: person.userID, mark: mark, time: now))
            try writing.save(app)
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .signedOutEverywhere, connection: nil,
                    facts: ["userID": person.userID]))
        }
    }

    // MARK: Parts

    /// - Returns: `nil` if there is none or its record was altered.
    private func app() async throws -> SignInAppRecord? {
        try await records.read { reading in
            try reading.checkIsNewest()
            return try reading.intact(SignInAppRecord.self).first?.value
        }
    }

    private static func host(of app: SignInAppRecord) throws(ConnectedAppError) -> LoginHost {
        try LoginHost(app.loginHost, allowing: app.allowedHosts)
    }
}
