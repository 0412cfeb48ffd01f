package import Foundation
internal import JWTBearer

/// The settings of the app for signing in with Salesforce, as typed. They are checked when the app is set up.
package struct NewSignInApp: Sendable {
    /// The org's My Domain: a URL, or a host alone, which means https.
    var loginHost: String
    var consumerKey: String
    /// With 15 or 18 characters.
    var organizationID: String
    /// Hosts that the operator trusts in addition to Salesforce's; see ``AllowedHost``.
    var allowedHosts: [String]
    /// PEM text of certificate authorities to trust in addition to the system's; `nil`: none.
    var certificateAuthoritiesPEM: String?

    package init(
        loginHost: String, consumerKey: String, organizationID: String, allowedHosts: [String] = [],
        certificateAuthoritiesPEM: String? = nil
    ) {
        self.loginHost = loginHost
        self.consumerKey = consumerKey
        self.organizationID = organizationID
        self.allowedHosts = allowedHosts
        self.certificateAuthoritiesPEM = certificateAuthoritiesPEM
    }
}

/// The app for signing in with Salesforce, as it is shown.
///
/// A JSON document; the property names must not change.
package struct SignInAppView: Codable, Sendable, Equatable {
    package let loginHost: String
    package let consumerKey: String
    /// With 18 characters.
    package let organizationID: String
    package let allowedHosts: [String]
    package let createdAt: Date
    /// `channel:name`.
    package let createdBy: String

    init(_ record: SignInAppRecord) {
        loginHost = record.loginHost
        consumerKey = record.consumerKey
        organizationID = record.pinnedOrganizationID.description
        allowedHosts = record.allowedHosts.map(\.description)
        createdAt = record.createdAt
        createdBy = record.createdBy.description
    }
}

/// Sets up, shows and removes the app through which people sign in.
package struct SignInApps: Sendable {
    /// Whether there is an app.
    package enum Presence: Sendable, Equatable {
        case missing
        case present(SignInAppView)
        /// The record was altered outside aprity. Nobody can sign in; the app can be removed or set up again.
        case altered
    }

    let records: SealedRecords
    let transports: any TransportSource
    let surroundings: Surroundings

    /// - Throws: ``ConnectedAppError`` with the causes of a failing store.
    package func presence() async throws -> Presence {
        try await records.read { reading in
            if let record = try reading.intact(SignInAppRecord.self).first?.value {
                return .present(SignInAppView(record))
            }
            return try reading.ids(of: SignInAppRecord.self).isEmpty ? .missing : .altered
        }
    }

    /// Sets up the app. Replaces a former one, and ends the sessions of the people who signed in through it.
    ///
    /// - Throws: ``ConnectedAppError``, and nothing is stored: `.signInAppShared` if a connection uses the app;
    ///   `.usage` if the login host is shared by several orgs or reports another org, or if the org id is malformed; the
    ///   causes of malformed settings and of a failing store.
    package func set(_ new: NewSignInApp, as principal: Principal) async throws -> SignInAppView {
        let consumerKey = try ConsumerKey(new.consumerKey)
        let allowed = try new.allowedHosts.map { try AllowedHost($0) }
        let host = try Self.loginHost(new.loginHost, allowing: allowed)
        try transports.check(host)
        let organizationID = try OrganizationID(entered: new.organizationID)
        if let pem = new.certificateAuthoritiesPEM { _ = try CertificateAuthorities(Array(pem.utf8)) }
        let transport = try transports.transport(
            authoritiesPEM: new.certificateAuthoritiesPEM, allowedHosts: allowed)
        try await check(organizationID, at: host, transport)
        let now = surroundings.now()
        let record = SignInAppRecord(
            id: surroundings.randomHex(bytes: 16), loginHost: host.description, allowedHosts: allowed,
            certificateAuthoritiesPEM: new.certificateAuthoritiesPEM, consumerKey: consumerKey.description,
            pinnedOrganizationID: organizationID, signOuts: [], createdAt: now, createdBy: principal)
        try await records.write { writing in
            try writing.checkIsNoConnectionsApp(consumerKey)
            try writing.drop(SignInAppRecord.self, SignInAppRecord.onlyID)
            try writing.save(record)
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .signInAppSet, connection: nil,
                    facts: [
                        "loginHost": host.description, "organizationID": organizationID.description,
                        "consumerKey": consumerKey.masked,
                    ]))
        }
        return SignInAppView(record)
    }

    /// Removes the app, even if its record was altered, and ends the sessions of the people who signed in through it.
    ///
    /// - Throws: ``ConnectedAppError``: `.signInAppMissing`, and a failing store's causes.
    package func remove(as principal: Principal) async throws {
        let now = surroundings.now()
        try await records.write { writing in
            guard try !writing.ids(of: SignInAppRecord.self).isEmpty else {
                throw ConnectedAppError(.signInAppMissing)
            }
            try writing.drop(SignInAppRecord.self, SignInAppRecord.onlyID)
            try writing.append(
                AuditEvent(time: now, principal: principal, act: .signInAppRemoved, connection: nil))
        }
    }

    /// External Client Apps work at the org's own address only, and a shared login host serves the people of all orgs.
    private static func loginHost(_ text: String, allowing allowed: [AllowedHost]) throws(ConnectedAppError)
        -> LoginHost
    {
        let host = try LoginHost(text.trimmingPasteArtifacts, allowing: allowed)
        guard host.namesOneOrg else {
            throw ConnectedAppError(
                .usage, subject: host.host, detail: "This login host serves many orgs. Give the org's My Domain.")
        }
        return host
    }

    /// Compares the org id with the one that the My Domain reports. A host that reports none, or cannot be reached, is
    /// accepted: each sign-in compares again.
    private func check(_ given: OrganizationID, at host: LoginHost, _ transport: any HTTPTransport) async throws {
        // Only a hint against typing errors.
        let reported = try? await OrgAPI.advertisedOrganizationID(at: host, transport: transport)
        guard let reported, reported != given else { return }
        throw ConnectedAppError(
            .usage, subject: "Organization ID",
            detail: "The login host \(host.host) reports org \(reported), not \(given).",
            remedy: "Give the org id that Setup shows under Company Information, or the My Domain of that org.",
            evidence: ["given": given.description, "reported": reported.description])
    }
}
