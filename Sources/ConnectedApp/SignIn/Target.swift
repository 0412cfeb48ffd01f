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
    /// How requests leave: `direct`, or the proxy's host and port.
    package let egress: String
    /// PEM text of further certificate authorities, from which the transport was made.
    var certificateAuthoritiesPEM: String?
    /// As Setup lists the app; `nil` if no reading of the org told it yet.
    var appName: String?
    /// The app is blocked in aprity, and this is the test that decides whether the block is lifted.
    var isBeingUnblocked = false

    /// - Throws: ``ConnectedAppError`` with `.blocked`, `.consumerKeyMissing`, or the causes of an undecided audience.
    package func identity() throws(ConnectedAppError) -> SignInIdentity {
        if let block { throw ConnectedAppError(block, of: name) }
        guard let consumerKey else { throw ConnectedAppError(.consumerKeyMissing, subject: name) }
        return SignInIdentity(
            target: self, consumerKey: consumerKey, username: username, audience: try audience(), signer: signer)
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

extension SignInAccount {
    /// The names under which the ledger may know a user: by the org's id, and by the login host from before the org was
    /// known. New entries take the first.
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
