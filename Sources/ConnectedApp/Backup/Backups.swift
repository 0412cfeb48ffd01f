internal import Foundation

/// Makes backups of a store.
package struct Backups: Sendable {
    let records: SealedRecords
    let audit: AuditRecords
    let surroundings: Surroundings

    /// Writes all that is needed to go on elsewhere into one encrypted file, while others go on working.
    ///
    /// - Parameters:
    ///   - path: A new file.
    ///   - passphrase: 12 bytes or more. A secret.
    /// - Throws: ``ConnectedAppError``: `.outputExists`, `.outputCannotBeCreated`, `.diskFull`, `.usage` for a short
    ///   passphrase; there is no file then.
    package func make(
        to path: String, passphrase: [UInt8], store: StoreFiles, custody: CustodyFiles, as principal: Principal
    ) async throws -> BackupView {
        guard passphrase.count >= BackupPassphrase.least else {
            throw ConnectedAppError(
                .usage, detail: "The passphrase of a backup has at least \(BackupPassphrase.least) characters.")
        }
        try OutputFile.check(path)
        // Inside the backup too, so that it is known from where a restored store comes.
        try await records.record(
            .backupMade, nil, principal, facts: ["file": path], at: surroundings.now())
        // A backup with an older checkpoint is a good one.
        await surroundings.tolerating(.auditCheckpoint) {
            for trouble in try await audit.checkpoint() { surroundings.note(trouble, at: .auditCheckpoint) }
        }
        do {
            let content = try await backupContent(store, custody)
            // Read before the file is written, so that nothing after the write can be interrupted.
            let masterKeyID = try await records.masterKeyID()
            let size = try content.write(to: path, passphrase: passphrase, randomBytes: surroundings.randomBytes)
            return BackupView(
                file: path, bytes: size, madeAt: content.madeAt, lastAuditRecord: content.lastAuditRecord,
                masterKeyID: masterKeyID)
        } catch {
            let cause = (error as? ConnectedAppError)?.cause ?? .internalError
            let outcome = error is CancellationError ? "interrupted" : cause.rawValue
            await surroundings.tolerating(.auditRecord) {
                try await records.record(
                    .backupMade, nil, principal, outcome: outcome, facts: ["file": path], at: surroundings.now())
            }
            throw error
        }
    }

    /// The store first and then the key, again where the master key was changed in between.
    private func backupContent(_ store: StoreFiles, _ custody: CustodyFiles) async throws -> BackupContent {
        for _ in 0..<3 {
            let now = surroundings.now()
            let bytes = try store.bytes()
            let masterKey = Array(try custody.masterKey.content().utf8)
            let ring = try MasterKeyRing(fileContent: String(decoding: masterKey, as: UTF8.self))
            let image = try store.image(bytes)
            let inUse = try await SealedRecords(store: image, ring: ring).masterKeyIDsInUse()
            guard inUse.isSubset(of: ring.keys.map(\.id)) else { continue }
            let last = try await image.read { try $0.auditRecords(AuditSelection(limit: 1)).first?.number ?? 0 }
            return BackupContent(
                madeAt: now, lastAuditRecord: last, store: bytes, masterKey: masterKey,
                auditKey: try CustodyFiles.content(custody.auditKey),
                auditCheckpoints: try CustodyFiles.content(custody.auditCheckpoints))
        }
        throw ConnectedAppError(
            .storeBusy, detail: "The master key is being changed by another process just now.")
    }
}

package enum BackupPassphrase {
    /// Whoever has the file can try as many passphrases as there is time for.
    package static let least = 12
}

/// Backups as they lie there, without a store.
package enum BackupFile {
    /// Checks everything inside, and restores nothing.
    ///
    /// - Parameter passphrases: What to try, in this order.
    package static func verify(_ path: String, passphrases: [[UInt8]], store: StoreFiles) async throws
        -> BackupVerificationView
    {
        let content = try BackupContent(file: path, passphrases: passphrases)
        return try await BackupVerification(content, store).run(file: path)
    }
}
