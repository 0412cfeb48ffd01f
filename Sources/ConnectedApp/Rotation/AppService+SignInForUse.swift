internal import Foundation
internal import JWTBearer
internal import Synchronization

extension AppService {
    /// Signs in for those who use the connection. During a rotation, where the one key is refused the other is tried, on
    /// the same connection and so at the same server: a server that trusts one of our keys grants a token.
    func signInForUse(_ alias: String, as principal: Principal) async throws -> GrantedToken {
        let targets = try await targets(alias)
        guard let first = targets.first else { throw ConnectedAppError(.internalError) }
        guard targets.count > 1, triesOtherKey else {
            return try await signIn(for: first, as: principal).token(for: first.identity(), purpose: .use)
        }
        return try await transports.withFreshConnections(
            authoritiesPEM: first.certificateAuthoritiesPEM, allowedHosts: first.allowedHosts
        ) { [self] transport in
            try await signIn(withOneOf: targets, over: transport, as: principal)
        }
    }

    /// At most so often each key is tried, where the connection is lost again and again.
    private static let rounds = 4
    /// An answer that comes so long after the other key's was waited for: "try again" takes a second at least.
    private static let longBetween = Duration.seconds(1)

    private func signIn(withOneOf targets: [Target], over transport: any HTTPTransport, as principal: Principal)
        async throws -> GrantedToken
    {
        let connection = WatchedConnection(transport)
        var failure: ConnectedAppError?
        var (losses, round) = (0, 0)
        var refusedAt: Duration?
        var isOpen = false
        repeat {
            (losses, round, refusedAt) = (connection.losses, round + 1, nil)
            for target in targets {
                do {
                    let granted = try await signIn(
                        target, over: connection, isFirst: failure == nil, as: principal)
                    await note(.accepted(target.credentialID), of: target.name, as: principal)
                    return granted
                } catch let error as ConnectedAppError where error.cause.isAboutTheKey(target, among: targets) {
                    failure = failure ?? error
                    refusedAt = refusedAt ?? surroundings.uptime()
                    await note(.refused(target.credentialID), of: target.name, as: principal)
                }
            }
            // A connection that was lost between two keys may have led to another server; and while one waited between
            // them, the server itself may have changed its mind. Then each has another try.
            let isLate = refusedAt.map { surroundings.uptime() - $0 >= Self.longBetween } ?? false
            isOpen = connection.losses != losses || (isLate && round == 1)
        } while isOpen && round < Self.rounds
        await note(.neitherAccepted, of: targets[0].name, as: principal)
        throw failure ?? ConnectedAppError(.internalError)
    }

    /// The key that is likelier to be taken is ordinary use; the other one is the rotation's, as long as its share of the
    /// hour lasts. After that it is ordinary use too: nobody's request is to fail for it.
    private func signIn(
        _ target: Target, over transport: any HTTPTransport, isFirst: Bool, as principal: Principal
    ) async throws -> GrantedToken {
        let signIn = signIn(for: target, over: transport, as: principal)
        guard !isFirst else { return try await signIn.token(for: target.identity(), purpose: .use) }
        do { return try await signIn.token(for: target.identity(), purpose: .rotation) } catch let error
            as ConnectedAppError where error.cause == .signInBudgetUsed
        {
            return try await signIn.token(for: target.identity(), purpose: .use)
        }
    }

    /// Tests with the key that the org is likeliest to take; during a rotation, where that is refused, with the other.
    /// The steps of the test that counts are told.
    func testOfLikeliestKey(
        _ alias: String, as principal: Principal, onStep: @Sendable (TestView.Step) -> Void
    ) async throws -> TestView {
        let targets = try await targets(alias)
        guard let first = targets.first else { throw ConnectedAppError(.internalError) }
        guard let other = targets.dropFirst().first else {
            return try await connectionTest(of: first, as: principal).run(onStep: onStep)
        }
        let steps = Mutex<[TestView.Step]>([])
        let view = try await connectionTest(of: first, as: principal).run { step in steps.withLock { $0.append(step) } }
        if let cause = view.cause?.code, cause.isAboutTheKey(first, among: targets) {
            await note(.refused(first.credentialID), of: alias, as: principal)
            let otherView = try await connectionTest(of: other, as: principal).run(onStep: onStep)
            if otherView.cause == nil { await note(.accepted(other.credentialID), of: alias, as: principal) }
            return otherView
        }
        if view.cause == nil { await note(.accepted(first.credentialID), of: alias, as: principal) }
        steps.withLock { $0 }.forEach(onStep)
        return view
    }

    /// Tells a rotation of an answer that somebody else's sign-in had. Where it changes nothing, nothing is written.
    func note(_ event: Rotation.Event, of alias: String, as principal: Principal) async {
        let isNews = try? await records.read { reading in
            guard let record = try Self.found(alias, reading).rotation else { return false }
            return record.heeds(event)
        }
        guard isNews == true else { return }
        try? await changeRotation(of: alias, as: principal, act: nil) { record, _, now in
            // An answer that the state does not ask for is of no use, and no failure.
            try? record.apply(event, at: now, by: principal)
        }
    }
}

extension RotationRecord {
    /// Whether an answer is worth a write: ordinary answers of a key that is taken as it should be are not.
    func heeds(_ event: Rotation.Event) -> Bool {
        switch (rotation.state, event) {
        case (.prepared(let active, _, _), .accepted(let id)), (.retiring(let active, _, _), .accepted(let id)):
            id != active || rotation.evidence.neitherAt != nil
        case (.steady, _), (.generating, _), (.destroying, _): false
        case (.prepared, _), (.publishing, _), (.proving, _), (.retiring, _): true
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
