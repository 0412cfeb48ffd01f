internal import Foundation

/// Makes backups of a store.
package struct Backups: Sendable {
    let records: SealedRecords
    let audit: AuditRecords
    let surroundings: Surroundings

    /// Writes an encrypted file with everything that is needed to continue on another machine, except private keys in
    /// other key stores. Other processes can use the store meanwhile.
    ///
    /// - Parameters:
    ///   - path: The path of a new file.
    ///   - passphrase: At least 12 characters. A secret.
    ///   - custody: The files outside the store to include: master key, audit key, checkpoints.
    /// - Throws: ``ConnectedAppError``: `.outputExists`, `.outputCannotBeCreated`, `.diskFull`, `.storeBusy` if the
    ///   master key keeps changing, `.usage` if the passphrase is too short, and the causes of reading store, master
    ///   key and files. No file is left then.
    package func make(
        to path: String, passphrase: [UInt8], store: StoreFiles, custody: CustodyFiles, as principal: Principal
    ) async throws -> BackupView {
        let minimum = BackupPassphrase.minimumLength
        guard String(decoding: passphrase, as: UTF8.self).count >= minimum else {
            throw ConnectedAppError(
                .usage, detail: "The passphrase of a backup must have at least \(minimum) characters.",
                remedy: "Choose a longer passphrase, and run the command again.")
        }
        try OutputFile.check(path)
        // Recorded before the store is copied, so that the backup contains this event too.
        try await records.record(
            .backupMade, nil, principal, facts: ["file": path], at: surroundings.now())
        // If this fails, the backup contains an older checkpoint. That is acceptable.
        await surroundings.tolerating(.auditCheckpoint) {
            for trouble in try await audit.checkpoint() { surroundings.note(trouble, at: .auditCheckpoint) }
        }
        do {
            let content = try await backupContent(store, custody)
            // Read before the file is written, so that nothing can fail once the file exists.
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

    /// Reads the store first and then the master key. Starts again if the master key was changed in between.
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
            .storeBusy, detail: "Another process is changing the master key. Try again when it is done.")
    }
}

/// Rules for the passphrases of backups.
enum BackupPassphrase {
    /// The minimum length in characters. Nothing limits how many passphrases somebody with the file can try.
    static let minimumLength = 12
}

/// Operations on a backup file that read no store on disk.
package enum BackupFile {
    /// Checks the whole content of a backup without restoring it.
    ///
    /// - Parameters:
    ///   - passphrases: Passphrases to try, in this order; at least one.
    ///   - store: Opens the image of the store in the backup.
    /// - Throws: What ``BackupContent/init(file:passphrases:)`` and ``BackupVerification/init(_:_:)`` throw. A check
    ///   that fails is part of the result.
    package static func verify(_ path: String, passphrases: [[UInt8]], store: StoreFiles) async throws
        -> BackupVerificationView
    {
        let content = try BackupContent(file: path, passphrases: passphrases)
        return try await BackupVerification(content, store).run(file: path)
    }
}
