package import Foundation
internal import MetadataGateway

/// A client without its handle, as it is shown.
///
/// A JSON document; the property names must not change.
package struct ClientView: Codable, Sendable, Equatable {
    package let name: String
    package let connection: String
    /// The part of the handle that is no secret.
    package let id: String
    /// `null`: all types without secrets.
    @ExplicitNull package var types: [String]?
    /// `null`: all objects that clients may query.
    @ExplicitNull package var objects: [String]?
    /// `null`: any number.
    @ExplicitNull package var callsPerHour: Int?
    @ExplicitNull package var callsPerDay: Int?
    /// IP addresses and networks; empty: all.
    package let addresses: [String]
    package let expiresAt: Date
    package let isExpired: Bool
    package let createdAt: Date
    /// `channel:name`.
    package let createdBy: String
    /// The trust policy by which a program got the handle for a token of its own; `null` if somebody added the client.
    @ExplicitNull package var trustPolicy: String?
    /// Accurate to a quarter of a minute, as are the figures that follow; `null`: never.
    @ExplicitNull package var lastUsedAt: Date?
    @ExplicitNull package var lastUsedFrom: String?
    package let callsInLastHour: Int
    package let callsInLastDay: Int
    /// The number of calls that the gateway refused.
    package let refusals: Int
    @ExplicitNull package var lastRefusedAt: Date?

    init(_ record: ClientRecord, _ use: ClientUse?, now: Date) {
        name = record.name
        connection = record.connection.description
        id = record.id
        _types = ExplicitNull(wrappedValue: record.types)
        _objects = ExplicitNull(wrappedValue: record.objects)
        _callsPerHour = ExplicitNull(wrappedValue: record.limit.perHour)
        _callsPerDay = ExplicitNull(wrappedValue: record.limit.perDay)
        addresses = record.addresses
        expiresAt = record.expiresAt
        isExpired = record.expiresAt <= now
        createdAt = record.createdAt
        createdBy = record.createdBy.description
        _trustPolicy = ExplicitNull(wrappedValue: record.trustPolicy)
        _lastUsedAt = ExplicitNull(wrappedValue: use?.usedAt)
        _lastUsedFrom = ExplicitNull(wrappedValue: use?.usedFrom)
        let time = Int(now.timeIntervalSince1970)
        callsInLastHour = use?.calls.lastHour(at: time) ?? 0
        callsInLastDay = use?.calls.lastDay(at: time) ?? 0
        refusals = use?.refusals ?? 0
        _lastRefusedAt = ExplicitNull(wrappedValue: use?.refusedAt)
    }
}

/// A new client with its handle, which is shown once.
///
/// A JSON document; the property names must not change.
package struct NewClientView: Encodable, Sendable {
    package let name: String
    package let connection: String
    /// A secret.
    package let handle: String
    package let expiresAt: Date
}
