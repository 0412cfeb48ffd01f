internal import Foundation
internal import JWTBearer

/// Finds a connection by its name and prepares sign-ins for it. Every service on connections begins here.
package struct Targets: Sendable {
    let records: SealedRecords
    let gate: LeasedGate
    let keys: any KeyStore
    let transports: any TransportSource
    let surroundings: Surroundings

    /// Returns the connection with the key that its org most likely accepts. Sends nothing.
    ///
    /// - Throws: What ``all(_:)`` throws.
    package func preferred(_ alias: String) async throws -> Target {
        let targets = try await all(alias)
        guard let first = targets.first else { throw ConnectedAppError(.internalError) }
        return first
    }

    /// Returns the connection with each key that may sign. The key that the org most likely accepts comes first. There
    /// is at least one, and during a rotation there are two if both have a Consumer Key.
    ///
    /// - Throws: ``ConnectedAppError``: `.unknownAlias`, the causes of a stored setting that is no longer valid, and a
    ///   failing store's causes.
    func all(_ alias: String) async throws -> [Target] {
        let found = try await records.read { reading in try FoundConnection(alias, reading) }
        let active = try target(found, found.app.value, found.credential.value)
        guard let record = found.rotation, let other = found.otherCredential else { return [active] }
        let app = found.app.value.asOtherApp(record.otherApp)
        let targets = [active, try target(found, app, other)].filter { $0.consumerKey != nil }
        let order = record.rotation.signingOrder
        let sorted = targets.sorted {
            (order.firstIndex(of: $0.credentialID) ?? 0) < (order.firstIndex(of: $1.credentialID) ?? 0)
        }
        return sorted.isEmpty ? [active] : sorted
    }

    private func target(_ found: FoundConnection, _ app: AppRecord, _ credential: CredentialRecord) throws -> Target {
        let connection = found.connection.value
        let signer = StoredKeySigner(store: keys, reference: credential.key, purpose: credential.purpose)
        let keys = keys
        let loginHost = try LoginHost(connection.loginHost, allowing: connection.allowedHosts)
        return Target(
            name: connection.alias.description, appID: app.id, credentialID: credential.id,
            lineage: found.app.value.lineage ?? found.app.value.activeCredentialID,
            budget: connection.signInBudget ?? .standard, appKind: app.kind, username: connection.username,
            loginHost: loginHost,
            givenAudience: connection.audience, consumerKey: try app.consumerKey.map { try ConsumerKey($0) },
            appChange: app.change, block: app.block,
            pinnedOrganizationID: connection.pinnedOrganizationID, allowedHosts: connection.allowedHosts,
            certificate: try credential.certificate(), signer: signer,
            publicKey: { try await keys.publicKey(of: credential.key, purpose: credential.purpose) },
            transport: RepeatingTransport(
                try transports.transport(
                    authoritiesPEM: connection.certificateAuthoritiesPEM, allowedHosts: connection.allowedHosts),
                surroundings: surroundings),
            egress: transports.egress(to: loginHost), certificateAuthoritiesPEM: connection.certificateAuthoritiesPEM,
            appName: app.nameInSetup,
            revisions: TargetRevisions(connection: found.connection.revision, app: found.app.revision),
            allowsTokens: connection.allowsTokens ?? true)
    }

    /// Returns a sign-in on behalf of a principal.
    ///
    /// - Parameters:
    ///   - transport: Replaces the target's own transport; `nil`: the target's own.
    ///   - pass: Lets a blocked app sign in once; `nil`: none.
    func signIn(
        as principal: Principal, over transport: (any HTTPTransport)? = nil, pass: String? = nil
    ) -> SignIn {
        SignIn(
            over: transport, context: SignInContext(gate: gate, principal: principal, pass: pass),
            surroundings: surroundings)
    }

    /// Pins the connection to the org of its first sign-in. Does nothing if it is pinned to this org already.
    ///
    /// - Throws: ``ConnectedAppError`` with `.organizationChanged` if the connection is pinned to another org.
    func pin(_ alias: String, to id: OrganizationID, _ principal: Principal) async throws {
        let now = surroundings.now()
        let pinned = try await records.read { reading in
            try FoundConnection(alias, reading).connection.value.pinnedOrganizationID
        }
        if pinned == id { return }
        try await records.write { writing in
            var connection = try FoundConnection(alias, writing).connection.value
            if let pinned = connection.pinnedOrganizationID {
                guard pinned == id else {
                    throw ConnectedAppError(organization: id, insteadOf: pinned, of: alias)
                }
                return
            }
            connection.pinnedOrganizationID = id
            try writing.save(connection)
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .organizationPinned, connection: alias,
                    facts: ["organizationID": id.description]))
        }
    }

    /// Reads records for output. An app also counts as blocked if only the block order file has its block.
    func readShown<T: Sendable>(_ body: @Sendable (ShownRecords) throws -> T) async throws -> T {
        // If the block order file cannot be read, the records are still shown. Each sign-in reports the problem.
        let state = try? await gate.orders.state()
        return try await records.read { try body(ShownRecords($0, state)) }
    }
}
