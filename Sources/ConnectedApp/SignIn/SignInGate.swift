package import JWTBearer

/// A sign-in for which the gate is asked.
package struct SignInRequest: Sendable {
    let identity: SignInIdentity
    let purpose: SignInPurpose
    let principal: Principal
    /// A pass with which a blocked app may sign in once.
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
    var accounts: [SignInAccount] {
        SignInAccount.names(of: identity.username, in: target.pinnedOrganizationID, at: target.loginHost)
    }
}

/// Permission for one sign-in, which has an entry in the ledger.
package struct PendingSignIn: Sendable {
    let number: Int64
    let request: SignInRequest
    let admission: Admission
}

/// Permission to act for an app until this process's lease expires or the records change.
package struct Admission: Sendable, Equatable {
    let appID: String
    let position: RecordsPosition
    let until: Duration
}

/// Checks every sign-in and every use of a token: whether the app is blocked and whether the budget allows it. Records the
/// outcome.
package protocol SignInGate: Sendable {
    /// Grants permission to use a token of the app.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blocked`.
    func lease(for appID: String, alias: String) async throws -> Admission
    /// Grants permission to sign in and writes the ledger's entry durably, before anything is signed.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blocked`, `.signInBudgetUsed`, `.signInsPaused`, or the causes of a failing store.
    func begin(_ request: SignInRequest) async throws -> PendingSignIn
    /// Checks the permission again after signing, immediately before the first byte is sent.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blocked`.
    func confirm(_ permit: PendingSignIn) async throws
    /// Saves the outcome and the encrypted token, before anything uses the token.
    func finish(_ permit: PendingSignIn, _ outcome: SignInOutcome, token: AccessToken?) async throws
    /// Removes the entry of a sign-in that was never sent.
    func withdraw(_ permit: PendingSignIn) async
}

/// Called before each request with a token is sent. Throws if it must not be sent.
typealias SendCheck = @Sendable () async throws -> Void
