internal import Foundation
internal import JWTBearer
internal import Synchronization

/// Signs in for ordinary use of a connection.
struct SignInForUse: Sendable {
    let targets: Targets
    let changes: RotationChanges
    /// Whether to try both keys during a rotation. Only tests turn this off, to show that requests fail without it.
    let triesOtherKey: Bool

    private var surroundings: Surroundings { targets.surroundings }

    /// Signs in for ordinary use.
    ///
    /// If one key is refused during a rotation, this tries the other one over the same network connection and therefore at the
    /// same server. A server that trusts one of the keys grants a token.
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

    /// The maximum number of attempts with each key, if the connection is lost repeatedly.
    private static let rounds = 4
    /// The time between two answers from which a wait is assumed: a retry after "try again" takes a second at least.
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
                    await changes.note(.accepted(target.credentialID), of: target, as: principal)
                    return granted
                } catch let error as ConnectedAppError where error.cause.isAboutTheKey(target, among: candidates) {
                    failure = failure ?? error
                    refusedAt = refusedAt ?? surroundings.uptime()
                    await changes.note(.refused(target.credentialID), of: target, as: principal)
                }
            }
            // If the connection was lost between two keys, another server may have answered. If there was a wait between them,
            // the server may have got the change meanwhile. In both cases, each key is tried again.
            let isLate = refusedAt.map { surroundings.uptime() - $0 >= Self.lateAnswer } ?? false
            isOpen = connection.losses != losses || (isLate && round == 1)
        } while isOpen && round < Self.rounds
        await changes.note(.neitherAccepted, of: candidates[0], as: principal)
        throw failure ?? ConnectedAppError(.internalError)
    }

    /// Signs in with one key. The first key counts as ordinary use. The other one counts as the rotation's until that share of
    /// the hour is used up, and then as ordinary use too, so that no request fails because of it.
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
    /// Whether the org's refusal can be about which key signed, so that another key may be taken.
    func isAboutTheKey(_ target: Target, among targets: [Target]) -> Bool {
        if Self.causesOfKey.contains(self) { return true }
        return Self.causesOfOneApp.contains(self) && Set(targets.map(\.consumerKey)).count > 1
    }

    private static let causesOfKey: Set<Cause> = [.signatureRefused, .assertionRefused, .certificateExpired]
    /// During a rotation with two apps, one may be unknown, blocked or not approved and the other not.
    private static let causesOfOneApp: Set<Cause> = [
        .consumerKeyUnknown, .appNotInstalled, .appUninstalled, .appBlockedInOrg, .userNotApproved,
        .userNotAdminApproved, .refreshTokenScopeMissing, .noValidScopes,
    ]
}
