internal import Foundation

/// The trust policies of connections.
///
/// Every method with an alias throws ``ConnectedAppError`` with `.unknownAlias`, and the causes of a failing store.
package struct TrustPolicies: Sendable {
    let records: SealedRecords
    let surroundings: Surroundings

    /// The policies, sorted by connection and name.
    ///
    /// - Parameter alias: The connection; `nil` for all.
    package func all(of alias: String?, as principal: Principal) async throws -> ListedWithAltered<TrustPolicyView> {
        try await records.read { reading in
            if let alias { _ = try FoundConnection(alias, reading) }
            return try Self.listed(of: alias, reading)
        }
    }

    static func listed(
        of alias: String?, _ reading: CheckedReading
    ) throws -> ListedWithAltered<TrustPolicyView> {
        let records = try reading.named(TrustPolicyRecord.self, of: alias)
        return ListedWithAltered(shown: records.intact.map(TrustPolicyView.init), altered: records.altered)
    }

    /// Adds a policy. Sends nothing.
    ///
    /// - Throws: ``ConnectedAppError``: `.trustPolicyTaken`, and `.usage` if a value is malformed.
    package func add(_ new: NewTrustPolicy, to alias: String, as principal: Principal) async throws -> TrustPolicyView {
        let new = try new.checked()
        if let pem = new.certificateAuthoritiesPEM { _ = try CertificateAuthorities(Array(pem.utf8)) }
        let (now, id) = (surroundings.now(), surroundings.randomHex(bytes: 8))
        return try await records.write { writing in
            let connection = try FoundConnection(alias, writing).connection.value
            guard try !writing.isTaken(new.name, by: TrustPolicyRecord.self, of: connection.alias) else {
                throw ConnectedAppError(.trustPolicyTaken, subject: "\(alias): \(new.name)")
            }
            let record = TrustPolicyRecord(
                id: id, name: new.name, connection: connection.alias, issuer: new.issuer, audience: new.audience,
                subject: new.subject, claims: new.claims, certificateAuthoritiesPEM: new.certificateAuthoritiesPEM,
                rights: new.rights, createdAt: now, createdBy: principal)
            try writing.save(record)
            let facts = [
                "policy": record.name, "id": id, "issuer": record.issuer, "audience": record.audience,
                "subject": record.subject,
                "claims": record.claims.map { "\($0)=\($1)" }.sorted().joined(separator: " "),
            ]
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .trustPolicyAdded, connection: alias,
                    facts: facts.filter { !$0.value.isEmpty }.merging(record.rights.facts) { own, _ in own }))
            return TrustPolicyView(record)
        }
    }

    /// Removes a policy, and revokes the handles that programs got by it. Removes its record, even if it was altered.
    ///
    /// - Parameter name: The policy's name, or its id.
    /// - Throws: ``ConnectedAppError`` with `.trustPolicyUnknown`.
    package func remove(_ name: String, of alias: String, as principal: Principal) async throws {
        let now = surroundings.now()
        try await records.write { writing in
            _ = try FoundConnection(alias, writing)
            guard let (id, policy) = try writing.removable(TrustPolicyRecord.self, name, of: alias) else {
                throw ConnectedAppError(.trustPolicyUnknown, subject: "\(alias): \(name.prefix(80))")
            }
            try writing.drop(TrustPolicyRecord.self, id)
            let revoked = try policy.map { try Clients.revoke(gotBy: $0.name, of: $0.connection, writing) } ?? 0
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .trustPolicyRemoved, connection: alias,
                    facts: ["policy": policy?.name ?? name, "id": id, "handlesRevoked": String(revoked)]))
        }
    }

    /// Removes the policies of a connection that is removed.
    static func remove(of alias: String, _ writing: CheckedWriting) throws {
        for policy in try writing.intact(TrustPolicyRecord.self).map(\.value)
        where policy.connection.description == alias {
            try writing.drop(TrustPolicyRecord.self, policy.id)
        }
    }
}
