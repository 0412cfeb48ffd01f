internal import Foundation

extension AppService {
    /// Blocks the app of a connection, or every app. Reports four facts, each when it becomes true.
    ///
    /// The order is written to a file first, then to the store. So it holds even if the store is locked, full or damaged:
    /// each process reads that file before it signs or returns a token. If the store cannot say which app the
    /// connection belongs to, the order covers every app.
    ///
    /// - Parameters:
    ///   - alias: `nil`: every app.
    ///   - onProgress: Called each time a fact has become true.
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`, `.usage` if the reason is empty or too long, or why neither the
    ///   file nor the store could be written: only then nothing is blocked.
    public func block(
        _ alias: String?, reason: String, as principal: Principal,
        onProgress: @Sendable ([BlockView]) -> Void = { _ in }
    ) async throws -> [BlockView] {
        try await block(alias, reason: reason, as: principal, afterOrder: {}, onProgress: onProgress)
    }

    /// - Parameter afterOrder: Called when the order is on disk, before other processes are waited for. Its errors are
    ///   ignored.
    func block(
        _ alias: String?, reason: String, as principal: Principal, afterOrder: @Sendable () async throws -> Void,
        onProgress: @Sendable ([BlockView]) -> Void = { _ in }
    ) async throws -> [BlockView] {
        let reason = reason.trimmingCharacters(in: .whitespacesAndNewlines)
        guard (1...Block.longestReason).contains(reason.count) else {
            throw ConnectedAppError(.usage, detail: "Give a reason of 1 to \(Block.longestReason) characters.")
        }
        let block = Block(reason: reason, principal: principal, orderedAt: surroundings.now())
        let target = try await blockTarget(alias)
        let order = try await give(block, target)
        try? await afterOrder()
        await forgetTokens(of: order.appIDs)
        do { return try await complete(block, order, target, onProgress) } catch {
            // The store cannot be used, or nobody waits any more. The order holds all the same.
            return [await view(of: block, order, target, after: error)]
        }
    }

    /// Which apps somebody wants to block, as far as the store can tell.
    private struct BlockTarget {
        let alias: String?
        /// `nil`: every app.
        let appIDs: [String]?
        let mark: StoreOrderMark
    }

    /// An order that is on disk. Every lease requested from now on is checked against it.
    private struct GivenOrder {
        /// `nil`: the order file could not be written, and the store was.
        let state: BlockOrderState?
        /// `nil`: the store could not be written, and the order file was.
        let stored: StoredBlocks?
        /// `nil`: every app.
        let appIDs: [String]?
        /// The uptime when it was on disk.
        let at: Duration
    }

    private func blockTarget(_ alias: String?) async throws -> BlockTarget {
        do {
            return try await records.read { reading in
                let mark = StoreOrderMark(reading.orderMark)
                guard let alias else { return BlockTarget(alias: nil, appIDs: nil, mark: mark) }
                return BlockTarget(alias: alias, appIDs: try Self.appID(of: alias, reading).map { [$0] }, mark: mark)
            }
        } catch let error as ConnectedAppError where error.cause != .unknownAlias {
            return BlockTarget(alias: alias, appIDs: nil, mark: .unknown)
        }
    }

    /// The app of a connection.
    ///
    /// - Returns: `nil` if a record of it was altered. What it says may name another app.
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`.
    private static func appID(of alias: String, _ reading: CheckedReading) throws -> String? {
        do { return try found(alias, reading).app.value.id } catch let error as ConnectedAppError {
            guard error.cause != .unknownAlias else { throw error }
            return nil
        }
    }

    /// - Throws: ``ConnectedAppError`` if neither the order file nor the store could be written.
    private func give(_ block: Block, _ target: BlockTarget) async throws -> GivenOrder {
        let order = BlockOrder(
            appIDs: target.appIDs, reason: block.reason, principal: block.principal, orderedAt: block.orderedAt)
        let written: Result<BlockOrderState, ConnectedAppError>
        do { written = .success(try await gate.orders.give(order, target.mark)) } catch let error as ConnectedAppError {
            written = .failure(error)
        }
        let at = surroundings.uptime()
        gate.giveUpLeave()
        switch written {
        case .success(let state):
            // A file that had to be made anew covers every app.
            let appIDs = state.orders.coverEveryApp ? nil : target.appIDs
            do {
                let stored = try await gate.apply(state.orders, of: state, alias: target.alias)
                return GivenOrder(state: state, stored: stored, appIDs: appIDs, at: surroundings.uptime())
            } catch {
                return GivenOrder(state: state, stored: nil, appIDs: appIDs, at: at)
            }
        case .failure(let failure):
            do {
                let stored = try await gate.apply([order], of: nil, alias: target.alias)
                return GivenOrder(state: nil, stored: stored, appIDs: target.appIDs, at: surroundings.uptime())
            } catch let error as ConnectedAppError {
                throw await notGiven(order, error, failure)
            }
        }
    }

    /// Why an order is not acknowledged, and whether it may hold all the same.
    private func notGiven(
        _ order: BlockOrder, _ store: ConnectedAppError, _ file: ConnectedAppError
    ) async -> ConnectedAppError {
        let evidence = store.evidence.merging(["blockOrderFile": file.debugDescription]) { store, _ in store }
        guard await mayHold(order) else {
            return ConnectedAppError(
                store.cause, subject: store.subject,
                detail: "Nothing was blocked: neither the store nor the block order file could be written. "
                    + store.description,
                evidence: evidence)
        }
        return ConnectedAppError(
            store.cause, subject: store.subject,
            detail:
                "The block may hold, but it is not confirmed: the store could not be written, and writing the block order "
                + "file failed halfway.",
            evidence: evidence.merging(["store": store.description]) { former, _ in former })
    }

    /// Whether the order file has the order, or cannot be read: then no process signs.
    private func mayHold(_ order: BlockOrder) async -> Bool {
        do { return try await gate.orders.state()?.orders.contains(order) ?? false } catch { return true }
    }

    private func complete(
        _ block: Block, _ order: GivenOrder, _ target: BlockTarget, _ onProgress: @Sendable ([BlockView]) -> Void
    ) async throws -> [BlockView] {
        if let stored = order.stored {
            try await gate.othersHaveSeen(stored, since: order.at)
        } else if let state = order.state {
            try await gate.leavesHaveEnded(since: order.at)
            _ = try await gate.apply(state.orders, of: state, alias: target.alias)
        }
        let every = try await records.read { $0.ids(of: AppRecord.self) }
        let appIDs = order.appIDs ?? every
        try await progress(appIDs, target.alias) { block, now in block.confirmLeases(now) }
        onProgress(try await blocks(of: appIDs))
        try await continueBlocks()
        let views = try await blocks(of: appIDs)
        onProgress(views)
        return views
    }

    /// The view of a block whose processing ended early: the store failed, or the caller was cancelled.
    private func view(
        of block: Block, _ order: GivenOrder, _ target: BlockTarget, after failure: any Error
    ) async -> BlockView {
        var block = block
        do {
            try await gate.leavesHaveEnded(since: order.at)
            block.noSignatureAt = surroundings.now()
            block.noHandOutAt = block.noSignatureAt
        } catch {
            // Cancelled while another process may still hold a lease.
        }
        let appIDs = order.appIDs
        let known = try? await records.read { reading in
            let connections = try reading.intact(ConnectionRecord.self).map(\.value)
                .filter { appIDs?.contains($0.appID) ?? true }
            let apps = try reading.intact(AppRecord.self).map(\.value).filter { appIDs?.contains($0.id) ?? true }
            return (
                names: connections.map(\.alias.description), kind: apps.first?.kind,
                appName: apps.count == 1 ? apps.first?.nameInSetup : nil,
                tokens: try apps.flatMap { try reading.reading.outstandingTokens(of: $0.id) }
            )
        }
        return BlockView(
            block, connections: known?.names ?? [target.alias].compactMap { $0 },
            coversEveryApp: appIDs == nil, isInStore: order.stored != nil, kind: known?.kind ?? .externalClientApp,
            appName: known?.appName, tokens: known?.tokens, failure: (failure as? ConnectedAppError)?.cause)
    }

    private func appIDs(of alias: String) async throws -> [String] {
        try await records.read { reading in [try Self.found(alias, reading).app.value.id] }
    }

    /// Revokes tokens that are due and records the facts that became true. A server calls this repeatedly: it retries an org
    /// that could not be reached, and revokes the tokens of crashed processes.
    public func continueBlocks() async throws {
        do { try await gate.carryOutPendingOrder() } catch {
            // Tokens are revoked even if the order file was altered.
            await revokeDueTokens()
            throw error
        }
        await revokeDueTokens()
        let waiting = try await records.read { reading in
            let stored = try reading.intact(AppRecord.self).map { ($0.value.id, $0.value.block) }
            let held = reading.heldBlocks.map { ($0.key, Optional($0.value)) }
            return try (stored + held).filter { id, block in
                guard let block, block.noHandOutAt != nil, block.knownTokensDeadAt == nil else { return false }
                return try reading.reading.outstandingTokens(of: id).isEmpty
            }.map(\.0)
        }
        if !waiting.isEmpty {
            try await progress(waiting, nil) { block, now in block.knownTokensDeadAt = block.knownTokensDeadAt ?? now }
        }
    }

    /// Confirms blocks whose command ended before it could: it was interrupted, or the store was locked. For servers, because
    /// it may wait until every lease has expired.
    func confirmBlocks() async throws {
        let appIDs = try await records.read { reading in
            let stored = try reading.intact(AppRecord.self).map { ($0.value.id, $0.value.block) }
            let held = reading.heldBlocks.map { ($0.key, Optional($0.value)) }
            return (stored + held).filter { $0.1 != nil && $0.1?.noHandOutAt == nil }.map(\.0)
        }
        guard !appIDs.isEmpty else { return }
        // The block may have come with rolled-back records, which do not list every lease.
        try await gate.leavesHaveEnded(since: surroundings.uptime())
        try await progress(appIDs, nil) { block, now in block.confirmLeases(now) }
    }

    /// The blocks of some apps, or of all.
    func blocks(of appIDs: [String]? = nil) async throws -> [BlockView] {
        let since = surroundings.now().addingTimeInterval(-Block.longestSessionTimeout)
        return try await records.read { reading in
            let connections = try reading.intact(ConnectionRecord.self).map(\.value)
            func names(_ appID: String) -> [String] {
                connections.filter { $0.appID == appID }.map(\.alias.description)
            }
            let apps = try reading.intact(AppRecord.self).map(\.value)
            let intact = try apps.compactMap { app -> BlockView? in
                guard let block = app.block, appIDs?.contains(app.id) ?? true else { return nil }
                return BlockView(
                    block, connections: names(app.id), kind: app.kind, appName: app.nameInSetup,
                    tokens: try reading.reading.outstandingTokens(of: app.id),
                    unfinished: try reading.reading.unfinishedSignIns(of: app.id, since: since))
            }
            let altered = try reading.heldBlocks.sorted { $0.key < $1.key }.compactMap { id, block -> BlockView? in
                guard appIDs?.contains(id) ?? true, !apps.contains(where: { $0.id == id }) else { return nil }
                return BlockView(
                    block, connections: names(id), kind: .externalClientApp, appName: nil,
                    tokens: try reading.reading.outstandingTokens(of: id),
                    unfinished: try reading.reading.unfinishedSignIns(of: id, since: since))
            }
            return intact + altered
        }
    }

    /// The block of a connection's app.
    ///
    /// - Returns: `nil` where it is not blocked.
    public func block(of alias: String, as principal: Principal) async throws -> BlockView? {
        try await blocks(of: appIDs(of: alias)).first
    }

    private func progress(
        _ appIDs: [String], _ alias: String?, _ change: @escaping @Sendable (inout Block, Date) -> Void
    )
        async throws
    {
        let now = surroundings.now()
        try await records.write { writing in
            for id in appIDs {
                if var held = writing.heldBlocks[id] {
                    change(&held, now)
                    writing.heldBlocks[id] = held
                    continue
                }
                guard var app = try writing.find(AppRecord.self, id)?.value, var block = app.block else { continue }
                change(&block, now)
                guard block != app.block else { continue }
                app.block = block
                try writing.save(app)
                try writing.append(
                    AuditEvent(
                        time: now, principal: block.principal, act: .blockProgressed, connection: alias,
                        facts: block.facts.merging(["app": id]) { fact, _ in fact }))
            }
        }
    }

    // MARK: Unblocking

    /// Unblocks where a test passes. The test signs in once, on a pass that is used up by it; its token is revoked, never
    /// handed out.
    ///
    /// - Throws: ``ConnectedAppError`` with `.notBlocked`.
    public func unblock(
        _ alias: String, as principal: Principal, onStep: @Sendable (TestView.Step) -> Void = { _ in }
    ) async throws -> UnblockView {
        try await gate.carryOutPendingOrder()
        try await checkIsReplaced(alias)
        let orders = try await records.read { try Self.found(alias, $0).app.value.block?.orders ?? 0 }
        let startedAt = surroundings.now()
        let (view, isUnblocked) = try await unblockingTest(alias, orders, as: principal, onStep: onStep)
        await revokeDueTokens()
        if view.cause?.code == .recordChanged { throw Self.orderedAgain(alias) }
        let run = TestRecord(
            id: surroundings.randomHex(bytes: 16), startedAt: startedAt, principal: principal, view: view)
        let now = surroundings.now()
        // In one transaction: a block that was lifted must not be reported as one that stays.
        try await records.write { writing in
            if isUnblocked { try Self.lift(alias, orders, principal, now, writing) }
            try writing.keep(run, of: alias, facts: ["unblocking": String(isUnblocked)], at: now)
        }
        return UnblockView(isUnblocked: isUnblocked, test: view)
    }

    /// Tests with each key that may sign, until one works: after a restore nobody knows which one the org trusts.
    private func unblockingTest(
        _ alias: String, _ orders: Int, as principal: Principal, onStep: @Sendable (TestView.Step) -> Void
    ) async throws -> (TestView, works: Bool) {
        let targets = try await targets(alias)
        var view: TestView?
        for target in targets {
            let pass = surroundings.randomHex(bytes: 16)
            try await issue(pass, for: alias, ifOrdered: orders, principal)
            var test = try await connectionTest(of: target.unblocked, pass: pass, as: principal)
            test.permit = { [self] in try await checkNotOrderedAgain(alias, orders) }
            let made: TestView
            do { made = try await test.run(onStep: onStep) } catch {
                // In a task of its own: the pass must not outlive a test that was cut short.
                try await Task { try await withdraw(pass, of: alias, revoking: target.appID) }.value
                throw error
            }
            view = made
            try await withdraw(pass, of: alias, revoking: target.appID)
            // What is to be mended in the org's settings is told, and keeps nobody from unblocking.
            if made.connects, !made.steps.contains(where: { $0.outcome == .fails && !$0.id.isAboutTheApp }) {
                await note(.accepted(target.credentialID), of: alias, as: principal)
                return (made, true)
            }
            guard made.cause?.code.isAboutTheKey(target, among: targets) == true else { break }
        }
        guard let view else { throw ConnectedAppError(.internalError) }
        return (view, false)
    }

    /// - Parameter orders: How often the block was ordered when the caller looked; `nil`: it does not matter.
    /// - Throws: ``ConnectedAppError`` with `.notBlocked`, or `.recordChanged` if it was ordered again since.
    func issue(
        _ pass: String, for alias: String, ifOrdered orders: Int? = nil, _ principal: Principal
    ) async throws {
        let now = surroundings.now()
        try await records.write { writing in
            var app = try Self.found(alias, writing).app.value
            guard let block = app.block else { throw ConnectedAppError(.notBlocked, subject: alias) }
            guard orders == nil || orders == block.orders else { throw Self.orderedAgain(alias) }
            app.block?.pass = pass
            try writing.save(app)
            try writing.append(AuditEvent(time: now, principal: principal, act: .unblockPassIssued, connection: alias))
        }
    }

    /// A pass that no sign-in used is void; the token that one brought is to be revoked.
    func withdraw(_ pass: String, of alias: String, revoking appID: String) async throws {
        let now = surroundings.now()
        try await records.write { writing in
            for token in try writing.writing.outstandingTokens(of: appID) {
                try writing.keep(token.toBeRevoked(now))
            }
            guard var app = try writing.find(AppRecord.self, appID)?.value, app.block?.pass == pass else { return }
            app.block?.pass = nil
            try writing.save(app)
        }
    }

    private static func orderedAgain(_ alias: String) -> ConnectedAppError {
        ConnectedAppError(
            .recordChanged, subject: alias, detail: "The block was ordered again meanwhile, so the app stays blocked.")
    }

    /// The token of an unblocking test is used in spite of the block, but not in spite of another order.
    ///
    /// - Throws: ``ConnectedAppError`` with `.recordChanged`.
    private func checkNotOrderedAgain(_ alias: String, _ orders: Int) async throws {
        try await gate.carryOutPendingOrder()
        let now = try await records.read { try Self.found(alias, $0).app.value.block?.orders }
        guard now == nil || now == orders else { throw Self.orderedAgain(alias) }
    }

    /// - Throws: ``ConnectedAppError`` with `.recordChanged` if the block was ordered again since the unblocking began.
    private static func lift(
        _ alias: String, _ orders: Int, _ principal: Principal, _ now: Date, _ writing: CheckedWriting
    ) throws {
        var app = try found(alias, writing).app.value
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

extension Block {
    /// What has become true, for the audit record.
    fileprivate var facts: [String: String] {
        var facts: [String: String] = [:]
        facts["noNewSignature"] = noSignatureAt?.ISO8601Format()
        facts["noNewHandOut"] = noHandOutAt?.ISO8601Format()
        facts["knownTokensDead"] = knownTokensDeadAt?.ISO8601Format()
        return facts
    }
}
