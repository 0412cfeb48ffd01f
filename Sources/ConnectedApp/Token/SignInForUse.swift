internal import Foundation
internal import JWTBearer
internal import Synchronization

/// Signs in for those who use a connection.
struct SignInForUse: Sendable {
    let targets: Targets
    let changes: RotationChanges
    /// During a rotation. Without it requests fail, as a test of that test shows.
    let triesOtherKey: Bool

    private var surroundings: Surroundings { targets.surroundings }

    /// Signs in for those who use the connection. During a rotation, where the one key is refused the other is tried, on
    /// the same connection and so at the same server: a server that trusts one of our keys grants a token.
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

    /// At most so often each key is tried, where the connection is lost again and again.
    private static let rounds = 4
    /// An answer that comes so long after the other key's was waited for: "try again" takes a second at least.
    private static let longBetween = Duration.seconds(1)

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
            // A connection that was lost between two keys may have led to another server; and while one waited between
            // them, the server itself may have changed its mind. Then each has another try.
            let isLate = refusedAt.map { surroundings.uptime() - $0 >= Self.longBetween } ?? false
            isOpen = connection.losses != losses || (isLate && round == 1)
        } while isOpen && round < Self.rounds
        await changes.note(.neitherAccepted, of: candidates[0], as: principal)
        throw failure ?? ConnectedAppError(.internalError)
    }

    /// The key that is likelier to be taken is ordinary use; the other one is the rotation's, as long as its share of the
    /// hour lasts. After that it is ordinary use too: nobody's request is to fail for it.
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
        switch self {
        case .signatureRefused, .assertionRefused, .certificateExpired: true
        // Of two apps, one may be unknown, blocked or not approved where the other is not.
        case .consumerKeyUnknown, .appNotInstalled, .appUninstalled, .appBlockedInOrg, .userNotApproved,
            .userNotAdminApproved, .refreshTokenScopeMissing, .noValidScopes:
            Set(targets.map(\.consumerKey)).count > 1
        default: false
        }
    }
}
