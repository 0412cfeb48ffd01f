internal import JWTBearer

/// One token for one app, user and org in this process, and one sign-in in flight however many wait for it.
package actor TokenSource {
    /// What a source asks of others.
    package struct Actions: Sendable {
        package var signIn: @Sendable () async throws -> GrantedToken
        /// One cheap read with the token.
        ///
        /// Throws ``ConnectedAppError``: `.tokenUseless` where the org does not accept it.
        package var prove: @Sendable (GrantedToken) async throws -> Void = { _ in }
        /// Asked before each use, and each time a request with the token leaves: whether the app may be used at all.
        package var admit: TokenPermit = {}
        /// Told of each token that the org did not accept.
        package var bury: @Sendable (GrantedToken) async -> Void = { _ in }
        package var uptime: @Sendable () -> Duration = { .zero }
        /// Whether another sign-in replaces a token that the org did not accept.
        fileprivate(set) var renews = true
    }

    private struct Held {
        let granted: GrantedToken
        var usedAt: Duration
    }

    /// Why no sign-in is made for a while.
    private struct Pause {
        let error: ConnectedAppError
        let until: Duration
    }

    private let actions: Actions
    /// Whether another sign-in replaces a token that the org did not accept.
    nonisolated var renews: Bool { actions.renews }
    private let life: SessionLife
    private var held: Held?
    private var inFlight: Task<GrantedToken, any Error>?
    /// Hashes of tokens that the org did not accept. It may hand the same one out again.
    private var dead: Set<String> = []
    private var pause: Pause?

    /// After a session that is granted and useless, another sign-in would bring the same; an admin's change takes minutes.
    private static let uselessPause: Duration = .seconds(60)
    /// Only the last ones can come back.
    private static let mostDead = 100

    package init(_ actions: Actions, life: SessionLife = SessionLife()) {
        self.actions = actions
        self.life = life
    }

    /// Proves and asks nothing: for a token that is at hand, and for tests.
    package init(signIn: @escaping @Sendable () async throws -> GrantedToken) {
        self.init(Actions(signIn: signIn))
    }

    /// The token at hand, or a new one, to be used by aprity itself: a call that it fails in is made again.
    package func token() async throws -> GrantedToken {
        try await actions.admit()
        if let held { return held.granted }
        return try await fresh()
    }

    /// Asked each time a request with a token of this source leaves.
    package nonisolated var permit: TokenPermit { actions.admit }

    /// The token that is held, if there is one; nothing is asked of the org.
    package var tokenAtHand: GrantedToken? { held?.granted }

    /// The same, to be given away: one that was idle for long is tried first. Where the org cannot be reached, it is
    /// given as it is, since it was good when it was last used.
    package func tokenToHandOut() async throws -> GrantedToken {
        let granted = try await token()
        guard let held, held.granted == granted, actions.uptime() - held.usedAt > life.trusted else { return granted }
        do {
            try await actions.prove(granted)
            used(granted)
            return granted
        } catch let error as ConnectedAppError where error.cause == .tokenUseless {
            return try await replacement(for: granted)
        } catch let error as ConnectedAppError
            where error.cause.entry.exit == .unreachable || [.orgTransient, .orgUnavailable].contains(error.cause)
        {
            return granted
        }
    }

    /// A call with the token worked.
    package func used(_ granted: GrantedToken) {
        guard held?.granted == granted, let usedAt = held?.usedAt else { return }
        let now = actions.uptime()
        life.survived(now - usedAt)
        held?.usedAt = now
    }

    /// A token instead of one that the org did not accept.
    ///
    /// - Throws: ``ConnectedAppError`` with `.tokenUseless` where the org hands out the very same token again: another
    ///   sign-in would not help, and none is made for a minute.
    package func replacement(for refused: GrantedToken) async throws -> GrantedToken {
        try await actions.admit()
        await bury(refused)
        if let held { return held.granted }
        return try await fresh()
    }

    /// Forgets the token: the app was blocked, or changed.
    package func empty() {
        held = nil
        pause = nil
    }

    /// Ends the sign-in in flight, which is then in the ledger with its outcome.
    package func cancelSignIn() async {
        guard let inFlight else { return }
        inFlight.cancel()
        _ = await inFlight.result
    }

    private func bury(_ granted: GrantedToken) async {
        if dead.count >= Self.mostDead { dead.removeAll() }
        let isNews = dead.insert(granted.token.fingerprint).inserted
        if held?.granted == granted, let usedAt = held?.usedAt {
            life.died(actions.uptime() - usedAt)
            held = nil
        }
        if isNews { await actions.bury(granted) }
    }

    private func fresh() async throws -> GrantedToken {
        if let inFlight { return try await value(of: inFlight) }
        if let pause {
            guard actions.uptime() >= pause.until else { throw pause.error }
            self.pause = nil
        }
        // The task itself keeps what came of it, so that nobody who waited for it sees a state from before.
        let task = Task {
            defer { inFlight = nil }
            let granted = try await proven(try await actions.signIn())
            held = Held(granted: granted, usedAt: actions.uptime())
            return granted
        }
        inFlight = task
        return try await value(of: task)
    }

    /// Waits for a sign-in. A caller that is cancelled stops waiting at once; the sign-in goes on for the others.
    private func value(of task: Task<GrantedToken, any Error>) async throws -> GrantedToken {
        let (results, result) = AsyncThrowingStream<GrantedToken, any Error>.makeStream()
        Task {
            do {
                result.yield(try await task.value)
                result.finish()
            } catch {
                result.finish(throwing: error)
            }
        }
        // The stream of a cancelled task ends without an element.
        for try await granted in results { return granted }
        throw CancellationError()
    }

    /// A new token goes out only after it worked once.
    private func proven(_ granted: GrantedToken) async throws -> GrantedToken {
        do {
            guard !dead.contains(granted.token.fingerprint) else {
                throw ConnectedAppError(
                    .tokenUseless, subject: granted.instance.host,
                    detail: "The org handed out the same token again that its API had just refused.",
                    evidence: ["tokenSHA256": granted.token.fingerprint])
            }
            try await actions.prove(granted)
            return granted
        } catch let error as ConnectedAppError where error.cause == .tokenUseless {
            await bury(granted)
            pause = Pause(error: error, until: actions.uptime() + Self.uselessPause)
            throw error
        }
    }
}

extension TokenSource.Actions {
    /// For one token: a refused one is not replaced.
    init(only granted: GrantedToken) {
        self.init(signIn: { granted })
        renews = false
    }
}
