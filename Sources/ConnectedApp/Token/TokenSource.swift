internal import JWTBearer

/// One token for one connection in this process, and one sign-in in flight however many wait for it.
package actor TokenSource {
    private let signIn: @Sendable () async throws -> GrantedToken
    private var current: GrantedToken?
    private var inFlight: Task<GrantedToken, any Error>?

    package init(signIn: @escaping @Sendable () async throws -> GrantedToken) {
        self.signIn = signIn
    }

    /// The token at hand, or a new one.
    package func token() async throws -> GrantedToken {
        if let current { return current }
        if let inFlight { return try await inFlight.value }
        // The task itself keeps what came of it, so that nobody who waited for it sees a state from before.
        let task = Task {
            defer { inFlight = nil }
            let granted = try await signIn()
            current = granted
            return granted
        }
        inFlight = task
        return try await task.value
    }

    /// A token instead of one that the org did not accept.
    ///
    /// - Throws: ``ConnectedAppError`` with `.tokenUseless` where the org hands out the very same token again: another
    ///   sign-in would not help.
    package func replacement(for dead: GrantedToken) async throws -> GrantedToken {
        if current == dead { current = nil }
        let granted = try await token()
        guard granted.token.secret != dead.token.secret else {
            current = nil
            throw ConnectedAppError(.tokenUseless, subject: granted.instance.host)
        }
        return granted
    }
}
