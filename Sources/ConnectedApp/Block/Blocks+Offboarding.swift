internal import Foundation
internal import JWTBearer

extension Blocks {
    /// Takes a connection out of use. If it is the last one of its app, signs in once more to see whether the org still
    /// accepts the key, then blocks the app and revokes its tokens.
    ///
    /// If the app is blocked already, there is no such sign-in, because a blocked app's key signs nothing. If other
    /// connections use the app, only this connection is removed and only its tokens are revoked.
    ///
    /// - Parameter destroysKeys: Whether the last connection of an app is removed together with the app's keys, which
    ///   cannot be recovered. Otherwise that connection stays, blocked.
    /// - Throws: ``ConnectedAppError``: `.unknownAlias`, `.recordChanged` if the connection's revision is not
    ///   `expectedRevision`, the causes of blocking, or the cause that prevented a key's destruction. Then the
    ///   connection is removed nevertheless, and no view is returned.
    package func offboard(
        _ alias: String, destroysKeys: Bool, expectedRevision: Int? = nil, as principal: Principal
    ) async throws -> OffboardingView {
        let (found, related) = try await records.read { reading in
            let found = try FoundConnection(alias, reading)
            try found.check(expectedRevision)
            return (found, try RelatedConnections(of: found, reading))
        }
        let others = related.sharingApp
        let appID = found.app.value.id
        guard others.isEmpty else {
            try await revocation.revokeAll(of: appID, alias: alias)
            let tokensLeft = try await revocation.forgetAll(of: appID, alias: alias)
            try await connections.remove(alias, as: principal)
            return OffboardingView(found, related, tokensLeft: tokensLeft)
        }
        // This comes before the block, because the key of a blocked app signs nothing. The block then revokes the token
        // of this sign-in.
        let refusal = try await finalSignIn(alias, as: principal)
        let reason = destroysKeys ? "connection removed" : "connection taken out of use"
        _ = try await block(alias, reason: found.app.value.block?.reason ?? reason, as: principal)
        let block = try await view(of: alias, as: principal)
        guard destroysKeys else {
            return OffboardingView(
                found, related, tokensLeft: block?.tokensLeft ?? 0, refusal: refusal, block: block)
        }
        let tokensLeft = try await revocation.forgetAll(of: appID, alias: nil)
        let keys = try await keyCount(of: appID)
        try await connections.remove(alias, as: principal)
        return OffboardingView(
            found, related, tokensLeft: tokensLeft, keysDestroyed: keys, refusal: refusal, block: block)
    }

    /// Signs in once with each key that may sign, to see whether the org still accepts it. Stops at the first key that
    /// the org accepts, and if the app is blocked meanwhile.
    private func finalSignIn(_ alias: String, as principal: Principal) async throws -> OffboardingView.LastSignIn {
        var last = OffboardingView.LastSignIn(state: .notTried, cause: nil, at: nil)
        // Without a Consumer Key there is no app that could accept the key.
        for target in try await targets.all(alias) where target.consumerKey != nil {
            guard target.block == nil else { return .init(state: .notTried, cause: .blocked, at: nil) }
            // Without an audience, no sign-in is possible.
            guard let identity = try? target.identity() else { continue }
            last = await signInOnce(with: identity, of: target, as: principal)
            if last.state == .accepted || last.cause == .blocked { break }
        }
        return last
    }

    private func signInOnce(
        with identity: SignInIdentity, of target: Target, as principal: Principal
    ) async -> OffboardingView.LastSignIn {
        let now = surroundings.now()
        do {
            let attempt = try await targets.signIn(as: principal).attempt(identity, purpose: .diagnosis)
            switch (SignIn.conclusion(attempt, at: target.loginHost), attempt.reply) {
            case (.success, _): return .init(state: .accepted, cause: nil, at: now)
            case (.failure(let error), .refused) where error.cause.endsEverySignIn:
                return .init(state: .refused, cause: error.cause, at: now)
            case (.failure(let error), _): return .init(state: .unanswered, cause: error.cause, at: now)
            }
        } catch let failure as TransportFailure {
            let cause = ConnectedAppError(failure, host: target.loginHost).cause
            return .init(state: .unanswered, cause: cause, at: now)
        } catch let error as ConnectedAppError where error.cause == .blocked {
            // The gate refused the signature: somebody has just blocked the app, or the store does not have the order
            // yet.
            return .init(state: .notTried, cause: .blocked, at: nil)
        } catch {
            return .init(state: .unanswered, cause: (error as? ConnectedAppError)?.cause, at: now)
        }
    }

    private func keyCount(of appID: String) async throws -> Int {
        try await records.read { reading in
            try reading.intact(CredentialRecord.self).filter { $0.value.appID == appID }.count
        }
    }
}

extension Cause {
    /// Whether the org refuses the app or its key for every user. After other causes, such as a login rate or an
    /// inactive user, the key may still work for the next sign-in or for another user.
    fileprivate var endsEverySignIn: Bool { Self.causesThatEndEverySignIn.contains(self) }

    private static let causesThatEndEverySignIn: Set<Cause> = [
        .consumerKeyUnknown, .appNotInstalled, .appUninstalled, .appBlockedInOrg, .signatureRefused,
        .certificateExpired, .refreshTokenScopeMissing, .noValidScopes,
    ]
}
