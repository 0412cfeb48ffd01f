internal import JWTBearer

/// Holds the token for one app, user and org in this process. All callers share the token and a sign-in in flight.
actor TokenSource {
    /// The operations that a source needs.
    struct Actions: Sendable {
        var signIn: @Sendable () async throws -> GrantedToken
        /// Checks the token with one cheap read. Throws ``ConnectedAppError`` with `.tokenUseless` if the org rejects it.
        var validate: @Sendable (GrantedToken) async throws -> Void = { _ in }
        /// Called before each use of the token and before each request with it. Throws if the app must not be used.
        var admit: SendCheck = {}
        /// Called with each token that the org rejected.
        var discard: @Sendable (GrantedToken) async -> Void = { _ in }
        var uptime: @Sendable () -> Duration = { .zero }
        /// Whether a new sign-in replaces a token that the org rejected.
        fileprivate(set) var renews = true
    }

    private struct Held {
        let granted: GrantedToken
        var usedAt: Duration
    }

    /// A time without sign-ins, and the reason.
    private struct Pause {
        let error: ConnectedAppError
        let until: Duration
    }

    private let actions: Actions
    /// Whether a new sign-in replaces a token that the org rejected.
    nonisolated var renews: Bool { actions.renews }
    private let life: SessionLife
    private var held: Held?
    private var inFlight: Task<GrantedToken, any Error>?
    /// The fingerprints of tokens that the org rejected. The org may return the same token again.
    private var dead: Set<String> = []
    private var pause: Pause?

    /// The pause after the org granted a token that its API rejects. Another sign-in would return the same token, and a change by
    /// an admin takes minutes.
    private static let uselessPause: Duration = .seconds(60)
    /// The maximum number of rejected tokens to remember. Only the latest ones can be returned again.
    private static let mostDead = 100

    init(_ actions: Actions, life: SessionLife = SessionLife()) {
        self.actions = actions
        self.life = life
    }

    /// Creates a source without checks, for an existing token and for tests.
    init(signIn: @escaping @Sendable () async throws -> GrantedToken) {
        self.init(Actions(signIn: signIn))
    }

    /// Returns the present token or a new one, for aprity's own calls, which are repeated if the token is rejected.
    func token() async throws -> GrantedToken {
        try await actions.admit()
        if let held { return held.granted }
        return try await fresh()
    }

    /// The check to call before each request with a token of this source.
    nonisolated var permit: SendCheck { actions.admit }

    /// The present token, if there is one. Sends no request to the org.
    var cachedToken: GrantedToken? { held?.granted }

    /// Returns a token for use outside aprity. Checks a token first that was idle for long. If the org cannot be reached, returns it
    /// unchecked, because it was valid when it was last used.
    func validatedToken() async throws -> GrantedToken {
        let granted = try await token()
        guard let held, held.granted == granted, actions.uptime() - held.usedAt > life.trusted else { return granted }
        do {
            try await actions.validate(granted)
            recordUse(granted)
            return granted
        } catch let error as ConnectedAppError where error.cause == .tokenUseless {
            return try await replacement(for: granted)
        } catch let error as ConnectedAppError
            where error.cause.entry.exit == .unreachable || [.orgTransient, .orgUnavailable].contains(error.cause)
        {
            return granted
        }
    }

    /// Records that a call with the token worked.
    func recordUse(_ granted: GrantedToken) {
        guard held?.granted == granted, let usedAt = held?.usedAt else { return }
        let now = actions.uptime()
        life.survived(now - usedAt)
        held?.usedAt = now
    }

    /// Returns a token that replaces one that the org rejected.
    ///
    /// - Throws: ``ConnectedAppError`` with `.tokenUseless` if the org returns the same token again. Another sign-in would not help,
    ///   and none is made for a minute.
    func replacement(for refused: GrantedToken) async throws -> GrantedToken {
        try await actions.admit()
        await discard(refused)
        if let held { return held.granted }
        return try await fresh()
    }

    /// Forgets the token, because the app was blocked or changed.
    func clear() {
        held = nil
        pause = nil
    }

    /// Cancels the sign-in in flight and waits until its outcome is in the ledger.
    func cancelSignIn() async {
        guard let inFlight else { return }
        inFlight.cancel()
        _ = await inFlight.result
    }

    /// Forgets a token that the org rejected.
    private func discard(_ granted: GrantedToken) async {
        if dead.count >= Self.mostDead { dead.removeAll() }
        let isNews = dead.insert(granted.token.fingerprint).inserted
        if held?.granted == granted, let usedAt = held?.usedAt {
            life.died(actions.uptime() - usedAt)
            held = nil
        }
        if isNews { await actions.discard(granted) }
    }

    private func fresh() async throws -> GrantedToken {
        if let inFlight { return try await value(of: inFlight) }
        if let pause {
            guard actions.uptime() >= pause.until else { throw pause.error }
            self.pause = nil
        }
        // The task itself saves its result, so that callers who waited for it never see the state from before.
        let task = Task {
            defer { inFlight = nil }
            let granted = try await proven(try await actions.signIn())
            held = Held(granted: granted, usedAt: actions.uptime())
            return granted
        }
        inFlight = task
        return try await value(of: task)
    }

    /// Waits for a sign-in. A caller that is cancelled stops waiting at once; the sign-in continues for the others.
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

    /// Checks a new token before it is returned.
    private func proven(_ granted: GrantedToken) async throws -> GrantedToken {
        do {
            guard !dead.contains(granted.token.fingerprint) else {
                throw ConnectedAppError(
                    .tokenUseless, subject: granted.instance.host,
                    detail: "The org returned a token again that its API had just rejected.",
                    evidence: ["tokenSHA256": granted.token.fingerprint])
            }
            try await actions.validate(granted)
            return granted
        } catch let error as ConnectedAppError where error.cause == .tokenUseless {
            await discard(granted)
            pause = Pause(error: error, until: actions.uptime() + Self.uselessPause)
            throw error
        }
    }
}

extension TokenSource.Actions {
    /// Actions for a single token, which is not replaced if the org rejects it.
    init(only granted: GrantedToken) {
        self.init(signIn: { granted })
        renews = false
    }
}
