package import JWTBearer

/// One sign-in that asks the gate for admission.
package struct SignInRequest: Sendable {
    let identity: SignInIdentity
    let purpose: SignInPurpose
    let principal: Principal
    /// Lets a blocked app sign in, once.
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

/// Leave to sign in once: it has its entry in the ledger.
package struct SignInPermit: Sendable {
    package let number: Int64
    let request: SignInRequest
    let admission: Admission
}

/// Leave to act for an app, while this process's lease lasts and nothing has changed.
package struct Admission: Sendable, Equatable {
    let appID: String
    let position: RecordsPosition
    let until: Duration
}

/// The one place that every sign-in and every hand-out passes: it asks whether the app is blocked, counts, and remembers.
package protocol SignInGate: Sendable {
    /// Leave to use a token of the app.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blocked`.
    func leave(for appID: String, alias: String) async throws -> Admission
    /// Writes the entry, durably, before anything is signed.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blocked`, `.signInBudgetUsed`, `.signInsPaused`, or a failing store's causes.
    func begin(_ request: SignInRequest) async throws -> SignInPermit
    /// Asked when the signature is made and the first byte is about to leave.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blocked`.
    func confirm(_ permit: SignInPermit) async throws
    /// Keeps the outcome, and the token sealed, before anybody uses it.
    func finish(_ permit: SignInPermit, _ outcome: SignInOutcome, token: AccessToken?) async throws
    /// The sign-in was never sent.
    func withdraw(_ permit: SignInPermit) async
}

/// Asked each time a request that carries a token is about to leave; throws if it must not.
package typealias TokenPermit = @Sendable () async throws -> Void
