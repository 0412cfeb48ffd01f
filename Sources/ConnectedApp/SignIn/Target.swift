internal import Foundation
package import JWTBearer

/// A connection with everything that a sign-in needs. It comes from the store or from options of the command line.
package struct Target: Sendable {
    /// The alias; `command line` for a connection that options of the command line describe.
    let name: String
    /// aprity's id of the app; empty without a store. The same applies to ``credentialID`` and ``lineage``.
    let appID: String
    /// aprity's id of the key and certificate that sign.
    let credentialID: String
    /// Identifies the tokens that this target may use: those that an app's targets of the same lineage obtained. A rotation
    /// keeps the lineage. If the key or the Consumer Key is replaced in another way, a new lineage begins, and tokens that
    /// were obtained before are no longer used.
    let lineage: String
    let budget: SignInBudget
    let appKind: AppKind
    let username: Username
    let loginHost: LoginHost
    /// The audience that the operator set; `nil` if it is derived from the login host.
    let givenAudience: String?
    /// `nil` before the app exists.
    let consumerKey: ConsumerKey?
    /// The last known change of the app in the org; `nil` if none is known.
    let appChange: AppChange?
    /// The app's block in aprity; `nil` if it is not blocked.
    var block: Block?
    /// The only org whose tokens are used; `nil` before the first sign-in.
    let pinnedOrganizationID: OrganizationID?
    /// Further hosts, not Salesforce's own, to which requests may be sent.
    let allowedHosts: [AllowedHost]
    /// `nil` for a key file without a certificate.
    let certificate: AppCertificate?
    package let signer: any AssertionSigner
    /// Returns the public key of the signer's key. It may have to load the private key, or to ask a token or a signer
    /// command.
    let publicKey: @Sendable () async throws -> RSAPublicKey
    let transport: any HTTPTransport
    /// How requests leave: `direct`, or the proxy's host and port.
    let egress: String
    /// The connection's certificate authorities as PEM, which ``transport`` trusts in addition to the system's; `nil`
    /// if there are none.
    var certificateAuthoritiesPEM: String?
    /// The app's name in Setup; `nil` if it was not yet read from the org.
    var appName: String?
    /// The revisions of the records that this was read from; `nil` without a store.
    var revisions: TargetRevisions?
    /// Whether programs may get the connection's access tokens.
    var allowsTokens = true
    /// Whether the app is blocked in aprity and this is the test that decides whether to unblock it.
    var isBeingUnblocked = false

    /// Returns the claims and the signer for a sign-in.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blocked`, `.consumerKeyMissing`, or the causes of ``audience()``.
    package func identity() throws(ConnectedAppError) -> SignInIdentity {
        if let block { throw ConnectedAppError(block, of: name) }
        guard let consumerKey else { throw ConnectedAppError(.consumerKeyMissing, connection: name) }
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
    /// Returns the accounts under which the ledger may contain a user's sign-ins: first the one with the org's id, then the
    /// one with the login host, which entries have that were written before the id was known. New entries use the first.
    ///
    /// - Parameters:
    ///   - organization: `nil` before the id is known.
    ///   - host: `nil` if the login host is malformed.
    /// - Returns: An empty array if both are `nil`.
    static func names(
        of username: Username, in organization: OrganizationID?, at host: LoginHost?
    ) -> [SignInAccount] {
        [organization?.description, host?.host].compactMap { $0 }.map {
            SignInAccount(organization: $0, username: username.description)
        }
    }
}
