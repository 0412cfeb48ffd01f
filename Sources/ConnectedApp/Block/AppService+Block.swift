internal import Foundation

extension AppService {
    /// Blocks the app of a connection, or every app. Four facts follow, each told when it becomes true.
    ///
    /// Works where the store's disk is full: then the order is kept in a file of its own, which every process heeds.
    ///
    /// - Parameters:
    ///   - alias: `nil`: every app.
    ///   - onProgress: Called each time a fact has become true.
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`, or `.usage` where the reason is empty or too long.
    public func block(
        _ alias: String?, reason: String, as principal: Principal,
        onProgress: @Sendable ([BlockView]) -> Void = { _ in }
    ) async throws -> [BlockView] {
        let reason = reason.trimmingCharacters(in: .whitespacesAndNewlines)
        guard (1...Block.longestReason).contains(reason.count) else {
            throw ConnectedAppError(.usage, detail: "Give a reason of 1 to \(Block.longestReason) characters.")
        }
        let start = surroundings.uptime()
        let block = Block(reason: reason, principal: principal, orderedAt: surroundings.now())
        let appIDs = try await appIDs(of: alias)
        let revision: Int
        do {
            revision = try await gate.keep(block, on: appIDs, alias: alias)
        } catch let error as ConnectedAppError where error.cause.isStoreOutOfOrder {
            return [try await orderBlock(block, on: appIDs, all: alias == nil, since: start)]
        }
        for appID in appIDs { await forgetTokens(of: appID) }
        try await gate.othersHaveSeen(revision, since: start)
        try await progress(appIDs, alias) { block, now in
            block.noSignatureAt = block.noSignatureAt ?? now
            block.noHandOutAt = block.noHandOutAt ?? now
        }
        onProgress(try await blocks(of: appIDs))
        try await continueBlocks()
        let views = try await blocks(of: appIDs)
        onProgress(views)
        return views
    }

    /// Where the store takes nothing: the file's order holds, and leave given before it ends by itself.
    private func orderBlock(_ block: Block, on appIDs: [String], all: Bool, since start: Duration) async throws
        -> BlockView
    {
        var order = BlockOrder(
            appIDs: all ? nil : appIDs, reason: block.reason, principal: block.principal, orderedAt: block.orderedAt)
        if let earlier = try? gate.orders.pending() {
            order.appIDs = earlier.appIDs.flatMap { ids in order.appIDs.map { Array(Set(ids + $0)).sorted() } }
        }
        try gate.orders.give(order)
        gate.giveUpLeave()
        for appID in appIDs { await forgetTokens(of: appID) }
        try await gate.leavesHaveEnded(since: start)
        var block = block
        block.noSignatureAt = surroundings.now()
        block.noHandOutAt = block.noSignatureAt
        return try await records.read { [block] reading in
            let connections = try reading.intact(ConnectionRecord.self).map(\.value)
            return BlockView(
                block, connections: connections.filter { appIDs.contains($0.appID) }.map(\.alias.description),
                kind: try appIDs.first.flatMap { try reading.find(AppRecord.self, $0)?.value.kind }
                    ?? .externalClientApp,
                tokens: try appIDs.flatMap { try reading.reading.outstandingTokens(of: $0) }, unfinished: 0)
        }
    }

    private func appIDs(of alias: String?) async throws -> [String] {
        try await records.read { reading in
            // An altered app is refused everywhere, and must not keep the others from being blocked.
            guard let alias else { return try reading.intact(AppRecord.self).map(\.value.id) }
            return [try Self.found(alias, reading).app.value.id]
        }
    }

    /// Revokes what is to be revoked, and writes down what has become true. To be called again and again where a process
    /// runs on: an org that could not be reached is tried anew, and a crashed process's tokens die too.
    public func continueBlocks() async throws {
        if let order = try gate.orders.pending() { try await gate.carryOut(order) }
        await revokeDueTokens()
        let waiting = try await records.read { reading in
            try reading.intact(AppRecord.self).map(\.value).filter {
                $0.block != nil && $0.block?.knownTokensDeadAt == nil
            }
            .filter { try reading.reading.outstandingTokens(of: $0.id).isEmpty }.map(\.id)
        }
        if !waiting.isEmpty {
            try await progress(waiting, nil) { block, now in block.knownTokensDeadAt = block.knownTokensDeadAt ?? now }
        }
    }

    /// The blocks of some apps, or of all.
    func blocks(of appIDs: [String]? = nil) async throws -> [BlockView] {
        let since = surroundings.now().addingTimeInterval(-Block.longestSessionTimeout)
        return try await records.read { reading in
            let connections = try reading.intact(ConnectionRecord.self).map(\.value)
            return try reading.intact(AppRecord.self).map(\.value).compactMap { app in
                guard let block = app.block, appIDs?.contains(app.id) ?? true else { return nil }
                return BlockView(
                    block, connections: connections.filter { $0.appID == app.id }.map(\.alias.description),
                    kind: app.kind, tokens: try reading.reading.outstandingTokens(of: app.id),
                    unfinished: try reading.reading.unfinishedSignIns(of: app.id, since: since))
            }
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
        if let order = try gate.orders.pending() { try await gate.carryOut(order) }
        try await checkIsReplaced(alias)
        let (view, isUnblocked) = try await unblockingTest(alias, as: principal, onStep: onStep)
        await revokeDueTokens()
        if isUnblocked { try await lift(alias, principal) }
        try await record(
            .connectionTested, alias, principal, outcome: view.cause?.code.rawValue ?? "done",
            facts: ["outcome": view.outcome.rawValue, "unblocking": String(isUnblocked)])
        return UnblockView(isUnblocked: isUnblocked, test: view)
    }

    /// Tests with each key that may sign, until one works: after a restore nobody knows which one the org trusts.
    private func unblockingTest(
        _ alias: String, as principal: Principal, onStep: @Sendable (TestView.Step) -> Void
    ) async throws -> (TestView, works: Bool) {
        let targets = try await targets(alias)
        var view: TestView?
        for target in targets {
            let pass = surroundings.randomHex(bytes: 16)
            try await issue(pass, for: alias, principal)
            let test = try await connectionTest(of: target.unblocked, pass: pass, as: principal)
            let made = await test.run(onStep: onStep)
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

    func issue(_ pass: String, for alias: String, _ principal: Principal) async throws {
        let now = surroundings.now()
        try await records.write { writing in
            var app = try Self.found(alias, writing).app.value
            guard app.block != nil else { throw ConnectedAppError(.notBlocked, subject: alias) }
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

    private func lift(_ alias: String, _ principal: Principal) async throws {
        let now = surroundings.now()
        try await records.write { writing in
            var app = try Self.found(alias, writing).app.value
            guard let block = app.block else { return }
            app.block = nil
            try writing.save(app)
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .appUnblocked, connection: alias,
                    facts: ["reason": block.reason, "blockedSince": block.orderedAt.ISO8601Format()]))
        }
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

extension Cause {
    /// The store takes nothing just now, which must not keep a block from holding.
    fileprivate var isStoreOutOfOrder: Bool {
        switch self {
        case .diskFull, .inputOutput, .storeBusy, .outputCannotBeCreated: true
        default: false
        }
    }
}
