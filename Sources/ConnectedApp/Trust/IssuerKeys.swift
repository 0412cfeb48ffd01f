internal import Foundation
internal import JWTKit

/// The public keys of issuers, as they publish them. Kept in memory for an hour.
actor IssuerKeys {
    /// An issuer, and the certificate authorities to trust for it.
    struct Place: Hashable {
        let issuer: Issuer
        let authoritiesPEM: String?
    }

    private struct Entry {
        /// Empty if they could not be read yet.
        var keys: [JWK] = []
        /// The uptime.
        var readAt: Duration?
        var triedAt: Duration
    }

    /// How long keys are used without another look.
    private static let freshness = Duration.seconds(3_600)
    /// How long keys are used if they cannot be read again.
    private static let patience = Duration.seconds(86_400)
    /// The least time between two reads, whatever keys the callers name.
    private static let pause = Duration.seconds(20)
    /// More keys are ignored.
    private static let mostKeys = 100

    private let transports: any TransportSource
    private let surroundings: Surroundings
    private var entries: [Place: Entry] = [:]
    private var reads: [Place: Task<[JWK], any Error>] = [:]

    init(transports: any TransportSource, surroundings: Surroundings) {
        self.transports = transports
        self.surroundings = surroundings
    }

    /// Returns the keys with which a token may be signed. Reads them if they are not known, are old, or do not contain the
    /// wanted one, but not more often than every 20 seconds.
    ///
    /// - Parameter id: The key's id in the token's header; `nil` if it has none.
    /// - Throws: ``ConnectedAppError`` with `.issuerUnreadable` if the keys are not known.
    func keys(of place: Place, named id: String?) async throws -> [JWK] {
        let now = surroundings.uptime()
        let entry = entries[place]
        let age = entry?.readAt.map { now - $0 }
        let found = entry.map { Self.selected($0.keys, named: id) } ?? []
        if let age, age < Self.freshness, !found.isEmpty { return found }
        let mayRead = reads[place] != nil || entry.map { now - $0.triedAt >= Self.pause } ?? true
        guard mayRead else {
            guard let age, age < Self.patience else {
                throw ConnectedAppError(.issuerUnreadable, subject: place.issuer.address.authority)
            }
            return found
        }
        do { return Self.selected(try await read(place, at: now), named: id) } catch {
            guard let age, age < Self.patience, !found.isEmpty else { throw error }
            surroundings.note(error, at: .issuerKeys, ["issuer": place.issuer.url])
            return found
        }
    }

    /// Reads the keys. Callers that wait at the same time share one read.
    private func read(_ place: Place, at now: Duration) async throws -> [JWK] {
        if let read = reads[place] { return try await read.value }
        entries[place, default: Entry(triedAt: now)].triedAt = now
        let transports = transports
        let read = Task { try await Self.published(place, transports) }
        reads[place] = read
        defer { reads[place] = nil }
        let keys = try await read.value
        entries[place] = Entry(keys: keys, readAt: now, triedAt: now)
        return keys
    }

    private static func selected(_ keys: [JWK], named id: String?) -> [JWK] {
        guard let id else { return keys.count == 1 ? keys : [] }
        return keys.filter { $0.keyIdentifier?.string == id }
    }

    // MARK: What an issuer publishes

    private struct Configuration: Decodable {
        enum CodingKeys: String, CodingKey {
            case issuer
            case keysURL = "jwks_uri"
        }

        let issuer: String
        let keysURL: String
    }

    /// Keys of unknown kinds are left out.
    private struct KeySet: Decodable {
        struct Key: Decodable {
            let key: JWK?

            // A key of another kind, such as one for encryption, must not make the others useless.
            init(from decoder: any Decoder) { key = try? JWK(from: decoder) }
        }

        let keys: [Key]
    }

    private static func published(_ place: Place, _ transports: any TransportSource) async throws -> [JWK] {
        let issuer = place.issuer
        func unreadable(_ detail: String) -> ConnectedAppError {
            ConnectedAppError(.issuerUnreadable, subject: issuer.address.authority, detail: detail)
        }
        let configuration: Configuration
        let text = try await issuer.configuration.read(transports, authoritiesPEM: place.authoritiesPEM)
        do { configuration = try JSONDecoder().decode(Configuration.self, from: Data(text)) } catch {
            throw unreadable("Its OpenID configuration has no `issuer` and `jwks_uri`.")
        }
        guard configuration.issuer == issuer.url else {
            throw unreadable("Its OpenID configuration is that of another issuer.")
        }
        // Only an issuer on this machine may have its keys on this machine.
        guard let address = WebAddress(configuration.keysURL),
            address.scheme == "https" || issuer.address.scheme == "http"
        else { throw unreadable("The address of its keys is not an https URL.") }
        let set: KeySet
        let keys = try await address.read(transports, authoritiesPEM: place.authoritiesPEM)
        do { set = try JSONDecoder().decode(KeySet.self, from: Data(keys)) } catch {
            throw unreadable("What it publishes as its keys is no JSON Web Key Set.")
        }
        return set.keys.prefix(mostKeys).compactMap(\.key)
    }
}
