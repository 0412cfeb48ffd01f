internal import Foundation
package import JWTBearer

/// A connection to work with, from the store or described on the command line.
package struct Target: Sendable {
    /// The alias, or "command line".
    let name: String
    /// aprity's id of the app; empty without a store.
    let appID: String
    let credentialID: String
    /// Targets of one lineage share a token.
    let lineage: String
    let budget: SignInBudget
    let appKind: AppKind
    let username: Username
    let loginHost: LoginHost
    let givenAudience: String?
    /// `nil` before the app exists.
    let consumerKey: ConsumerKey?
    /// The last known change of the app in the org; `nil` if none is known.
    let appChange: AppChange?
    /// The app's block in aprity; `nil` if it is not blocked.
    var block: Block?
    let pinnedOrganizationID: OrganizationID?
    let allowedHosts: [AllowedHost]
    /// `nil` for a key file without a certificate.
    let certificate: AppCertificate?
    package let signer: any AssertionSigner
    /// Loads the private key and returns its public key.
    let publicKey: @Sendable () async throws -> RSAPublicKey
    let transport: any HTTPTransport
    /// How requests leave: `direct`, or the proxy's host and port.
    let egress: String
    /// The connection's certificate authorities as PEM, which the transport uses.
    var certificateAuthoritiesPEM: String?
    /// The app's name in Setup; `nil` if it was not yet read from the org.
    var appName: String?
    /// Whether the app is blocked in aprity and this is the test that decides whether to unblock it.
    var isBeingUnblocked = false

    /// Returns the claims and the signer for a sign-in.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blocked`, `.consumerKeyMissing`, or the causes of ``audience()``.
    package func identity() throws(ConnectedAppError) -> SignInIdentity {
        if let block { throw ConnectedAppError(block, of: name) }
        guard let consumerKey else { throw ConnectedAppError(.consumerKeyMissing, subject: name) }
        return SignInIdentity(
            target: self, consumerKey: consumerKey, username: username, audience: try audience(), signer: signer)
    }

    /// The target without its block, for the test that decides whether to unblock the app.
    var unblocked: Target {
        var target = self
        target.isBeingUnblocked = block != nil
        target.block = nil
        return target
    }

    /// Returns the audience that was set, or else derives it.
    ///
    /// - Throws: ``ConnectedAppError`` with `.hostUnfitForAppKind`, `.audienceUndecided` or `.audienceMalformed`.
    func audience() throws(ConnectedAppError) -> Audience {
        try Audience.reasoned(host: loginHost, appKind: appKind, given: givenAudience)
    }
}

extension SignInAccount {
    /// Returns the accounts under which the ledger may have a user's sign-ins: by the org's id, and by the login host from the
    /// time before the org was known. New entries use the first.
    ///
    /// - Parameter host: `nil` if the login host cannot be used.
    static func names(
        of username: Username, in organization: OrganizationID?, at host: LoginHost?
    ) -> [SignInAccount] {
        [organization?.description, host?.host].compactMap { $0 }.map {
            SignInAccount(organization: $0, username: username.description)
        }
    }
}
