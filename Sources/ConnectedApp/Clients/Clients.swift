internal import Foundation
internal import MetadataGateway

/// The tools that read metadata through the gateway.
///
/// Every method with an alias throws ``ConnectedAppError`` with `.unknownAlias`, and the causes of a failing store.
package struct Clients: Sendable {
    let records: SealedRecords
    let surroundings: Surroundings
    let activity: ClientActivity

    // MARK: Reading

    /// The clients, sorted by connection and name.
    ///
    /// - Parameter alias: The connection; `nil` for all.
    package func all(of alias: String?, as principal: Principal) async throws -> ListedWithAltered<ClientView> {
        try await records.read { reading in
            if let alias { _ = try FoundConnection(alias, reading) }
            return try listed(of: alias, reading)
        }
    }

    func listed(of alias: String?, _ reading: CheckedReading) throws -> ListedWithAltered<ClientView> {
        let now = surroundings.now()
        let records = try reading.named(ClientRecord.self, of: alias)
        let uses = Dictionary(try reading.intact(ClientUse.self).map { ($0.value.id, $0.value) }) { first, _ in first }
        return ListedWithAltered(
            shown: records.intact.map { ClientView($0, activity.latest(of: $0.id) ?? uses[$0.id], now: now) },
            altered: records.altered)
    }

    /// - Throws: ``ConnectedAppError`` with `.clientUnknown`.
    package func named(_ name: String, of alias: String, as principal: Principal) async throws -> ClientView {
        guard let view = try await all(of: alias, as: principal).shown.first(where: { $0.name == name }) else {
            throw ConnectedAppError(.clientUnknown, subject: "\(alias): \(name.prefix(80))")
        }
        return view
    }

    // MARK: Changing

    /// Adds a client.
    ///
    /// - Returns: The only view with the handle.
    /// - Throws: ``ConnectedAppError``: `.clientTaken`, and `.usage` if a value is malformed.
    package func add(_ new: NewClient, to alias: String, as principal: Principal) async throws -> NewClientView {
        let new = try new.checked()
        let now = surroundings.now()
        let surroundings = surroundings
        return try await records.write { writing in
            let connection = try FoundConnection(alias, writing).connection.value
            guard try !writing.isTaken(new.name, by: ClientRecord.self, of: connection.alias) else {
                throw ConnectedAppError(.clientTaken, subject: "\(alias): \(new.name)")
            }
            let handle = Handle(for: connection.pinnedOrganizationID, randomBytes: surroundings.randomBytes)
            let record = ClientRecord(
                handle, name: new.name, of: connection.alias, new.rights, at: now,
                expiresAt: now + Double(new.lifetime), by: principal)
            try writing.save(record)
            try writing.append(record.addition())
            return NewClientView(
                name: record.name, connection: alias, handle: handle.text, expiresAt: record.expiresAt)
        }
    }

    /// Revokes a client's handle at once. Removes its record, even if it was altered.
    ///
    /// - Parameter name: The client's name, or its id.
    /// - Throws: ``ConnectedAppError`` with `.clientUnknown`.
    package func revoke(_ name: String, of alias: String, as principal: Principal) async throws {
        let now = surroundings.now()
        let id = try await records.write { writing in
            _ = try FoundConnection(alias, writing)
            guard let (id, client) = try writing.removable(ClientRecord.self, name, of: alias) else {
                throw ConnectedAppError(.clientUnknown, subject: "\(alias): \(name.prefix(80))")
            }
            try Self.remove(id, writing)
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .clientRevoked, connection: alias,
                    facts: ["client": client?.name ?? name, "id": id]))
            return id
        }
        activity.forget(id)
    }

    static func remove(_ id: String, _ writing: CheckedWriting) throws {
        try writing.drop(ClientRecord.self, id)
        try writing.drop(ClientUse.self, id)
    }

    /// Revokes the handles that programs got by a trust policy.
    ///
    /// - Parameter policy: Its name.
    /// - Returns: Their number.
    static func revoke(gotBy policy: String, of connection: Alias, _ writing: CheckedWriting) throws -> Int {
        let clients = try writing.intact(ClientRecord.self).map(\.value).filter {
            $0.connection == connection && $0.trustPolicy == policy
        }
        for client in clients { try remove(client.id, writing) }
        return clients.count
    }

    /// Removes the clients of a connection that is removed, so that no handle leads to a later connection of the same name.
    static func remove(of alias: String, _ writing: CheckedWriting) throws {
        for client in try writing.intact(ClientRecord.self).map(\.value) where client.connection.description == alias {
            try remove(client.id, writing)
        }
    }
}
