package import JWTBearer

/// A sign-in for which the gate's permission is requested.
package struct SignInRequest: Sendable {
    let identity: SignInIdentity
    let purpose: SignInPurpose
    let principal: Principal
    /// An unblocking pass, with which a blocked app may sign in once.
    let pass: String?

    package init(
        _ identity: SignInIdentity, for purpose: SignInPurpose, as principal: Principal, pass: String? = nil
    ) {
        self.identity = identity
        self.purpose = purpose
        self.principal = principal
        self.pass = pass
    }

    var target: Target { identity.target }
    var party: SignInParty { SignInParty(appID: target.appID, username: identity.username.description) }
    /// See ``SignInAccount/names(of:in:at:)``. Never empty, because a target has a login host.
    var accounts: [SignInAccount] {
        SignInAccount.names(of: identity.username, in: target.pinnedOrganizationID, at: target.loginHost)
    }
}

/// Permission for one sign-in, which has an entry in the ledger. Whoever has it calls ``SignInGate/finish(_:_:token:)``
/// or ``SignInGate/withdraw(_:)`` once. If the process crashes before, the entry stays without an outcome.
package struct PendingSignIn: Sendable {
    /// The number of the entry.
    let number: Int64
    let request: SignInRequest
    let admission: Admission
}

/// Permission to act for an app until this process's lease expires or the records change.
package struct Admission: Sendable, Equatable {
    let appID: String
    /// The state of the records under which it was granted.
    let position: RecordsPosition
    /// The uptime at which it expires.
    let until: Duration
}

/// Checks every sign-in and every use of a token. It rejects them if the app is blocked, and sign-ins also if the
/// budget is used up or too many were refused. It records the outcome of each sign-in.
///
/// The order of calls for a sign-in: `begin`, then signing, then `confirm`, then sending, then `finish`; or `withdraw`
/// if the sign-in was not sent.
package protocol SignInGate: Sendable {
    /// Grants permission to use a token of the app.
    ///
    /// - Parameter alias: The connection, for errors.
    /// - Throws: ``ConnectedAppError`` with `.blocked`, or the reason why aprity cannot sign in for any app.
    func lease(for appID: String, alias: String) async throws -> Admission
    /// Grants permission to sign in and writes the ledger's entry durably, before anything is signed.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blocked`, `.signInBudgetUsed`, `.signInsPaused`, or the reason why aprity
    ///   cannot sign in for any app.
    func begin(_ request: SignInRequest) async throws -> PendingSignIn
    /// Checks the permission again after signing, immediately before the first byte is sent.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blocked`, or the reason why aprity cannot sign in for any app.
    func confirm(_ permit: PendingSignIn) async throws
    /// Saves the outcome and the encrypted token, before anything uses the token.
    ///
    /// - Parameter token: `nil` if the org granted none.
    /// - Throws: The causes of a failing store. The token must then not be used.
    func finish(_ permit: PendingSignIn, _ outcome: SignInOutcome, token: AccessToken?) async throws
    /// Removes the entry of a sign-in that was never sent. A failure is only logged: the entry then counts as a
    /// sign-in.
    func withdraw(_ permit: PendingSignIn) async
}

/// Called immediately before each request with a token is sent. If it throws, for example because the app is blocked,
/// the request must not be sent.
typealias SendCheck = @Sendable () async throws -> Void
