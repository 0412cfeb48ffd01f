internal import Foundation

/// Restores a store from a backup, with every app blocked and every known token due for revocation.
///
/// The store's file gets its name last, when everything else is in place. If the restore fails before that, the new
/// files are removed, and existing files are moved back. If the process is killed, the next restore removes the draft
/// and its block order file, and keeps the files beside the store that are already restored. Existing files that were
/// already moved stay under their new names.
package struct Restoration: Sendable {
    /// The folder to restore into. Store and block order file are in it.
    let home: String
    let storePath: String
    let blockOrderPath: String
    let custody: CustodyFiles
    let store: StoreFiles
    /// Whether existing files may be moved out of the way.
    let mayDisplace: Bool
    /// Opens the store file at a path for writing, calls the body, and closes the file.
    let opening: @Sendable (String, @Sendable (any RecordStore) async throws -> Void) async throws -> Void
    /// Throws if a store with these records must not be opened here. Called before anything is changed.
    let checkAcceptance: @Sendable (SealedRecords) async throws -> Void
    let surroundings: Surroundings

    package init(
        home: String, storePath: String, blockOrderPath: String, custody: CustodyFiles, store: StoreFiles,
        mayDisplace: Bool, surroundings: Surroundings,
        checkAcceptance: @escaping @Sendable (SealedRecords) async throws -> Void = { _ in },
        opening: @escaping @Sendable (String, @Sendable (any RecordStore) async throws -> Void) async throws -> Void
    ) {
        self.home = home
        self.storePath = storePath
        self.blockOrderPath = blockOrderPath
        self.custody = custody
        self.store = store
        self.mayDisplace = mayDisplace
        self.surroundings = surroundings
        self.checkAcceptance = checkAcceptance
        self.opening = opening
    }

    /// The store's file until it is complete.
    private var draft: String { Self.draft(of: storePath) }
    static func draft(of storePath: String) -> String { storePath + ".restoring" }
    private var draftFiles: [String] { ["", "-wal", "-shm", "-journal"].map { draft + $0 } }
    /// Files that an interrupted restore or `aprity init` may have left, in the order in which to remove them. A restore
    /// creates the draft first, so an order file beside a draft belongs to the restore.
    ///
    /// - Throws: ``ConnectedAppError`` with `.fileUnreadable` if the home cannot be listed.
    private func leftovers() throws(ConnectedAppError) -> [String] {
        let partial = try FolderPath.names(in: home).map { home + "/" + $0 }
            .filter { OutputFile.isPartial($0, of: draft) }
        return try (access(draft, F_OK) == 0 ? [blockOrderPath] : []) + draftFiles.reversed() + partial
            + StoreDraft.all(beside: storePath)
    }

    /// Verifies and restores a backup.
    ///
    /// - Parameters:
    ///   - path: The backup; a path for ``InputFile``.
    ///   - passphrases: Passphrases to try, in this order; at least one.
    /// - Throws: What ``checkAcceptance`` throws, what opening a backup throws, and ``ConnectedAppError``:
    ///   `.restorePlaceTaken` if the home is not empty or a file beside it belongs to another store, `.fileUnreadable`
    ///   if the home cannot be listed, `.storeBusy` if a process uses the existing store or restores into this home, and
    ///   the causes of writing files and the store. The existing files are then as they were before. If one of them could not be
    ///   moved back, the error says so.
    package func restore(
        _ path: String, passphrases: [[UInt8]], as principal: Principal
    ) async throws -> RestoreView {
        try checkHome()
        let content = try BackupContent(file: path, passphrases: passphrases)
        let verification = try BackupVerification(content, store)
        let verified = await verification.run(file: path)
        if let failed = verified.checks.first(where: { !$0.passes }) {
            throw ConnectedAppError(.backupDamaged, subject: path, detail: failed.sentence)
        }
        let ring = verification.ring
        let records = SealedRecords(store: verification.image, ring: ring)
        try await checkAcceptance(records)
        let id = try await records.masterKeyID()
        try OutputFile.makeFolder(home)
        return try await HomeLock.whileHeld(in: home, waiting: .zero, surroundings) {
            // Again, because reading the backup takes seconds.
            try checkHome()
            let plan = try CustodyPlan(content, masterKeyID: id, to: custody, mayDisplace: mayDisplace)
            return try await write(content, ring, plan, verified, principal)
        }
    }

    /// The sorted names of the home's entries, without its lock, the `before-restore-…` folders, and what an interrupted
    /// restore or `aprity init` left.
    ///
    /// - Throws: ``ConnectedAppError`` with `.fileUnreadable`.
    private func occupants() throws(ConnectedAppError) -> [String] {
        let names = try FolderPath.names(in: home)
        let left = try leftovers()
        return names.filter { name in
            name != HomeLock.fileName && !name.hasPrefix(Displacement.mark)
                && !left.contains { $0.hasSuffix("/" + name) }
        }.sorted()
    }

    private func checkHome() throws(ConnectedAppError) {
        guard let occupant = try occupants().first else { return }
        guard mayDisplace else {
            throw ConnectedAppError(
                .restorePlaceTaken, subject: home,
                detail: "A backup can be restored only into an empty home, and this one contains \(occupant).")
        }
        guard !store.isInUse(storePath) else {
            throw ConnectedAppError(
                .storeBusy, subject: storePath, detail: "A process is using the existing store. Stop it first.")
        }
    }

    /// Writes the store and the files beside it. The caller holds the ``HomeLock`` and has checked the home.
    private func write(
        _ content: BackupContent, _ ring: MasterKeyRing, _ plan: CustodyPlan, _ verified: BackupVerificationView,
        _ principal: Principal
    ) async throws -> RestoreView {
        var displacement = Displacement(at: surroundings.now())
        // What this process created, and nothing else: it is removed if the restore fails.
        var made: [String] = []
        do {
            for file in try leftovers() { unlink(file) }
            if try !occupants().isEmpty { try displacement.moveContents(home) }
            try OutputFile.create(draft, content: content.store, mode: 0o600)
            made += draftFiles
            guard access(blockOrderPath, F_OK) != 0 else {
                throw ConnectedAppError(
                    .storeBusy, subject: blockOrderPath,
                    detail: "Another process created the block order file. Stop every process that uses this home.")
            }
            made.append(blockOrderPath)
            let orders = BlockOrderFile(
                path: blockOrderPath, copyFolder: FolderPath.above(custody.auditKey), ring: ring,
                surroundings: surroundings)
            let order = try await orders.createIfMissing()
            made += [orders.copyPath(of: order.fileID)].compactMap { $0 }
            let restored = try await block(content, ring, plan, order, principal)
            for step in plan.steps {
                try OutputFile.makeFolder(FolderPath.above(step.path))
                if step.replaces { try displacement.move(step.path) }
                try OutputFile.create(step.path, content: step.bytes, mode: 0o600)
                made.append(step.path)
            }
            try OutputFile.publish(draft, as: storePath)
            for file in draftFiles { unlink(file) }
            _ = OutputFile.syncEntries(of: home)
            return RestoreView(
                home: home, madeAt: content.madeAt, lastAuditRecord: content.lastAuditRecord,
                connections: verified.connections, blockedApps: restored.blockedApps,
                tokensToRevoke: restored.tokensToRevoke, accounts: restored.accounts, apiTokens: restored.apiTokens,
                masterKeyFile: custody.masterKey.path, madeMasterKey: plan.makesMasterKey,
                checkpointsAreNewer: plan.checkpointsAreNewer, keptAside: displacement.places)
        } catch {
            for file in made { unlink(file) }
            throw displacement.undo(after: error)
        }
    }

    /// Blocks every app in the draft and begins a new generation of records; see ``RecordsPosition``.
    private func block(
        _ content: BackupContent, _ ring: MasterKeyRing, _ plan: CustodyPlan,
        _ orderFile: BlockOrderState, _ principal: Principal
    ) async throws -> Restored {
        let now = surroundings.now()
        var order = Block(
            reason: "Restored from the backup of \(content.madeAt.ISO8601Format()), "
                + "audit entry \(content.lastAuditRecord).",
            principal: principal, orderedAt: now)
        // The restored store is new: no process has seen it. The leases of the backed-up store are removed below.
        order.noSignatureAt = now
        order.noHandOutAt = now
        let facts = [
            "restoredFrom": String(content.lastAuditRecord), "madeAt": content.madeAt.ISO8601Format(),
            "checkpointsAreNewer": String(plan.checkpointsAreNewer),
        ]
        let restored = RestoredBox()
        let historyID = surroundings.randomHex(bytes: 16)
        try await opening(draft) { [order] store in
            let result = try await SealedRecords(store: store, ring: ring).write { writing in
                // The store continues from an earlier state, so it begins a generation and gets a new order file.
                writing.beginGeneration(after: plan.newestRecorded, historyID: historyID)
                writing.orderMark = BlockOrderMark(fileID: orderFile.fileID, carriedOut: orderFile.number)
                return try Self.block(writing, order, facts, now)
            }
            await restored.set(result)
        }
        return await restored.value
    }

    /// What the restored store contains.
    private struct Restored: Sendable {
        var blockedApps = 0
        var tokensToRevoke = 0
        var accounts: [String] = []
        var apiTokens: [String] = []
    }

    private actor RestoredBox {
        var value = Restored()
        func set(_ value: Restored) { self.value = value }
    }

    private static func block(
        _ writing: CheckedWriting, _ order: Block, _ facts: [String: String], _ now: Date
    ) throws -> Restored {
        try writing.append(
            AuditEvent(
                time: now, principal: order.principal, act: .storeRestored, connection: nil,
                facts: facts))
        var tokens = 0
        let apps = try writing.all(AppRecord.self).map(\.value)
        for app in apps {
            var app = app
            tokens += try writing.revokeTokens(of: app.id, at: now)
            guard app.block == nil else { continue }
            app.block = order
            try writing.save(app)
            try writing.append(
                AuditEvent(
                    time: now, principal: order.principal, act: .appBlocked, connection: nil,
                    facts: ["app": app.id, "reason": order.reason, "orderedAt": now.ISO8601Format()]))
        }
        for lease in try writing.writing.leases() { try writing.writing.removeLease(of: lease.process) }
        return Restored(
            blockedApps: apps.count, tokensToRevoke: tokens, accounts: try writing.ids(of: AccountRecord.self),
            apiTokens: try writing.intact(APITokenRecord.self).map(\.value.name).sorted())
    }
}
