internal import Foundation
internal import HTTPTypes
internal import JWTBearer

/// An issuer of OpenID Connect.
struct Issuer: Sendable, Hashable {
    /// Claims that name the owner of what runs the program.
    static let ownerClaims: Set = ["repository_owner", "repository_owner_id", "namespace_path", "namespace_id"]
    /// Issuers that issue tokens to everybody.
    private static let shared: Set = ["token.actions.githubusercontent.com", "gitlab.com"]

    /// The URL that the operator entered, and that tokens have in `iss`.
    let url: String
    let address: WebAddress

    /// - Throws: ``ConnectedAppError`` with `.usage` if it is not an https URL without query and fragment. On this machine, http is
    ///   accepted too.
    init(_ url: String) throws(ConnectedAppError) {
        guard let address = WebAddress(url), !url.contains("?") else {
            throw .usage(
                url,
                "An issuer is a URL that begins with https://, without query and fragment. On this machine, http is allowed."
            )
        }
        (self.url, self.address) = (url, address)
    }

    /// Whether everybody can get tokens of it.
    var isShared: Bool { Self.shared.contains(address.host) }

    /// Where its configuration is (OpenID Connect Discovery 1.0, section 4).
    var configuration: WebAddress {
        var place = address
        place.path =
            (address.path.hasSuffix("/") ? String(address.path.dropLast()) : address.path)
            + "/.well-known/openid-configuration"
        return place
    }
}

/// The URL of something to read: https, or http on this machine.
struct WebAddress: Sendable, Hashable {
    let scheme: String
    /// Lower case.
    let host: String
    /// `host` or `host:port`.
    let authority: String
    /// With the query.
    var path: String

    /// - Returns: `nil` if the text is no such URL, or is longer than 500 bytes.
    init?(_ text: String) {
        guard text.utf8.count <= 500, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let parts = URLComponents(string: text), let scheme = parts.scheme, let host = parts.host?.lowercased(),
            !host.isEmpty, parts.fragment == nil, parts.user == nil, parts.password == nil
        else { return nil }
        guard scheme == "https" || (scheme == "http" && ["127.0.0.1", "[::1]", "localhost"].contains(host)) else {
            return nil
        }
        self.scheme = scheme
        self.host = host
        authority = parts.port.map { "\(host):\($0)" } ?? host
        path = parts.percentEncodedPath + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
    }

    /// Reads what is there.
    ///
    /// - Throws: ``ConnectedAppError`` with `.issuerUnreadable`, and the causes of malformed settings.
    func read(_ transports: any TransportSource, authoritiesPEM: String?) async throws -> [UInt8] {
        let transport = try transports.transport(
            authoritiesPEM: authoritiesPEM, allowedHosts: [AllowedHost(authority)])
        let head = HTTPRequest(
            method: .get, scheme: scheme, authority: authority, path: path.isEmpty ? "/" : path,
            headerFields: [.accept: "application/json"])
        do {
            let response = try await transport.send(OutgoingRequest(head, body: []), within: .issuer)
            guard response.head.status == .ok else {
                throw ConnectedAppError(
                    .issuerUnreadable, subject: authority, evidence: ["status": String(response.head.status.code)])
            }
            return try await response.collect()
        } catch let failure as TransportFailure {
            throw ConnectedAppError(
                .issuerUnreadable, subject: authority,
                evidence: ["transport": failure.kind.rawValue, "detail": failure.detail])
        }
    }
}

extension ExchangeLimits {
    /// For an issuer's configuration and keys. A caller waits for them.
    fileprivate static let issuer = ExchangeLimits(bodyBytes: 256 << 10, total: .seconds(10))
}
