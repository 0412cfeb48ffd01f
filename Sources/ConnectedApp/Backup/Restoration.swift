internal import Foundation

/// Makes a store from a backup: every app of it blocked, every token that was known to be revoked.
///
/// The store's file gets its name last, when everything else is there. What was made before that is removed where it does
/// not come so far.
package struct Restoration: Sendable {
    let home: String
    let storePath: String
    let blockOrderPath: String
    let custody: CustodyFiles
    let store: StoreFiles
    /// Opens a store's file for writing, and closes it after the body.
    let opening: @Sendable (String, @Sendable (any RecordStore) async throws -> Void) async throws -> Void
    let surroundings: Surroundings

    package init(
        home: String, storePath: String, blockOrderPath: String, custody: CustodyFiles, store: StoreFiles,
        surroundings: Surroundings,
        opening: @escaping @Sendable (String, @Sendable (any RecordStore) async throws -> Void) async throws -> Void
    ) {
        self.home = home
        self.storePath = storePath
        self.blockOrderPath = blockOrderPath
        self.custody = custody
        self.store = store
        self.surroundings = surroundings
        self.opening = opening
    }

    private var draft: String { storePath + ".restoring" }
    private var draftFiles: [String] { ["", "-wal", "-shm", "-journal"].map { draft + $0 } }

    /// - Throws: ``ConnectedAppError``: `.outputExists` where the home is not empty or the master key's file holds another
    ///   key, and what opening a backup throws. Nothing is left then.
    package func restore(_ path: String, passphrase: [UInt8], as principal: Principal) async throws -> RestoreView {
        try checkHome()
        let content = try BackupContent(file: path, passphrase: passphrase)
        let verification = try BackupVerification(content, store)
        let verified = await verification.run(file: path)
        if let failed = verified.checks.first(where: { !$0.passes }) {
            throw ConnectedAppError(.backupDamaged, subject: path, detail: failed.sentence)
        }
        let ring = verification.ring
        try checkMasterKey(try await SealedRecords(store: verification.image, ring: ring).masterKeyID())
        return try await write(content, ring, verified, principal)
    }

    private func checkHome() throws(ConnectedAppError) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: home)) ?? []
        // What a run that died left counts for nothing.
        let others = names.filter { name in !draftFiles.contains { $0.hasSuffix("/" + name) } }
        guard others.isEmpty else {
            throw ConnectedAppError(
                .outputExists, subject: home,
                detail: "A backup is restored into an empty home only, and this one holds \(others.sorted()[0]).")
        }
    }

    private func checkMasterKey(_ id: String) throws(ConnectedAppError) {
        guard custody.masterKey.exists else { return }
        guard try custody.masterKey.keys().contains(where: { $0.id == id }) else {
            throw ConnectedAppError(
                .outputExists, subject: custody.masterKey.path,
                detail: "The master key's file is there and holds another key than the backup.")
        }
    }

    private func write(
        _ content: BackupContent, _ ring: MasterKeyRing, _ verified: BackupVerificationView, _ principal: Principal
    ) async throws -> RestoreView {
        var made: [String] = draftFiles
        do {
            try OutputFile.makeFolder(home)
            for file in draftFiles { unlink(file) }
            try OutputFile.create(draft, content: content.store, mode: 0o600)
            let blocked = try await block(content, ring, principal)
            let makesKey = !custody.masterKey.exists
            for (path, bytes) in [
                (custody.masterKey.path, content.masterKey), (custody.auditKey, content.auditKey),
                (custody.auditCheckpoints, content.auditCheckpoints),
            ] where !bytes.isEmpty && access(path, F_OK) != 0 {
                try OutputFile.makeFolder(FolderPath.above(path))
                made.append(path)
                try OutputFile.create(path, content: bytes, mode: 0o600)
            }
            made.append(blockOrderPath)
            _ = BlockOrderFile(path: blockOrderPath, ring: ring)
            try OutputFile.publish(draft, as: storePath)
            for file in draftFiles { unlink(file) }
            _ = OutputFile.forceNames(in: home)
            return RestoreView(
                home: home, madeAt: content.madeAt, lastAuditRecord: content.lastAuditRecord,
                connections: verified.connections, blockedApps: blocked.apps, tokensToRevoke: blocked.tokens,
                masterKeyFile: custody.masterKey.path, madeMasterKey: makesKey,
                checkpointsAreNewer: try CustodyFiles.content(custody.auditCheckpoints).count
                    > content.auditCheckpoints.count)
        } catch {
            for file in made { unlink(file) }
            throw error
        }
    }

    private func block(_ content: BackupContent, _ ring: MasterKeyRing, _ principal: Principal) async throws -> (
        apps: Int, tokens: Int
    ) {
        let now = surroundings.now()
        var order = Block(
            reason: "Restored from the backup of \(content.madeAt.ISO8601Format()), record \(content.lastAuditRecord).",
            principal: principal, orderedAt: now)
        // No process ever had leave on this store.
        order.noSignatureAt = now
        order.noHandOutAt = now
        let counts = Counts()
        try await opening(draft) { [order] store in
            let result = try await SealedRecords(store: store, ring: ring).write { writing in
                try Self.block(writing, order, restoredFrom: content, now)
            }
            await counts.set(result)
        }
        return await counts.value
    }

    private actor Counts {
        var value: (apps: Int, tokens: Int) = (0, 0)
        func set(_ value: (apps: Int, tokens: Int)) { self.value = value }
    }

    private static func block(
        _ writing: CheckedWriting, _ order: Block, restoredFrom content: BackupContent, _ now: Date
    ) throws -> (apps: Int, tokens: Int) {
        try writing.append(
            AuditEvent(
                time: now, principal: order.principal, act: .storeRestored, connection: nil,
                facts: [
                    "restoredFrom": String(content.lastAuditRecord), "madeAt": content.madeAt.ISO8601Format(),
                ]))
        var tokens = 0
        let apps = try writing.all(AppRecord.self).map(\.value)
        for app in apps {
            var app = app
            for token in try writing.writing.outstandingTokens(of: app.id) {
                try writing.keep(token.toBeRevoked(now))
                tokens += 1
            }
            guard app.block == nil else { continue }
            app.block = order
            try writing.save(app)
            try writing.append(
                AuditEvent(
                    time: now, principal: order.principal, act: .appBlocked, connection: nil,
                    facts: ["app": app.id, "reason": order.reason, "orderedAt": now.ISO8601Format()]))
        }
        for lease in try writing.writing.leases() { try writing.writing.removeLease(of: lease.process) }
        return (apps.count, tokens)
    }
}
