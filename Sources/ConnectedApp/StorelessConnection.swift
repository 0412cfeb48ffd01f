internal import Foundation
internal import JWTBearer

/// A connection that is given by options alone. Nothing is stored, no org is pinned, and no ledger of sign-ins is kept.
///
/// The options are checked when the connection is used.
public struct StorelessConnection: Sendable {
    var loginHost: String
    public var username: String
    var consumerKey: String
    /// The private key. It is not stored.
    var signingKey: CredentialFile
    var passphrase: [UInt8]?
    var appKind: AppKind
    var audience: String?
    var allowedHosts: [String]
    var certificateAuthoritiesPEM: String?

    /// - Parameters:
    ///   - loginHost: A URL, or a host alone, which means https.
    ///   - passphrase: Of the private key, in UTF-8; `nil` if the key is not encrypted.
    ///   - audience: `nil`: derived from the login host and the kind of app.
    ///   - allowedHosts: Hosts (`host` or `host:port`) that are trusted in addition to Salesforce's.
    ///   - certificateAuthoritiesPEM: Certificate authorities to trust in addition to the system's; `nil`: none.
    public init(
        loginHost: String, username: String, consumerKey: String, signingKey: CredentialFile,
        passphrase: [UInt8]? = nil,
        appKind: AppKind = .externalClientApp, audience: String? = nil, allowedHosts: [String] = [],
        certificateAuthoritiesPEM: String? = nil
    ) {
        self.loginHost = loginHost
        self.username = username
        self.consumerKey = consumerKey
        self.signingKey = signingKey
        self.passphrase = passphrase
        self.appKind = appKind
        self.audience = audience
        self.allowedHosts = allowedHosts
        self.certificateAuthoritiesPEM = certificateAuthoritiesPEM
    }

    /// Checks the options and returns what a sign-in needs.
    ///
    /// - Throws: ``ConnectedAppError``: the causes of ``AllowedHost``, ``LoginHost``, ``Username`` and ``ConsumerKey``, of
    ///   reading the private key, and of reading the certificate authorities.
    func target(_ transports: any TransportSource, _ surroundings: Surroundings) throws -> Target {
        let allowed = try allowedHosts.map { try AllowedHost($0) }
        let passphrase = passphrase
        let key = try RSAKey(file: signingKey) { () throws(ConnectedAppError) in passphrase }
        let host = try LoginHost(loginHost.trimmingPasteArtifacts, allowing: allowed)
        return Target(
            name: "command line", appID: "", credentialID: "", lineage: "", budget: .standard, appKind: appKind,
            username: try Username(username),
            loginHost: host, givenAudience: audience,
            consumerKey: try ConsumerKey(consumerKey), appChange: nil, block: nil,
            pinnedOrganizationID: nil, allowedHosts: allowed, certificate: nil, signer: key,
            publicKey: { key.publicKey },
            transport: RepeatingTransport(
                try transports.transport(authoritiesPEM: certificateAuthoritiesPEM, allowedHosts: allowed),
                surroundings: surroundings),
            egress: transports.egress(to: host))
    }
}

extension StorelessConnection: CustomStringConvertible, CustomReflectable {
    public var description: String { "StorelessConnection(\(username) at \(loginHost))" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
