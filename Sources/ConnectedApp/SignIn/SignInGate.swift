package import JWTBearer

/// What somebody wants to sign in for.
package struct SignInWish: Sendable {
    package let appID: String
    /// The connection's name.
    package let alias: String
    package let identity: SignInIdentity
    package let purpose: SignInPurpose
    package let budget: SignInBudget
    /// Which way it will leave.
    package let egress: String
    package let principal: Principal
    /// Lets a blocked app sign in, once.
    package let pass: String?

    package init(
        appID: String, alias: String, identity: SignInIdentity, purpose: SignInPurpose, budget: SignInBudget,
        egress: String, principal: Principal, pass: String?
    ) {
        self.appID = appID
        self.alias = alias
        self.identity = identity
        self.purpose = purpose
        self.budget = budget
        self.egress = egress
        self.principal = principal
        self.pass = pass
    }

    var party: SignInParty { SignInParty(appID: appID, username: identity.username.description) }

    /// The user by the names under which the ledger may know it: by the org's id, and by the login host from before the
    /// org was known. The first is the one that an entry is written under.
    var accounts: [SignInAccount] {
        let username = identity.username.description
        let names = [identity.pinnedOrganizationID?.description, identity.loginHost.host].compactMap { $0 }
        return names.map { SignInAccount(organization: $0, username: username) }
    }
}

/// Leave to sign in once: it has its entry in the ledger.
package struct SignInPermit: Sendable {
    package let number: Int64
    let wish: SignInWish
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
    func begin(_ wish: SignInWish) async throws -> SignInPermit
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
