internal import Foundation
internal import JWTBearer
internal import Synchronization

/// Signs in for ordinary use of a connection, also during a rotation, when two keys may be accepted.
struct SignInForUse: Sendable {
    let targets: Targets
    let changes: RotationChanges
    /// Whether to try both keys during a rotation. Only tests turn this off, to show that requests fail without it.
    let triesOtherKey: Bool

    private var surroundings: Surroundings { targets.surroundings }

    /// Signs in with the connection's key.
    ///
    /// During a rotation, it signs in with the key that the org most likely accepts. If the org refuses it, the other
    /// key is tried over the same network connection, and therefore at the same server. So a token is issued if that
    /// server trusts either key. The answers are saved in the rotation's record.
    ///
    /// - Throws: ``ConnectedAppError``: the first key's refusal if both keys are refused; the errors of
    ///   ``SignIn/token(for:purpose:)``.
    func token(_ alias: String, as principal: Principal) async throws -> GrantedToken {
        let candidates = try await targets.all(alias)
        guard let first = candidates.first else { throw ConnectedAppError(.internalError) }
        guard candidates.count > 1, triesOtherKey else {
            return try await targets.signIn(as: principal).token(for: first.identity(), purpose: .use)
        }
        return try await targets.transports.withFreshConnections(
            authoritiesPEM: first.certificateAuthoritiesPEM, allowedHosts: first.allowedHosts
        ) { [self] transport in
            try await signIn(withOneOf: candidates, over: transport, as: principal)
        }
    }

    /// The maximum number of rounds. In each round, every key is tried. A further round follows if the connection was
    /// lost or, after the first round, if there was a pause between the answers.
    private static let rounds = 4
    /// If both keys' answers are at least this far apart, there was a pause between them: a retry waits for at least a
    /// second.
    private static let lateAnswer = Duration.seconds(1)

    private func signIn(withOneOf candidates: [Target], over transport: any HTTPTransport, as principal: Principal)
        async throws -> GrantedToken
    {
        let connection = WatchedConnection(transport)
        var failure: ConnectedAppError?
        var (losses, round) = (0, 0)
        var refusedAt: Duration?
        var isOpen = false
        repeat {
            (losses, round, refusedAt) = (connection.losses, round + 1, nil)
            for target in candidates {
                do {
                    let granted = try await signIn(
                        target, over: connection, isFirst: failure == nil, as: principal)
                    await changes.recordAnswer(.accepted(target.credentialID), of: target, as: principal)
                    return granted
                } catch let error as ConnectedAppError where error.cause.isAboutTheKey(target, among: candidates) {
                    failure = failure ?? error
                    refusedAt = refusedAt ?? surroundings.uptime()
                    await changes.recordAnswer(.refused(target.credentialID), of: target, as: principal)
                }
            }
            // If the connection was lost between the two keys, two servers may have answered. If there was a pause
            // between them, the server may have received the new certificate in the meantime. In both cases, each key
            // is tried again.
            let isLate = refusedAt.map { surroundings.uptime() - $0 >= Self.lateAnswer } ?? false
            isOpen = connection.losses != losses || (isLate && round == 1)
        } while isOpen && round < Self.rounds
        await changes.recordAnswer(.neitherAccepted, of: candidates[0], as: principal)
        throw failure ?? ConnectedAppError(.internalError)
    }

    /// Signs in with one key. The first attempt counts as ordinary use. Later ones count as the rotation's. If the
    /// rotation's share of the budget is used up, they count as ordinary use too, so that no request fails because of
    /// it.
    private func signIn(
        _ target: Target, over transport: any HTTPTransport, isFirst: Bool, as principal: Principal
    ) async throws -> GrantedToken {
        let signIn = targets.signIn(as: principal, over: transport)
        guard !isFirst else { return try await signIn.token(for: target.identity(), purpose: .use) }
        do { return try await signIn.token(for: target.identity(), purpose: .rotation) } catch let error
            as ConnectedAppError where error.cause == .signInBudgetUsed
        {
            return try await signIn.token(for: target.identity(), purpose: .use)
        }
    }

}

extension Cause {
    /// Whether a sign-in with another of the targets may succeed: the refusal can be about the target's key or, if the
    /// targets have different apps, about its app.
    func isAboutTheKey(_ target: Target, among targets: [Target]) -> Bool {
        if Self.causesOfKey.contains(self) { return true }
        return Self.causesOfOneApp.contains(self) && Set(targets.map(\.consumerKey)).count > 1
    }

    private static let causesOfKey: Set<Cause> = [.signatureRefused, .assertionRefused, .certificateExpired]
    /// During a rotation to a new app, one of the two apps may be unknown, blocked or not approved, and the other not.
    private static let causesOfOneApp: Set<Cause> = [
        .consumerKeyUnknown, .appNotInstalled, .appUninstalled, .appBlockedInOrg, .userNotApproved,
        .userNotAdminApproved, .refreshTokenScopeMissing, .noValidScopes,
    ]
}
