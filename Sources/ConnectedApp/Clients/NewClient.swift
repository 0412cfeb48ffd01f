internal import Foundation
internal import JWTBearer
internal import MetadataAPI
internal import MetadataGateway

/// What an operator decides about a new client.
package struct NewClient: Sendable {
    /// The shortest and the longest time from a client's creation to its expiry, in seconds.
    package static let lifetimes = 60...366 * 86_400
    /// The most types, objects or addresses.
    private static let mostNames = 500

    var name: String
    /// In seconds.
    var lifetime: Int
    var types: [String]?
    var objects: [String]?
    var callsPerHour: Int?
    var callsPerDay: Int?
    var addresses: [String]

    /// - Parameters:
    ///   - lifetime: In seconds.
    ///   - types: The metadata types that it may read; `nil`: all without secrets. Types with secrets must be named.
    ///   - objects: The objects that it may query; `nil`: all that clients may query.
    ///   - addresses: IP addresses and networks in CIDR form; empty: all.
    package init(
        name: String, lifetime: Int, types: [String]? = nil, objects: [String]? = nil, callsPerHour: Int? = nil,
        callsPerDay: Int? = nil, addresses: [String] = []
    ) {
        self.name = name
        self.lifetime = lifetime
        self.types = types
        self.objects = objects
        self.callsPerHour = callsPerHour
        self.callsPerDay = callsPerDay
        self.addresses = addresses
    }

    /// Removes what pasting adds, and checks the values.
    ///
    /// - Throws: ``ConnectedAppError`` with `.usage`.
    func checked() throws(ConnectedAppError) -> NewClient {
        var client = self
        client.name = name.trimmingPasteArtifacts
        guard AliasSyntax.isValid(client.name) else {
            throw Self.wrong(
                name, "A client's name has 1 to 64 letters, digits, `-`, `_` or `.`, and begins with a letter or digit."
            )
        }
        guard Self.lifetimes.contains(lifetime) else {
            throw Self.wrong(client.name, "A client's handle expires after one minute to 366 days.")
        }
        for limit in [callsPerHour, callsPerDay].compactMap(\.self) where !(1...10_000_000).contains(limit) {
            throw Self.wrong(String(limit), "A client's calls per hour or day are a number from 1 to 10000000.")
        }
        for names in [types, objects, addresses].compactMap(\.self) where names.count > Self.mostNames {
            throw Self.wrong(client.name, "A client has at most \(Self.mostNames) types, objects or addresses.")
        }
        for names in [types, objects].compactMap(\.self) where names.isEmpty {
            throw Self.wrong(
                client.name, "A list of types or objects names at least one. Without a list, all are allowed.")
        }
        for type in types ?? [] where !PackageManifest.isTypeName(type) {
            throw Self.wrong(type, "This is not the name of a metadata type, such as ApexClass.")
        }
        for object in objects ?? [] where !QueryableObjects.isKnown(object) {
            throw Self.wrong(object, "Clients can query only objects with metadata and set-up. This is none of them.")
        }
        for address in addresses where AddressRange(address) == nil {
            throw Self.wrong(address, "This is not an IP address or a network, such as 192.0.2.7 or 192.0.2.0/24.")
        }
        return client
    }

    private static func wrong(_ subject: String, _ detail: String) -> ConnectedAppError {
        ConnectedAppError(.usage, subject: String(subject.prefix(80)), detail: detail)
    }
}
