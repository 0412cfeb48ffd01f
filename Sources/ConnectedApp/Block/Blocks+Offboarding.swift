internal import Foundation
internal import JWTBearer

extension Blocks {
    /// Takes a connection out of use, and its app too if no other connection uses it: the org is asked whether it still lets
    /// the key in, then the app is blocked and its tokens are revoked.
    ///
    /// If the app is blocked already, the org is not asked: asking needs a signature.
    ///
    /// - Parameter destroysKeys: Whether the last connection of an app goes together with its keys, which cannot be had
    ///   again. Without it that connection stays, blocked.
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`, or `.recordChanged` where it is not of the expected revision.
    public func offboard(
        _ alias: String, destroysKeys: Bool, expectedRevision: Int? = nil, as principal: Principal
    ) async throws -> OffboardingView {
        let (found, others) = try await records.read { reading in
            let found = try Found(alias, reading)
            try found.check(expectedRevision)
            let others = try reading.intact(ConnectionRecord.self).map(\.value)
                .filter { $0.appID == found.app.value.id && $0.alias != found.connection.value.alias }
            return (found, others.map(\.alias.description).sorted())
        }
        let appID = found.app.value.id
        guard others.isEmpty else {
            try await revocation.revokeAll(of: appID, alias: alias)
            let tokensLeft = try await revocation.forgetAll(of: appID, alias: alias)
            try await connections.remove(alias, as: principal)
            return OffboardingView(found, others: others, tokensLeft: tokensLeft)
        }
        // Before the block, which ends every signature and revokes the token of this sign-in too.
        let refusal = try await lastSignIn(alias, as: principal)
        _ = try await block(alias, reason: found.app.value.block?.reason ?? "connection removed", as: principal)
        let block = try await view(of: alias, as: principal)
        guard destroysKeys else {
            return OffboardingView(
                found, others: [], tokensLeft: block?.tokensLeft ?? 0, refusal: refusal, block: block)
        }
        let tokensLeft = try await revocation.forgetAll(of: appID, alias: nil)
        let keys = try await keyCount(of: appID)
        try await connections.remove(alias, as: principal)
        return OffboardingView(
            found, others: [], tokensLeft: tokensLeft, keysDestroyed: keys, refusal: refusal, block: block)
    }

    /// One sign-in with each key that may sign: whether the org still lets it in.
    private func lastSignIn(_ alias: String, as principal: Principal) async throws -> OffboardingView.Refusal {
        var last = OffboardingView.Refusal(state: .notTried, cause: nil, at: nil)
        // Without a Consumer Key there is no app that could let the key in.
        for target in try await targets.all(alias) where target.consumerKey != nil {
            guard target.block == nil else { return .init(state: .notTried, cause: .blocked, at: nil) }
            // Without an audience there is nothing to ask.
            guard let identity = try? target.identity() else { continue }
            last = await answer(to: identity, of: target, as: principal)
            if last.state == .accepted || last.cause == .blocked { break }
        }
        return last
    }

    private func answer(
        to identity: SignInIdentity, of target: Target, as principal: Principal
    ) async -> OffboardingView.Refusal {
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
            // The gate refused it, because somebody blocked the app just now or the store does not know of the order yet.
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
    /// Whether the org refuses the app or its key for this, whoever the user is. For another reason, such as a login rate or
    /// a user that is not active, the key may be good for the next sign-in or for another user.
    fileprivate var endsEverySignIn: Bool {
        switch self {
        case .consumerKeyUnknown, .appNotInstalled, .appUninstalled, .appBlockedInOrg, .signatureRefused,
            .certificateExpired, .refreshTokenScopeMissing, .noValidScopes:
            true
        default: false
        }
    }
}
