internal import Foundation
internal import MetadataGateway

/// Exchanges a program's OpenID Connect token for a handle (RFC 8693), so that the program keeps no secret.
package struct TokenExchange: Sendable {
    /// How long a handle is valid, in seconds.
    package static let handleLifetime = 900
    /// The most valid handles of a policy.
    private static let mostHandles = 500
    /// How long the clients of expired handles are listed, in seconds.
    private static let expiredShown = 3_600.0

    let records: SealedRecords
    let surroundings: Surroundings
    let keys: IssuerKeys
    let refused: RefusedExchanges
    let tally: GatewayTally

    /// A handle, which is shown once.
    package struct Grant: Sendable {
        /// A secret.
        package let handle: String
        /// For how long it is valid, in seconds.
        package let lifetime: Int
    }

    /// - Parameters:
    ///   - text: The program's token.
    ///   - connection: The connection that the program names; `nil`: the only one that trusts it.
    ///   - address: The caller's IP address.
    /// - Throws: ``ExchangeRefusal``, and ``ConnectedAppError`` with a failing store's causes.
    package func exchange(_ text: String, connection: String?, from address: String) async throws -> Grant {
        do {
            let grant = try await exchanged(text, connection, address)
            tally.countExchange(isGranted: true)
            return grant
        } catch {
            tally.countExchange(isGranted: false)
            throw error
        }
    }

    private func exchanged(_ text: String, _ connection: String?, _ address: String) async throws -> Grant {
        let token = try IdentityToken(text)
        let policies = try await policies(of: token.issuer)
        guard !policies.isEmpty else { throw ExchangeRefusal.issuer }
        let verified = try await verified(policies, token)
        do {
            return try await grant(token, Self.applying(verified, token, connection, address))
        } catch let refusal as ExchangeRefusal {
            // Others may send any number of tokens, but only those that an issuer has signed get here.
            await audit(refusal, token, from: address)
            throw refusal
        }
    }

    private func policies(of issuer: String) async throws -> [TrustPolicyRecord] {
        try await records.read { reading in
            try reading.checkIsNewest()
            return try reading.intact(TrustPolicyRecord.self).map(\.value).filter { $0.issuer == issuer }
        }
    }

    /// Verifies the token with the keys that the issuer publishes, as read with the certificate authorities of each policy.
    ///
    /// - Returns: The policies with whose authorities the keys were read. The authorities of one policy must not decide for another.
    /// - Throws: ``ExchangeRefusal`` if there is none.
    private func verified(_ policies: [TrustPolicyRecord], _ token: IdentityToken) async throws -> [TrustPolicyRecord] {
        var verified: [TrustPolicyRecord] = []
        var failure = ExchangeRefusal.signature
        for (authorities, own) in Dictionary(grouping: policies, by: \.certificateAuthoritiesPEM) {
            do {
                let place = IssuerKeys.Place(issuer: try Issuer(token.issuer), authoritiesPEM: authorities)
                try await token.verify(with: try await keys.keys(of: place, named: token.keyID))
                try token.check(at: surroundings.now())
                verified += own
            } catch let refusal as ExchangeRefusal {
                failure = refusal
            } catch let error as ConnectedAppError {
                surroundings.note(error, at: .issuerKeys, ["issuer": token.issuer])
                failure = .keys
            }
        }
        guard !verified.isEmpty else { throw failure }
        return verified
    }

    /// - Throws: ``ExchangeRefusal``: `.policy` or `.connections`.
    private static func applying(
        _ policies: [TrustPolicyRecord], _ token: IdentityToken, _ connection: String?, _ address: String
    ) throws(ExchangeRefusal) -> TrustPolicyRecord {
        let applying = policies.filter {
            (connection == nil || $0.connection.description == connection) && $0.applies(to: token)
                && $0.rights.accept(address: address)
        }
        guard let first = applying.min(by: { $0.name < $1.name }) else {
            throw .policy(subject: token.subject, audiences: token.audiences)
        }
        guard applying.allSatisfy({ $0.connection == first.connection }) else { throw .connections }
        return first
    }

    private func grant(_ token: IdentityToken, _ policy: TrustPolicyRecord) async throws -> Grant {
        let (now, randomBytes) = (surroundings.now(), surroundings.randomBytes)
        return try await records.write { writing in
            // The policy may have been removed meanwhile.
            guard try writing.find(TrustPolicyRecord.self, policy.id)?.value == policy else {
                throw ExchangeRefusal.policy(subject: token.subject, audiences: token.audiences)
            }
            let found = try FoundConnection(policy.connection.description, writing)
            guard !found.app.value.isBlocked else { throw ExchangeRefusal.blocked }
            try Self.spend(token, writing, at: now)
            try Self.makeRoom(for: policy, writing, at: now)
            let handle = Handle(for: found.connection.value.pinnedOrganizationID, randomBytes: randomBytes)
            let client = ClientRecord(
                handle, name: "\(policy.name)-\(handle.id)", of: policy.connection, policy.rights, at: now,
                expiresAt: now + Double(Self.handleLifetime), by: Principal(.gateway, name: "policy \(policy.name)"),
                policy: policy.name)
            try writing.save(client)
            try writing.append(
                client.addition([
                    "policy": policy.name, "issuer": token.issuer, "subject": OrgWords().clean(token.subject),
                    "tokenSHA256": token.sha256,
                ]))
            return Grant(handle: handle.text, lifetime: Self.handleLifetime)
        }
    }

    /// Remembers the token, and forgets those that have expired.
    ///
    /// - Throws: ``ExchangeRefusal/exchanged``.
    private static func spend(_ token: IdentityToken, _ writing: CheckedWriting, at now: Date) throws {
        guard try writing.find(ExchangedToken.self, token.sha256) == nil else { throw ExchangeRefusal.exchanged }
        for former in try writing.intact(ExchangedToken.self).map(\.value) where former.expiresAt < now {
            try writing.drop(ExchangedToken.self, former.id)
        }
        try writing.save(ExchangedToken(id: token.sha256, expiresAt: token.uselessAt))
    }

    /// Removes clients whose handles expired some time ago.
    ///
    /// - Throws: ``ExchangeRefusal/handles(retryAfter:)``.
    private static func makeRoom(for policy: TrustPolicyRecord, _ writing: CheckedWriting, at now: Date) throws {
        let clients = try writing.intact(ClientRecord.self).map(\.value).filter { $0.trustPolicy != nil }
        for client in clients where client.expiresAt.addingTimeInterval(expiredShown) < now {
            try Clients.remove(client.id, writing)
        }
        let valid = clients.filter {
            $0.connection == policy.connection && $0.trustPolicy == policy.name && $0.expiresAt > now
        }
        guard valid.count >= mostHandles, let first = valid.map(\.expiresAt).min() else { return }
        throw ExchangeRefusal.handles(retryAfter: Int(first.timeIntervalSince(now).rounded(.up)))
    }

    private func audit(_ refusal: ExchangeRefusal, _ token: IdentityToken, from address: String) async {
        guard let others = refused.count(at: surroundings.uptime()) else { return }
        let facts = [
            "reason": refusal.word, "issuer": token.issuer, "subject": OrgWords().clean(token.subject),
            "audience": OrgWords().clean(token.audiences.joined(separator: " ")), "from": address,
            "others": String(others),
        ]
        let event = AuditEvent(
            time: surroundings.now(), principal: Principal(.gateway, name: "token exchange"), act: .exchangeRefused,
            connection: nil, outcome: "refused", facts: facts)
        await surroundings.tolerating(.auditRecord) { try await records.write { try $0.append(event) } }
    }
}
