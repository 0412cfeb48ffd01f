internal import Foundation
internal import JWTBearer

extension Diagnosis {
    /// Returns a test of the connection that also uses what the store contains about other connections: their keys for
    /// controls, and their tokens to read the org's settings.
    ///
    /// - Parameter pass: The pass with which a blocked app may sign in once, for the test before unblocking. Such a test uses
    ///   nothing of other connections, and no other token. `nil` for an ordinary test.
    func connectionTest(of target: Target, pass: String? = nil, as principal: Principal) async throws -> ConnectionTest
    {
        var test = ConnectionTest(
            target: target, signIn: targets.signIn(as: principal, pass: pass), surroundings: surroundings)
        test.pin = { id in try await targets.pin(target.name, to: id, principal) }
        test.permit = gate.sendCheck(for: target.appID, alias: target.name)
        test.saveApp = { app in try await appChecks.saveTestReading(app, seenByTestOf: target) }
        guard pass == nil else { return test }
        test.connectionsWithSameConsumerKey = try await connectionsWithSameConsumerKey(as: target)
        test.otherKeys = try await otherKeys(than: target, preferring: test.connectionsWithSameConsumerKey)
        let neighbours = try await neighbours(of: target)
        test.neighbours = neighbours
        test.findOtherToken = { maySignIn in
            if let own = await ownToken(of: target) { return own }
            return await token(of: neighbours, maySignIn: maySignIn, as: principal)
        }
        return test
    }

    private func connectionsWithSameConsumerKey(as target: Target) async throws -> [String] {
        try await records.read { reading in
            let connection = try FoundConnection(target.name, reading).connection.value
            return try SameKey.aliases(as: connection, AppMembers(reading))
        }
    }

    /// Returns at most two keys of other apps whose certificates may have been uploaded to this app by mistake, the likeliest
    /// first: keys of apps with the same Consumer Key, then keys of connections with the same login host or the same pinned
    /// org, then active keys, then the newest. Keys of blocked apps are left out.
    ///
    /// - Parameter sameKey: The names of connections of other apps with the same Consumer Key.
    private func otherKeys(
        than target: Target, preferring sameKey: [String]
    ) async throws -> [ConnectionTest.OtherKey] {
        let keys = keys
        typealias Candidate = (name: OtherKeyName, isNear: Bool, credential: CredentialRecord)
        let found = try await records.read { reading -> [Candidate] in
            let credentials = try reading.intact(CredentialRecord.self).map(\.value)
            return try reading.intact(ConnectionRecord.self).map(\.value).flatMap { connection -> [Candidate] in
                guard connection.appID != target.appID,
                    let app = surroundings.tolerating(
                        .diagnosis, ["connection": connection.alias.description],
                        { try reading.find(AppRecord.self, connection.appID)?.value }) ?? nil, !app.isBlocked
                else { return [] }
                let isNear =
                    connection.loginHost == target.loginHost.description
                    || (target.pinnedOrganizationID != nil
                        && connection.pinnedOrganizationID == target.pinnedOrganizationID)
                return credentials.filter { $0.appID == app.id }.map { credential in
                    (
                        OtherKeyName(alias: connection.alias.description, state: credential.state), isNear, credential
                    )
                }
            }
        }
        return found.sorted { first, second in
            let isSame = (sameKey.contains(first.name.alias), sameKey.contains(second.name.alias))
            guard isSame.0 == isSame.1 else { return isSame.0 }
            let places = (first.isNear ? 0 : 1, first.name.state == .active ? 0 : 1, second.credential.createdAt)
            return places < (second.isNear ? 0 : 1, second.name.state == .active ? 0 : 1, first.credential.createdAt)
        }
        .prefix(2)
        .map { name, _, credential in
            ConnectionTest.OtherKey(
                name: name,
                signer: StoredKeySigner(store: keys, reference: credential.key, purpose: credential.purpose))
        }
    }

    /// Returns the names of other connections that are pinned to the same org.
    private func neighbours(of target: Target) async throws -> [String] {
        guard let organizationID = target.pinnedOrganizationID else { return [] }
        return try await records.read { reading in
            try reading.intact(ConnectionRecord.self).map(\.value)
                .filter { $0.pinnedOrganizationID == organizationID && $0.alias.description != target.name }
                .map(\.alias.description)
        }
    }

    // MARK: A token of the same org

    // Without another token, there is less evidence about a refusal, but the test is complete.

    /// The maximum number of the connection's tokens that are tried.
    private static let mostTokensTried = 3

    /// Returns the newest of this connection's own tokens that still works; `nil` if none of the newest three does.
    private func ownToken(of target: Target) async -> ConnectionTest.AvailableToken? {
        guard let organizationID = target.pinnedOrganizationID,
            let outstanding = await surroundings.tolerating(
                .diagnosis, ["connection": target.name],
                { try await records.read { try $0.reading.outstandingTokens(of: target.appID) } })
        else { return nil }
        let candidates = outstanding.filter { $0.state == .held && $0.alias == target.name }.suffix(
            Self.mostTokensTried)
        for candidate in candidates.reversed() {
            guard let secret = try? candidate.secret(records.ring),
                let instance = try? LoginHost(candidate.instanceURL, allowing: target.allowedHosts)
            else { continue }
            let granted = GrantedToken(
                token: AccessToken(
                    secret: secret, scope: nil, instanceURL: candidate.instanceURL, identityURL: nil, tokenType: nil),
                instance: instance, organizationID: organizationID)
            let permit = gate.sendCheck(for: target.appID, alias: target.name)
            let works: Void? = await surroundings.tolerating(.diagnosis, ["connection": target.name]) {
                try await OrgAPI.validate(granted, permit: permit, transport: target.transport)
            }
            guard works != nil else { continue }
            return ConnectionTest.AvailableToken(
                source: "an earlier sign-in of this connection", api: api(with: granted, target), signInsUsed: 0)
        }
        return nil
    }

    /// Returns a token of another connection to the same org; `nil` if there is none.
    ///
    /// - Parameter maySignIn: Whether a connection without a cached token may sign in to get one.
    private func token(
        of neighbours: [String], maySignIn: Bool, as principal: Principal
    ) async -> ConnectionTest.AvailableToken? {
        for alias in neighbours {
            let found = await surroundings.tolerating(.diagnosis, ["connection": alias]) {
                try await token(ofNeighbour: alias, maySignIn: maySignIn, as: principal)
            }
            if let token = found ?? nil { return token }
        }
        return nil
    }

    private func token(
        ofNeighbour alias: String, maySignIn: Bool, as principal: Principal
    ) async throws -> ConnectionTest.AvailableToken? {
        let neighbour = try await targets.preferred(alias)
        guard neighbour.block == nil else { return nil }
        let tokens = try await sources.source(for: neighbour, as: principal)
        let held = await tokens.cachedToken
        guard held != nil || maySignIn else { return nil }
        return ConnectionTest.AvailableToken(
            source: "the connection \(alias)", api: api(with: try await tokens.token(), neighbour),
            signInsUsed: held == nil ? 1 : 0)
    }

    private func api(with granted: GrantedToken, _ target: Target) -> OrgAPI {
        var actions = TokenSource.Actions(only: granted)
        actions.sendCheck = gate.sendCheck(for: target.appID, alias: target.name)
        return OrgAPI(transport: target.transport, tokens: TokenSource(actions))
    }
}
