internal import Foundation
internal import JWTBearer
internal import MetadataAPI
internal import MetadataGateway

/// What a client may read, how often, and from where.
///
/// Stored within records; the names of properties must not change.
package struct ClientRights: Codable, Sendable, Equatable {
    /// The most types, objects or addresses.
    private static let mostNames = 500

    /// The metadata types that it may read; `nil`: all without secrets. Types with secrets must be named.
    var types: [String]?
    /// The objects that it may query; `nil`: all that clients may query.
    var objects: [String]?
    /// `nil`: any number.
    var callsPerHour: Int?
    var callsPerDay: Int?
    /// IP addresses and networks in CIDR form from which it is accepted; empty: all.
    var addresses: [String]

    package init(
        types: [String]? = nil, objects: [String]? = nil, callsPerHour: Int? = nil, callsPerDay: Int? = nil,
        addresses: [String] = []
    ) {
        self.types = types
        self.objects = objects
        self.callsPerHour = callsPerHour
        self.callsPerDay = callsPerDay
        self.addresses = addresses
    }

    var limit: CallTally.Limit { CallTally.Limit(perHour: callsPerHour, perDay: callsPerDay) }

    /// Whether it is accepted from this IP address.
    func accept(address: String) -> Bool {
        addresses.isEmpty || addresses.contains { AddressRange($0)?.contains(address) ?? false }
    }

    /// Checks the values.
    ///
    /// - Throws: ``ConnectedAppError`` with `.usage`.
    func check() throws(ConnectedAppError) {
        for limit in [callsPerHour, callsPerDay].compactMap(\.self) where !(1...10_000_000).contains(limit) {
            throw .usage(String(limit), "A client's calls per hour or day are a number from 1 to 10000000.")
        }
        for names in [types, objects, addresses].compactMap(\.self) where names.count > Self.mostNames {
            throw .usage("", "A client has at most \(Self.mostNames) types, objects or addresses.")
        }
        for names in [types, objects].compactMap(\.self) where names.isEmpty {
            throw .usage("", "A list of types or objects names at least one. Without a list, all are allowed.")
        }
        for type in types ?? [] where !PackageManifest.isTypeName(type) {
            throw .usage(type, "This is not the name of a metadata type, such as ApexClass.")
        }
        for object in objects ?? [] where !QueryableObjects.isKnown(object) {
            throw .usage(object, "Clients can query only objects with metadata and set-up. This is none of them.")
        }
        for address in addresses where AddressRange(address) == nil {
            throw .usage(address, "This is not an IP address or a network, such as 192.0.2.7 or 192.0.2.0/24.")
        }
    }

    /// For the audit record.
    var facts: [String: String] {
        var facts: [String: String] = [:]
        facts["types"] = types?.joined(separator: " ")
        facts["objects"] = objects?.joined(separator: " ")
        facts["callsPerHour"] = callsPerHour.map(String.init)
        facts["callsPerDay"] = callsPerDay.map(String.init)
        facts["addresses"] = addresses.isEmpty ? nil : addresses.joined(separator: " ")
        return facts
    }
}

extension ConnectedAppError {
    /// An error about a value that somebody entered.
    ///
    /// - Parameters:
    ///   - subject: The value; empty if the error is about no single one.
    static func usage(_ subject: String, _ detail: String) -> ConnectedAppError {
        ConnectedAppError(.usage, subject: subject.isEmpty ? nil : String(subject.prefix(80)), detail: detail)
    }
}
