internal import Foundation

/// Signs checkpoints of the audit record, exports them, and removes records that are older than the retention time.
package struct AuditTrail: Sendable {
    let store: any RecordStore
    /// The path of the audit key. The file is created when a checkpoint is signed for the first time, and read only to
    /// sign and to verify. So a damaged key prevents nothing else.
    let keyFile: String
    let exports: AuditExports
    /// How many days records are retained; `nil`: for ever. When a checkpoint is signed, the records up to the newest
    /// checkpoint of at least this age are removed.
    let retentionDays: Int?
    let surroundings: Surroundings

    package init(
        store: any RecordStore, keyFile: String, exports: AuditExports, retentionDays: Int? = nil,
        surroundings: Surroundings
    ) {
        self.store = store
        self.keyFile = keyFile
        self.exports = exports
        self.retentionDays = retentionDays
        self.surroundings = surroundings
    }

    /// Signs the records since the last checkpoint, and exports the checkpoints that are not exported yet: first to the
    /// file, then to the webhook. If one step fails, the others are still done.
    ///
    /// - Parameter history: See ``CheckedReading/historyID``. `nil` if the records cannot be read; then the history of
    ///   the last checkpoint is used.
    /// - Returns: The errors of the steps that failed, without repetitions. The next call tries these steps again.
    /// - Throws: `CancellationError`.
    func checkpoint(history: String? = nil) async throws -> [ConnectedAppError] {
        var troubles: [ConnectedAppError] = []
        let parts = [
            { try await self.signNewRecords(history) }, { try await self.exportToFile(history) }, exportToWebhook,
        ]
        for part in parts {
            do { try await part() } catch let error as ConnectedAppError {
                if !troubles.contains(where: error.repeats) { troubles.append(error) }
            }
        }
        return troubles
    }

    private func hasNewRecords() async throws -> Bool {
        try await store.read { reading in
            let last = try reading.lastCheckpointLine().flatMap { SignedCheckpoint.read($0)?.checkpoint }
            return try !reading.auditRecords(after: last?.upToNumber ?? 0, limit: 1).isEmpty
        }
    }

    private func signNewRecords(_ history: String?) async throws {
        guard try await hasNewRecords() else { return }
        let now = surroundings.now()
        let key = try await signingKey()
        let oldest = retentionDays.map { now.addingTimeInterval(-86_400 * Double($0)).ISO8601Format() }
        try await store.write { writing in
            let line = try writing.lastCheckpointLine()
            let before = try Self.last(line, signedBy: key.publicKey)
            let cut = try oldest.flatMap { try Self.cut(before: $0, after: before?.cut, key.publicKey, writing) }
            if let cut {
                try writing.append(
                    AuditEvent(
                        time: now, principal: Principal(.schedule, name: "retention"), act: .auditRecordCut,
                        connection: nil, facts: ["upToRecord": String(cut.upToNumber)]))
            }
            guard
                let made = try Self.checkpoint(
                    after: before, line: line, cut: cut, now.ISO8601Format(), history, key, writing)
            else { return }
            try writing.addCheckpoint(made.checkpoint.sequence, line: made.line)
            // Last: the signed checkpoint must cover the removed records and name the removal.
            if let cut { try writing.removeAuditRecords(upTo: cut.upToNumber) }
        }
    }

    /// Reads the key, or creates it for the first checkpoint of a store. A new key could not continue the checkpoints of
    /// another one.
    ///
    /// - Throws: The causes of ``AuditKey``; ``ConnectedAppError`` with `.fileMissing` if the store has checkpoints, but
    ///   there is no key.
    private func signingKey() async throws -> AuditKey {
        let isFirst = try await store.read { try $0.lastCheckpointLine() == nil }
        guard !isFirst else { return try AuditKey(path: keyFile, randomBytes: surroundings.randomBytes) }
        do { return try AuditKey(existing: keyFile) } catch let error as ConnectedAppError
            where error.cause == .fileMissing
        {
            throw ConnectedAppError(
                .fileMissing, subject: keyFile,
                detail: "The key that signed the store's checkpoints is not here, so aprity signs no new one.",
                remedy: Self.keyRemedy)
        }
    }

    private static let keyRemedy =
        "Set APRITY_AUDIT_KEY_FILE to the path of that key's file, or put the file back. If the key is lost, see \"If the key is "
        + "lost\" in docs/audit.md."

    /// The store's last checkpoint, which the next one continues.
    ///
    /// - Returns: `nil` if there is none.
    /// - Throws: ``ConnectedAppError`` with `.recordAltered` if this key did not sign it. Then no new checkpoint is
    ///   signed.
    private static func last(_ line: String?, signedBy key: AuditPublicKey) throws -> AuditCheckpoint? {
        guard let line else { return nil }
        guard let signed = SignedCheckpoint.read(line), signed.isSigned(by: key) else {
            throw ConnectedAppError(
                .recordAltered, subject: "the last checkpoint",
                detail:
                    "The configured audit key did not sign the store's last checkpoint, so aprity signs no new one.",
                remedy: keyRemedy)
        }
        return signed.checkpoint
    }

    /// The newest checkpoint that is older than the retention time.
    ///
    /// - Parameter oldest: A time in RFC 3339. It is compared as text, because all times have the same form.
    /// - Returns: `nil` if there is none after the last cut.
    private static func cut(
        before oldest: String, after last: AuditCut?, _ key: AuditPublicKey, _ reading: any AuditReading
    ) throws -> AuditCut? {
        let old = try reading.checkpointLines(after: last?.checkpoint ?? 0)
            .compactMap { SignedCheckpoint.read($0) }.last { $0.checkpoint.time < oldest && $0.isSigned(by: key) }
        return old.map {
            AuditCut(
                upToNumber: $0.checkpoint.upToNumber, checkpoint: $0.checkpoint.sequence, digest: $0.checkpoint.digest)
        }
    }

    private func exportToFile(_ history: String?) async throws {
        guard let path = exports.file else { return }
        let last = try await store.read { try $0.lastCheckpointLine() }.flatMap {
            SignedCheckpoint.read($0)?.checkpoint
        }
        try await CheckpointFile(path: path).append(of: history ?? last?.history, surroundings) { sequence in
            try await store.read { try $0.checkpointLines(after: sequence) }
        }
    }

    /// Posts one checkpoint after the other, and stops at the first that is not accepted.
    @Sendable private func exportToWebhook() async throws {
        guard let webhook = exports.webhook else { return }
        while let next = try await store.read({ try $0.checkpointToPost() }) {
            try await webhook.post(next.line)
            try await store.write { try $0.setPosted(checkpoint: next.sequence) }
        }
    }

    /// Signs a checkpoint of the records since the previous one.
    ///
    /// - Returns: `nil` if there are no new records.
    private static func checkpoint(
        after before: AuditCheckpoint?, line: String?, cut: AuditCut?, _ time: String, _ history: String?,
        _ key: AuditKey, _ reading: any AuditReading
    ) throws -> SignedCheckpoint? {
        var digest = before?.digest ?? AuditCheckpoint.firstDigest
        var heads: [String: AuditCheckpoint.Head] = [:]
        var number = before?.upToNumber ?? 0
        var position = before?.records
        while true {
            let records = try reading.auditRecords(after: number, limit: 1000)
            for record in records {
                digest = AuditCheckpoint.digest(digest, with: record)
                heads["\(record.link.writer) \(record.link.epoch)"] = AuditCheckpoint.Head(
                    writer: record.link.writer, epoch: record.link.epoch, sequence: record.link.sequence,
                    hash: record.hash.hex)
                number = record.number
                // A record that cannot be read names no state. Verification reports it.
                if let named = try? record.event().records { position = max(position ?? named, named) }
            }
            if records.count < 1000 { break }
        }
        guard number > before?.upToNumber ?? 0 else { return nil }
        let checkpoint = AuditCheckpoint(
            sequence: (before?.sequence ?? 0).next, time: time, upToNumber: number, digest: digest,
            heads: heads.sorted { $0.key < $1.key }.map(\.value),
            previous: line.map(AuditCheckpoint.hash) ?? AuditCheckpoint.firstDigest, key: key.publicKey.fingerprint,
            cut: cut ?? before?.cut, records: position, history: history ?? before?.history)
        return try .signed(checkpoint, by: key)
    }
}

extension ConnectedAppError {
    /// Whether `other` reports the same problem for another file in the same folder. If the key is missing in a folder that
    /// cannot be written, the settings name the wrong folder, which the missing key's remedy says.
    fileprivate func repeats(_ other: ConnectedAppError) -> Bool {
        let isSame = cause == other.cause || (cause == .outputCannotBeCreated && other.cause == .fileMissing)
        guard isSame, let subject, let before = other.subject, subject.hasPrefix("/") else {
            return false
        }
        return FolderPath.above(subject) == FolderPath.above(before)
    }
}
