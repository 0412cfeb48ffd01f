internal import ConnectedApp
internal import Foundation

/// The body of `POST /connections`. Omitted members keep the defaults of ``NewConnection``.
struct NewConnectionBody: StrictBody {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case alias, loginHost, username, appKind, consumerKey, audience, allowedHosts, certificateAuthoritiesPEM
        case keySize, keyStore, certificateDays, sameAppAs, allowsTokens
    }

    let connection: NewConnection

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        var connection = NewConnection(
            alias: try members.decode(String.self, forKey: .alias),
            loginHost: try members.decode(String.self, forKey: .loginHost),
            username: try members.decode(String.self, forKey: .username))
        connection.appKind = try members.decodeIfPresent(AppKind.self, forKey: .appKind)
        connection.consumerKey = try members.decodeIfPresent(String.self, forKey: .consumerKey)
        connection.audience = try members.decodeIfPresent(String.self, forKey: .audience)
        connection.allowedHosts = try members.decodeIfPresent([String].self, forKey: .allowedHosts) ?? []
        connection.certificateAuthoritiesPEM = try members.decodeIfPresent(
            String.self, forKey: .certificateAuthoritiesPEM)
        connection.keySize = try members.decodeIfPresent(KeySize.self, forKey: .keySize)
        connection.keyStore = try members.decodeIfPresent(KeyStoreKind.self, forKey: .keyStore)
        connection.certificateDays = try members.decodeIfPresent(Int.self, forKey: .certificateDays)
        connection.sameAppAs = try members.decodeIfPresent(String.self, forKey: .sameAppAs)
        connection.allowsTokens = try members.decodeIfPresent(Bool.self, forKey: .allowsTokens) ?? false
        self.connection = connection
    }
}

/// The body of `PATCH /connections/{alias}`: a JSON merge patch (RFC 7396). `null` removes `audience` or
/// `certificateAuthoritiesPEM` and is rejected for the other members.
struct ConnectionPatchBody: StrictBody {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case consumerKey, username, loginHost, audience, allowedHosts, certificateAuthoritiesPEM
        case acceptedOrganizationID, allowsTokens
    }

    var changes = ConnectionChanges()

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        func given<Value: Decodable>(_ key: CodingKeys) throws -> Value? {
            members.contains(key) ? try members.decode(Value.self, forKey: key) : nil
        }
        func change(_ key: CodingKeys) throws -> ConnectionChanges.Change<String>? {
            guard members.contains(key) else { return nil }
            return try members.decodeNil(forKey: key) ? .removed : .to(try members.decode(String.self, forKey: key))
        }
        changes.consumerKey = try given(.consumerKey)
        changes.username = try given(.username)
        changes.loginHost = try given(.loginHost)
        changes.allowedHosts = try given(.allowedHosts)
        changes.acceptedOrganizationID = try given(.acceptedOrganizationID)
        changes.allowsTokens = try given(.allowsTokens)
        changes.audience = try change(.audience)
        changes.certificateAuthoritiesPEM = try change(.certificateAuthoritiesPEM)
    }
}
