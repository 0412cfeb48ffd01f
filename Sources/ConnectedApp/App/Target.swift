internal import Foundation
package import JWTBearer

/// What a test, a token or a pull works on: a connection of the store, or the same given on the command line.
package struct Target: Sendable {
    /// The alias, or "command line".
    package let name: String
    /// Of aprity; empty on the command line, where there is no store.
    package let appID: String
    package let credentialID: String
    /// Targets of one lineage share a token.
    package let lineage: String
    package let budget: SignInBudget
    package let appKind: AppKind
    package let username: Username
    package let loginHost: LoginHost
    package let givenAudience: String?
    /// `nil` before the app exists.
    package let consumerKey: ConsumerKey?
    /// The last known change of the app in the org; `nil` if none is known.
    package let appChange: AppChange?
    /// `nil` where it is not.
    package var block: Block?
    package let pinnedOrganizationID: OrganizationID?
    package let allowedHosts: [AllowedHost]
    /// `nil` for a bare key file.
    package let certificate: AppCertificate?
    package let signer: any AssertionSigner
    /// Opens the private key and tells its public half.
    package let publicKey: @Sendable () async throws -> RSAPublicKey
    package let transport: any HTTPTransport
    /// PEM text of further certificate authorities, from which the transport was made.
    var certificateAuthoritiesPEM: String?
    /// As Setup lists the app; `nil` if no reading of the org told it yet.
    var appName: String?
    /// The app is blocked in aprity, and this is the test that decides whether the block is lifted.
    var isBeingUnblocked = false

    /// Everything that a sign-in needs.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blocked`, `.consumerKeyMissing`, or the reasoning's causes.
    package func identity() throws(ConnectedAppError) -> SignInIdentity {
        if let block { throw ConnectedAppError(block, of: name) }
        guard let consumerKey else { throw ConnectedAppError(.consumerKeyMissing, subject: name) }
        return SignInIdentity(
            loginHost: loginHost, audience: try audience(), appKind: appKind, consumerKey: consumerKey,
            username: username, signer: signer, allowedHosts: allowedHosts,
            pinnedOrganizationID: pinnedOrganizationID)
    }

    /// The same without its block: for the test that decides whether it is lifted.
    var unblocked: Target {
        var target = self
        target.isBeingUnblocked = block != nil
        target.block = nil
        return target
    }

    package func audience() throws(ConnectedAppError) -> Audience {
        try Audience.reasoned(host: loginHost, appKind: appKind, given: givenAudience)
    }
}

/// A connection given by flags alone: nothing is stored, nothing is pinned, no ledger is kept.
public struct StorelessConnection: Sendable {
    public var loginHost: String
    public var username: String
    public var consumerKey: String
    /// PEM text; never kept.
    public var signingKey: CredentialFile
    public var passphrase: [UInt8]?
    public var appKind: AppKind
    public var audience: String?
    public var allowedHosts: [String]
    public var certificateAuthoritiesPEM: String?

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

    package func target(_ transports: any TransportSource, _ surroundings: Surroundings) throws -> Target {
        let allowed = try allowedHosts.map { try AllowedHost($0) }
        let passphrase = passphrase
        let key = try RSAKey(file: signingKey) { () throws(ConnectedAppError) in passphrase }
        return Target(
            name: "command line", appID: "", credentialID: "", lineage: "", budget: .standard, appKind: appKind,
            username: try Username(username),
            loginHost: try LoginHost(loginHost.withoutSurroundings, allowing: allowed), givenAudience: audience,
            consumerKey: try ConsumerKey(consumerKey), appChange: nil, block: nil,
            pinnedOrganizationID: nil, allowedHosts: allowed, certificate: nil, signer: key,
            publicKey: { key.publicKey },
            transport: RepeatingTransport(
                try transports.transport(authoritiesPEM: certificateAuthoritiesPEM, allowedHosts: allowed),
                surroundings: surroundings))
    }
}

extension StorelessConnection: CustomStringConvertible, CustomReflectable {
    public var description: String { "StorelessConnection(\(username) at \(loginHost))" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
