internal import JWTBearer

/// Holds the token for one app, user and org in this process. All callers share the token and a sign-in in flight.
actor TokenSource {
    /// The operations that a source needs.
    struct Actions: Sendable {
        /// Signs in and returns a token that passed ``SignIn/checked(_:for:)``.
        var signIn: @Sendable () async throws -> GrantedToken
        /// Checks the token with one cheap read. Throws ``ConnectedAppError``: `.tokenUseless` if the org rejects the
        /// token, or another cause if that is unknown. The default accepts every token.
        var validate: @Sendable (GrantedToken) async throws -> Void = { _ in }
        /// Called before the source returns a token, and before each request with one. Throws if the app must not be
        /// used.
        var sendCheck: SendCheck = {}
        /// Called with each token that the org rejected. A second call with the same token must do no harm.
        var discard: @Sendable (GrantedToken) async -> Void = { _ in }
        /// See ``Surroundings/uptime``. With the default, no time passes: no token counts as idle, and a pause never
        /// ends.
        var uptime: @Sendable () -> Duration = { .zero }
        /// Whether a new sign-in replaces a token that the org rejected. If not, callers must not call
        /// ``TokenSource/replacement(for:)``.
        fileprivate(set) var renews = true
    }

    private struct Held {
        let granted: GrantedToken
        /// The uptime at which it was issued or last known to work.
        var usedAt: Duration
    }

    /// A time without sign-ins.
    private struct Pause {
        /// Thrown instead of signing in.
        let error: ConnectedAppError
        /// An uptime.
        let until: Duration
    }

    private let actions: Actions
    /// See ``Actions/renews``.
    nonisolated var renews: Bool { actions.renews }
    private let life: SessionLife
    private var held: Held?
    /// A token that the org issued, but that could not be checked, for example because the network failed. It is returned
    /// to nobody until a check succeeds.
    private var unchecked: GrantedToken?
    private var inFlight: Task<GrantedToken, any Error>?
    /// The fingerprints of tokens that the org's API rejected. A sign-in may return the same token again.
    private var rejected: Set<String> = []
    private var pause: Pause?

    /// The pause after the org issued a token that its API rejects. An immediate sign-in would return the same token,
    /// and a change by an admin takes minutes.
    private static let uselessPause: Duration = .seconds(60)
    /// A sign-in and the check of its token take less than this, unless the process was suspended meanwhile.
    private static let longestCheck: Duration = .seconds(10)
    /// The maximum number of rejected tokens to remember. When there are so many, all are forgotten; only the latest
    /// ones can be issued again.
    private static let rejectedLimit = 100

    init(_ actions: Actions, life: SessionLife = SessionLife()) {
        self.actions = actions
        self.life = life
    }

    /// Creates a source without checks, for tests. See the defaults of ``Actions``.
    init(signIn: @escaping @Sendable () async throws -> GrantedToken) {
        self.init(Actions(signIn: signIn))
    }

    /// Returns the present token, unchecked, or a new one. It is for aprity's own calls, which are repeated with a
    /// ``replacement(for:)`` if the org rejects the token.
    ///
    /// - Throws: The errors of ``Actions/sendCheck``, of the sign-in, and of the check of a new token; after a failed check,
    ///   the next call checks the same token again and does not sign in. `.tokenUseless` during the pause of a minute after
    ///   the org issued a token that its API rejects. `CancellationError` if the caller is cancelled; a sign-in in
    ///   flight continues.
    func token() async throws -> GrantedToken {
        try await actions.sendCheck()
        if let held { return held.granted }
        return try await fresh()
    }

    /// The check to call before each request with a token of this source; see ``Actions/sendCheck``.
    nonisolated var sendCheck: SendCheck { actions.sendCheck }

    /// The present token, unchecked; `nil` if there is none. Sends no request, and does not check whether the app is
    /// blocked.
    var cachedToken: GrantedToken? { held?.granted }

    /// Returns a token for use outside aprity. If the token was idle for longer than ``SessionLife/trustedIdleTime``, checks
    /// it first, and replaces it if the org rejects it. If the org cannot be reached, returns the token unchecked, because
    /// it was valid when it was last used.
    ///
    /// - Throws: The errors of ``token()``, and those of the check.
    func validatedToken() async throws -> GrantedToken {
        let granted = try await token()
        guard let held, held.granted == granted, actions.uptime() - held.usedAt > life.trustedIdleTime else {
            return granted
        }
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

    /// Records that a call with the token worked. Does nothing if the token is no longer the present one.
    func recordUse(_ granted: GrantedToken) {
        guard held?.granted == granted, let usedAt = held?.usedAt else { return }
        let now = actions.uptime()
        life.recordUse(now - usedAt)
        held?.usedAt = now
    }

    /// Returns a token other than the one that the org rejected: the present token if the rejected one was already
    /// replaced, or that of a new sign-in.
    ///
    /// - Throws: The errors of ``token()``. `.tokenUseless` if the org issues the rejected token again. Another sign-in
    ///   would not help, so none is made for a minute.
    func replacement(for refused: GrantedToken) async throws -> GrantedToken {
        try await actions.sendCheck()
        await discard(refused)
        if let held { return held.granted }
        return try await fresh()
    }

    /// Forgets the token, because the app was blocked.
    ///
    /// Does not cancel a sign-in in flight: its callers get its token, and the source then holds it. But no request is
    /// sent with it while the app is blocked; see ``Actions/sendCheck``. The fingerprints of rejected tokens are kept.
    func clear() {
        held = nil
        unchecked = nil
        pause = nil
    }

    /// Cancels the sign-in in flight, if there is one, and waits until it has ended and its outcome is in the ledger.
    /// Its callers get a `CancellationError`, unless it ended before.
    func cancelSignIn() async {
        guard let inFlight else { return }
        inFlight.cancel()
        _ = await inFlight.result
    }

    /// Forgets a token that the org rejected, and remembers its fingerprint.
    private func discard(_ granted: GrantedToken) async {
        if rejected.count >= Self.rejectedLimit { rejected.removeAll() }
        let isNews = rejected.insert(granted.token.fingerprint).inserted
        if held?.granted == granted, let usedAt = held?.usedAt {
            life.recordRejection(actions.uptime() - usedAt)
            held = nil
        }
        if isNews { await actions.discard(granted) }
    }

    /// Returns the token of the sign-in in flight, or starts one. If the last token could not be checked, checks it
    /// instead of signing in again.
    private func fresh() async throws -> GrantedToken {
        if let inFlight { return try await value(of: inFlight) }
        if let pause {
            guard actions.uptime() >= pause.until else { throw pause.error }
            self.pause = nil
        }
        // The task itself stores its token, so that callers who waited for it do not find the source without one.
        let task = Task {
            defer { inFlight = nil }
            let granted = try await checkedToken()
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

    private func checkedToken() async throws -> GrantedToken {
        if let granted = unchecked {
            do {
                try await actions.validate(granted)
                unchecked = nil
                return granted
            } catch let error as ConnectedAppError where error.cause == .tokenUseless {
                // It may have expired before it could be checked, so one sign-in follows without a pause.
                unchecked = nil
                await discard(granted)
            }
        }
        let begun = actions.uptime()
        do { return try await validated(try await actions.signIn()) } catch let error as ConnectedAppError
            where error.cause == .tokenUseless && actions.uptime() - begun > Self.longestCheck
        {
            // The process was suspended, and the token may have expired meanwhile.
            pause = nil
            return try await validated(try await actions.signIn())
        }
    }

    /// Checks a new token before it is returned. If the org's API rejects it, begins a pause. If it cannot be checked,
    /// keeps it, so that the next caller does not sign in again.
    private func validated(_ granted: GrantedToken) async throws -> GrantedToken {
        do {
            guard !rejected.contains(granted.token.fingerprint) else {
                throw ConnectedAppError(
                    .tokenUseless, subject: granted.instance.host,
                    detail: "The org issued the same token that its API had just rejected.",
                    evidence: ["tokenSHA256": granted.token.fingerprint])
            }
            try await actions.validate(granted)
            return granted
        } catch let error as ConnectedAppError where error.cause == .tokenUseless {
            await discard(granted)
            pause = Pause(error: error, until: actions.uptime() + Self.uselessPause)
            throw error
        } catch {
            unchecked = granted
            throw error
        }
    }
}

extension TokenSource.Actions {
    /// Actions for an existing token. The source never signs in: a rejected token is not replaced.
    init(only granted: GrantedToken) {
        self.init(signIn: { granted })
        renews = false
    }
}
