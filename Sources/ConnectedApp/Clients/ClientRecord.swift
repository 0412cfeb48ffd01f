internal import Foundation
internal import MetadataGateway

/// A tool that reads metadata through the gateway, with a handle.
///
/// Stored as a record; the names of properties must not change.
struct ClientRecord: NamedOfConnection, Equatable {
    static let kind = RecordKind.client
    /// The id of its handle: 16 hexadecimal digits.
    let id: String
    /// Unique among the clients of the connection. The syntax is that of connections' names.
    let name: String
    let connection: Alias
    let secretSHA256: Data
    /// The metadata types that it may read; `nil`: all without secrets.
    let types: [String]?
    /// The objects that it may query; `nil`: all of the gateway's table.
    let objects: [String]?
    let limit: CallTally.Limit
    /// The addresses from which the handle is accepted; empty: all.
    let addresses: [String]
    let expiresAt: Date
    let createdAt: Date
    let createdBy: Principal
    /// The trust policy by which a program exchanged a token for the handle; `nil` if somebody added the client.
    var trustPolicy: String?

    var recordID: String { id }

    /// Who acts in the audit record.
    var principal: Principal { Principal(.gateway, name: "client \(name)") }

    var rights: ClientRights {
        ClientRights(
            types: types, objects: objects, callsPerHour: limit.perHour, callsPerDay: limit.perDay,
            addresses: addresses)
    }

    func access(_ handle: Handle) -> ReadAccess {
        ReadAccess(
            handle, types: ReadableTypes(named: types.map(Set.init)),
            objects: QueryableObjects(named: objects.map(Set.init)))
    }
}

extension ClientRecord {
    /// - Parameter policy: See ``trustPolicy``.
    init(
        _ handle: Handle, name: String, of connection: Alias, _ rights: ClientRights, at now: Date, expiresAt: Date,
        by principal: Principal, policy: String? = nil
    ) {
        self.init(
            id: handle.id, name: name, connection: connection, secretSHA256: Data(handle.secretSHA256),
            types: rights.types, objects: rights.objects, limit: rights.limit, addresses: rights.addresses,
            expiresAt: expiresAt, createdAt: now, createdBy: principal, trustPolicy: policy)
    }

    /// For the audit record.
    ///
    /// - Parameter further: Facts besides those of the client.
    func addition(_ further: [String: String] = [:]) -> AuditEvent {
        let facts = ["client": name, "id": id, "expiresAt": expiresAt.ISO8601Format()]
        return AuditEvent(
            time: createdAt, principal: createdBy, act: .clientAdded, connection: connection.description,
            facts: facts.merging(rights.facts) { own, _ in own }.merging(further) { own, _ in own })
    }
}

/// What a client did. A loss does no harm, except that its calls of the last day do not count.
///
/// Stored as a record; the names of properties must not change.
struct ClientUse: DispensableRecord, Equatable {
    static let kind = RecordKind.clientUse
    /// See ``ClientRecord/id``.
    let id: String
    var calls = CallTally()
    var usedAt: Date?
    /// The address of the last accepted call.
    var usedFrom: String?
    /// The number of refused calls.
    var refusals = 0
    var refusedAt: Date?
    /// The calls that the audit record does not report yet.
    var unaudited = Counts()
    /// When the audit record last reported accepted calls.
    var auditedAt: Date?

    /// Numbers of calls.
    struct Counts: Codable, Equatable {
        /// By ``GatewayCall/kind``.
        var accepted: [String: Int] = [:]
        /// By the code of the refusal.
        var refused: [String: Int] = [:]
        /// The message of the latest refusal.
        var lastRefusal: String?

        /// Removes calls that the audit record reports.
        mutating func subtract(_ reported: Counts) {
            accepted = Self.difference(accepted, reported.accepted)
            refused = Self.difference(refused, reported.refused)
            if refused.isEmpty { lastRefusal = nil }
        }

        private static func difference(_ all: [String: Int], _ some: [String: Int]) -> [String: Int] {
            all.merging(some) { $0 - $1 }.filter { $0.value > 0 }
        }
    }

    init(id: String) { self.id = id }

    var recordID: String { id }
}
