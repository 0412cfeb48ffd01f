internal import Foundation

extension Blocks {
    /// Unblocks an app if a test shows that it can sign in and read metadata. Steps about the settings of the app or
    /// the user may fail. Each test signs in with a one-time permission (``Block/pass``). The token is revoked and
    /// never handed out. Several tests run if several keys may sign.
    ///
    /// - Parameter onStep: Called after each step of the test.
    /// - Returns: Whether the app is unblocked, and the last test. Use `isUnblocked`: a test with failed steps may
    ///   still have unblocked the app.
    /// - Throws: ``ConnectedAppError``: `.unknownAlias`, `.notBlocked`, `.rotationRefused` if the app's key is
    ///   compromised and not replaced, `.recordChanged` if the app was blocked again meanwhile, `.blockMayBeLost`, and
    ///   a failing store's causes; `CancellationError`. If it throws, it has not lifted the block.
    package func unblock(
        _ alias: String, as principal: Principal, onStep: @Sendable (TestView.Step) -> Void = { _ in }
    ) async throws -> UnblockView {
        try await gate.carryOutPendingOrder()
        try await checkIsReplaced(alias)
        let orders = try await records.read { try FoundConnection(alias, $0).app.value.block?.orders ?? 0 }
        let startedAt = surroundings.now()
        let (view, isUnblocked) = try await unblockingTest(alias, orders, as: principal, onStep: onStep)
        await revocation.revokeDue()
        if view.cause?.code == .recordChanged { throw Self.orderedAgain(alias) }
        let run = TestRecord(
            id: surroundings.randomHex(bytes: 16), startedAt: startedAt, principal: principal, view: view)
        let now = surroundings.now()
        // In one transaction, so that the stored test and the block never contradict each other.
        try await records.write { writing in
            try writing.saveTest(run, of: alias, facts: ["unblocking": String(isUnblocked)], at: now)
            if isUnblocked { try Self.lift(alias, orders, principal, now, writing) }
        }
        return UnblockView(isUnblocked: isUnblocked, test: view)
    }

    /// Tests with each key that may sign, until one works. After a restore, it is unknown which one the org accepts.
    /// Also stops if a test fails for a reason that no other key can change.
    private func unblockingTest(
        _ alias: String, _ orders: Int, as principal: Principal, onStep: @Sendable (TestView.Step) -> Void
    ) async throws -> (TestView, works: Bool) {
        let candidates = try await targets.all(alias)
        var view: TestView?
        for target in candidates {
            let pass = surroundings.randomHex(bytes: 16)
            try await issuePass(pass, for: alias, ifOrdered: orders, principal)
            var test = try await diagnosis.connectionTest(of: target.unblocked, pass: pass, as: principal)
            test.permit = { try await checkNotOrderedAgain(alias, orders) }
            let made: TestView
            do { made = try await test.run(onStep: onStep) } catch {
                // An unstructured task does not inherit the cancellation: the pass must be withdrawn even if the test
                // was cancelled.
                try await Task { try await withdrawPass(pass, of: alias, revoking: target.appID) }.value
                throw error
            }
            view = made
            try await withdrawPass(pass, of: alias, revoking: target.appID)
            // Wrong settings of the app or the user are reported, but do not prevent unblocking.
            if made.connects, !made.steps.contains(where: { $0.outcome == .fails && !$0.id.isAboutTheApp }) {
                await changes.recordAnswer(.accepted(target.credentialID), of: target, as: principal)
                return (made, true)
            }
            guard made.cause?.code.isAboutTheKey(target, among: candidates) == true else { break }
        }
        guard let view else { throw ConnectedAppError(.internalError) }
        return (view, false)
    }

    /// Stores a pass, a one-time permission to sign in despite the block. Invalidates a former pass.
    ///
    /// - Parameter orders: ``Block/orders`` when the caller read the block; `nil`: no comparison.
    /// - Throws: ``ConnectedAppError`` with `.notBlocked`, or `.recordChanged` if the app was blocked again since then.
    func issuePass(
        _ pass: String, for alias: String, ifOrdered orders: Int? = nil, _ principal: Principal
    ) async throws {
        let now = surroundings.now()
        try await records.write { writing in
            var app = try FoundConnection(alias, writing).app.value
            guard let block = app.block else { throw ConnectedAppError(.notBlocked, subject: alias) }
            guard orders == nil || orders == block.orders else { throw Self.orderedAgain(alias) }
            app.block?.pass = pass
            try writing.save(app)
            try writing.append(AuditEvent(time: now, principal: principal, act: .unblockPassIssued, connection: alias))
        }
    }

    /// Invalidates a pass if no sign-in has used it, and marks the tokens of the app for revocation.
    func withdrawPass(_ pass: String, of alias: String, revoking appID: String) async throws {
        let now = surroundings.now()
        try await records.write { writing in
            try writing.revokeTokens(of: appID, at: now)
            guard var app = try writing.find(AppRecord.self, appID)?.value, app.block?.pass == pass else { return }
            app.block?.pass = nil
            try writing.save(app)
        }
    }

    private static func orderedAgain(_ alias: String) -> ConnectedAppError {
        ConnectedAppError(
            .recordChanged, subject: alias, detail: "The app was blocked again meanwhile, so it stays blocked.")
    }

    /// Checks that the app was not blocked again. The test may ignore only the block that is to be lifted.
    ///
    /// - Throws: ``ConnectedAppError`` with `.recordChanged`.
    private func checkNotOrderedAgain(_ alias: String, _ orders: Int) async throws {
        try await gate.carryOutPendingOrder()
        let now = try await records.read { try FoundConnection(alias, $0).app.value.block?.orders }
        guard now == nil || now == orders else { throw Self.orderedAgain(alias) }
    }

    /// Removes the block.
    ///
    /// - Throws: ``ConnectedAppError``: `.recordChanged` if the app was blocked again since the unblocking began,
    ///   `.rotationRefused` if its key was reported as compromised meanwhile.
    private static func lift(
        _ alias: String, _ orders: Int, _ principal: Principal, _ now: Date, _ writing: CheckedWriting
    ) throws {
        var app = try FoundConnection(alias, writing).app.value
        guard let block = app.block else { return }
        guard block.orders == orders else { throw orderedAgain(alias) }
        try checkIsReplaced(alias, writing)
        app.block = nil
        try writing.save(app)
        try writing.append(
            AuditEvent(
                time: now, principal: principal, act: .appUnblocked, connection: alias,
                facts: ["reason": block.reason, "blockedSince": block.orderedAt.ISO8601Format()]))
    }
}
