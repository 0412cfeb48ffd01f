internal import Foundation

/// Makes checkpoints of the audit record, brings them out of the store, and cuts what is older than it has to be kept.
package struct AuditTrail: Sendable {
    let store: any RecordStore
    /// Read when it is needed: a damaged key must keep nobody from anything but signing.
    let keyFile: String
    let exports: AuditExports
    /// Older records are removed, up to a checkpoint; `nil`: none.
    let keepDays: Int?
    let surroundings: Surroundings

    package init(
        store: any RecordStore, keyFile: String, exports: AuditExports, keepDays: Int? = nil, surroundings: Surroundings
    ) {
        self.store = store
        self.keyFile = keyFile
        self.exports = exports
        self.keepDays = keepDays
        self.surroundings = surroundings
    }

    /// Signs what has come since the last checkpoint, and exports what is not exported yet.
    ///
    /// - Parameter history: See ``CheckedReading/historyID``; `nil` if the records cannot be read: that of the last
    ///   checkpoint.
    /// - Returns: What could not be exported; it is tried again with the next checkpoint.
    package func checkpoint(history: String? = nil) async throws -> [ConnectedAppError] {
        var troubles: [ConnectedAppError] = []
        let parts = [{ try await self.signNews(history) }, { try await self.exportToFile(history) }, exportToWebhook]
        for part in parts {
            do { try await part() } catch let error as ConnectedAppError {
                if !troubles.contains(where: error.repeats) { troubles.append(error) }
            }
        }
        return troubles
    }

    private func hasNews() async throws -> Bool {
        try await store.read { reading in
            let last = try reading.lastCheckpointLine().flatMap { SignedCheckpoint.read($0)?.checkpoint }
            return try !reading.auditRecords(after: last?.upToNumber ?? 0, limit: 1).isEmpty
        }
    }

    private func signNews(_ history: String?) async throws {
        guard try await hasNews() else { return }
        let now = surroundings.now()
        let key = try AuditKey(path: keyFile, randomBytes: surroundings.randomBytes)
        let oldest = keepDays.map { now.addingTimeInterval(-86_400 * Double($0)).ISO8601Format() }
        try await store.write { writing in
            let line = try writing.lastCheckpointLine()
            let before = try Self.last(line, signedBy: key.publicKey)
            let cut = try oldest.flatMap { try Self.cut(before: $0, after: before?.cut, key.publicKey, writing) }
            if let cut {
                try writing.append(
                    AuditEvent(
                        time: now, principal: Principal(.commandLine, name: "retention"), act: .auditRecordCut,
                        connection: nil, facts: ["upToRecord": String(cut.upToNumber)]))
            }
            guard
                let made = try Self.checkpoint(
                    after: before, line: line, cut: cut, now.ISO8601Format(), history, key, writing)
            else { return }
            try writing.addCheckpoint(made.checkpoint.sequence, line: made.line)
            // Only now: what is removed is covered by the signature that says so.
            if let cut { try writing.removeAuditRecords(upTo: cut.upToNumber) }
        }
    }

    /// The store's last checkpoint, which the next one goes on from.
    ///
    /// - Throws: ``ConnectedAppError`` with `.recordAltered` where this key did not sign it: nothing is signed on top.
    private static func last(_ line: String?, signedBy key: AuditPublicKey) throws -> AuditCheckpoint? {
        guard let line else { return nil }
        guard let signed = SignedCheckpoint.read(line), signed.isSigned(by: key) else {
            throw ConnectedAppError(
                .recordAltered, subject: "the last checkpoint",
                detail: "The key at hand did not sign the store's last checkpoint, so none is signed after it.")
        }
        return signed.checkpoint
    }

    /// The last checkpoint that is older than records have to be kept, where that is a newer one than the last cut.
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

    @Sendable private func exportToWebhook() async throws {
        guard let webhook = exports.webhook else { return }
        while let next = try await store.read({ try $0.checkpointToPost() }) {
            try await webhook.post(next.line)
            try await store.write { try $0.setPosted(checkpoint: next.sequence) }
        }
    }

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
                // A record that cannot be read names none; verifying reports it.
                if let told = try? record.event().records { position = max(position ?? told, told) }
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
    /// Whether it says of another file in the same folder what `other` has said.
    fileprivate func repeats(_ other: ConnectedAppError) -> Bool {
        guard cause == other.cause, let subject, let before = other.subject, subject.hasPrefix("/") else {
            return false
        }
        return FolderPath.above(subject) == FolderPath.above(before)
    }
}
