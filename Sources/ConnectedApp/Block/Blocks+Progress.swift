internal import Foundation

extension Blocks {
    /// Applies an order that is not in the store yet, revokes tokens that are due, and records for which blocked apps
    /// no known token is left.
    ///
    /// A server calls this repeatedly, to retry when an org could not be reached, and to revoke the tokens of crashed
    /// processes. A token that cannot be revoked causes no error; it stays due.
    ///
    /// - Throws: ``ConnectedAppError``: `.blockMayBeLost` if the order file was altered, and a failing store's causes.
    ///   Due tokens are revoked nevertheless if the store allows it.
    func revokeDueTokens() async throws {
        do { try await gate.carryOutPendingOrder() } catch {
            // Tokens are revoked even if the order file was altered.
            await revocation.revokeDue()
            throw error
        }
        await revocation.revokeDue()
        let waiting = try await records.read { reading in
            try Self.blockedApps(reading).filter { id, block in
                guard block.noHandOutAt != nil, block.knownTokensDeadAt == nil else { return false }
                return try reading.reading.outstandingTokens(of: id).isEmpty
            }.map(\.id)
        }
        if !waiting.isEmpty {
            try await updateBlocks(waiting, nil) { block, now in
                block.knownTokensDeadAt = block.knownTokensDeadAt ?? now
            }
        }
    }

    /// Records that every process has seen the blocks. Usually the command that ordered a block records this; this function
    /// does it for commands that were interrupted, or that found the store locked. Waits some seconds until every lease
    /// has expired, so only servers call it.
    func confirmBlocks() async throws {
        let appIDs = try await records.read { reading in
            try Self.blockedApps(reading).filter { $0.block.noHandOutAt == nil }.map(\.id)
        }
        guard !appIDs.isEmpty else { return }
        // The block may come from rolled-back records, which do not list every lease.
        try await gate.waitForLeases(since: surroundings.uptime())
        try await updateBlocks(appIDs, nil) { block, now in block.confirmLeases(now) }
    }

    /// All blocked apps, including those whose records were already altered when they were blocked.
    private static func blockedApps(_ reading: CheckedReading) throws -> [(id: String, block: Block)] {
        let stored = try reading.intact(AppRecord.self).map(\.value).compactMap { app in app.block.map { (app.id, $0) }
        }
        return stored + reading.heldBlocks.map { ($0.key, $0.value) }
    }

    /// The blocks of these apps; `nil`: of all apps. Apps that are not blocked are left out.
    func blocks(of appIDs: [String]? = nil) async throws -> [BlockView] {
        let now = surroundings.now()
        return try await records.read { try Self.blocks(of: appIDs, $0, now: now) }
    }

    private static func blocks(of appIDs: [String]?, _ reading: CheckedReading, now: Date) throws -> [BlockView] {
        let members = AppMembers(reading)
        let apps = try reading.intact(AppRecord.self).map(\.value).filter { appIDs?.contains($0.id) ?? true }
        let intact = try apps.compactMap { try view(of: $0, members, now: now) }
        let altered = try reading.heldBlocks.sorted { $0.key < $1.key }.compactMap { id, block -> BlockView? in
            guard appIDs?.contains(id) ?? true, !apps.contains(where: { $0.id == id }) else { return nil }
            // The app's record cannot be read. Its summary has the kind; without it, the steps shown are those of an
            // External Client App.
            let kind = try reading.intact(AppSummary.self).first { $0.value.appID == id }?.value.kind
            return try view(
                of: block, id: id, kind: kind ?? .externalClientApp, appName: nil, members, now: now)
        }
        return intact + altered
    }

    /// Returns the view of an app's block; `nil` if the app is not blocked.
    private static func view(of app: AppRecord, _ members: AppMembers, now: Date) throws -> BlockView? {
        try app.block.map {
            try view(of: $0, id: app.id, kind: app.kind, appName: app.nameInSetup, members, now: now)
        }
    }

    private static func view(
        of block: Block, id: String, kind: AppKind, appName: String?, _ members: AppMembers, now: Date
    ) throws -> BlockView {
        let (reading, since) = (members.reading, now.addingTimeInterval(-Block.longestSessionTimeout))
        return BlockView(
            block, connections: try members.aliases(ofApp: id), kind: kind, appName: appName,
            tokens: try reading.reading.outstandingTokens(of: id),
            unfinished: try reading.reading.unfinishedSignIns(of: id, since: since))
    }

    /// Returns the block of a connection's app; `nil` if the app is not blocked.
    package func view(of alias: String, as principal: Principal) async throws -> BlockView? {
        let now = surroundings.now()
        return try await records.read { try Self.view(of: FoundConnection(alias, $0), $0, now: now) }
    }

    static func view(of found: FoundConnection, _ reading: CheckedReading, now: Date) throws -> BlockView? {
        try view(of: found.app.value, AppMembers(reading), now: now)
    }

    /// Changes the blocks of these apps, and adds the facts of each changed block to the audit record. Skips apps that
    /// are not blocked, and writes nothing for blocks that do not change. A held block changes without an entry, because its
    /// app's record cannot be read.
    func updateBlocks(
        _ appIDs: [String], _ alias: String?, _ change: @escaping @Sendable (inout Block, Date) -> Void
    ) async throws {
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
}

extension Block {
    /// The facts of the block that are stored and true, with their times, for the audit record. The names are those of
    /// ``BlockView/FactID``, and are stored. `unknownTokensBounded` is not among them: it follows from the ledger.
    fileprivate var facts: [String: String] {
        var facts: [String: String] = [:]
        facts["noNewSignature"] = noSignatureAt?.ISO8601Format()
        facts["noNewHandOut"] = noHandOutAt?.ISO8601Format()
        facts["knownTokensDead"] = knownTokensDeadAt?.ISO8601Format()
        return facts
    }
}
