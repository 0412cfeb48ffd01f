internal import Foundation

/// Checks the whole content of a backup, in memory.
struct BackupVerification {
    let content: BackupContent
    let image: any StoreImage
    let ring: MasterKeyRing

    /// - Throws: ``ConnectedAppError``: `.backupDamaged` if the backup contains no usable store or master key,
    ///   `.storeNewer`.
    init(_ content: BackupContent, _ files: StoreFiles) throws {
        self.content = content
        do { ring = try MasterKeyRing(fileContent: String(decoding: content.masterKey, as: UTF8.self)) } catch {
            throw Self.damaged("The backup contains no usable master key", error)
        }
        do { image = try files.image(content.store) } catch let error as ConnectedAppError
            where error.cause == .storeNewer
        {
            throw error
        } catch { throw Self.damaged("The store in the backup cannot be opened", error) }
    }

    private static func damaged(_ what: String, _ error: any Error) -> ConnectedAppError {
        let why = error as? ConnectedAppError
        return ConnectedAppError(
            .backupDamaged, detail: "\(what): \(why?.detail ?? why?.cause.entry.summary ?? "unknown reason")",
            evidence: why?.evidence ?? ["error": "\(type(of: error))"])
    }

    /// Runs all checks, even after one has failed.
    ///
    /// - Parameter file: The path of the backup, for the result.
    func run(file: String) async -> BackupVerificationView {
        let checks = [
            checkDatabase(), await checkRecords(), await checkKeys(), await checkTokens(),
        ]
        // If the names cannot be read, ``checkRecords()`` reports why.
        let names = try? await records.read { try $0.intact(ConnectionRecord.self).map(\.value.alias.description) }
        return BackupVerificationView(
            file: file, isGood: checks.allSatisfy(\.passes), madeAt: content.madeAt,
            lastAuditRecord: content.lastAuditRecord, connections: names ?? [], checks: checks)
    }

    private var records: SealedRecords { SealedRecords(store: image, ring: ring) }

    private func check(_ id: BackupVerificationView.CheckID, _ body: () throws -> String)
        -> BackupVerificationView.Check
    {
        do { return .init(id: id, passes: true, sentence: try body()) } catch {
            let sentence = (error as? ConnectedAppError)?.description ?? "This part of the backup cannot be read."
            return .init(id: id, passes: false, sentence: sentence)
        }
    }

    private func checkDatabase() -> BackupVerificationView.Check {
        check(.database) {
            let damages = try image.integrityErrors()
            guard damages.isEmpty else { throw ConnectedAppError(.storeDamaged, detail: damages[0]) }
            return "The database is intact."
        }
    }

    private func checkRecords() async -> BackupVerificationView.Check {
        let found = await caught {
            try await records.read { reading in
                try reading.checkSummaries()
                return try reading.all(AppRecord.self).count + reading.all(ConnectionRecord.self).count
                    + reading.all(CredentialRecord.self).count + reading.all(RotationRecord.self).count
                    + reading.all(ApprovedApp.self).count
            }
        }
        return check(.records) {
            let count = try found.get()
            return "\(count) record\(count == 1 ? " is" : "s are") authentic under the master key in the backup."
        }
    }

    /// Checks that each private key in the store can be decrypted and matches its certificate.
    private func checkKeys() async -> BackupVerificationView.Check {
        let ring = ring
        let found = await caught {
            try await records.read { reading in
                var (inside, elsewhere) = (0, 0)
                for credential in try reading.all(CredentialRecord.self).map(\.value) {
                    guard case .sealed(let sealed) = credential.key else {
                        elsewhere += 1
                        continue
                    }
                    let bytes = try ring.open(sealed, binding: SealedKeyStore.binding(credential.purpose))
                    guard try RSAKey(pkcs8: bytes).publicKey == credential.certificate().publicKey else {
                        throw ConnectedAppError(
                            .certificateKeyMismatch, subject: RecordKey(.credential, credential.id).description)
                    }
                    inside += 1
                }
                return (inside, elsewhere)
            }
        }
        return check(.keys) {
            let (inside, elsewhere) = try found.get()
            return Self.sentence(keysInside: inside, elsewhere: elsewhere)
        }
    }

    private static func sentence(keysInside inside: Int, elsewhere: Int) -> String {
        let found =
            switch inside {
            case 0: "The store contains no private key."
            case 1: "1 private key can be decrypted and matches its certificate."
            default: "\(inside) private keys can be decrypted and match their certificates."
            }
        guard elsewhere > 0 else { return found }
        return found + " \(elsewhere) \(elsewhere == 1 ? "is" : "are") in other key stores, and not in the backup."
    }

    /// Checks that each outstanding token can be decrypted, so that it can be revoked.
    private func checkTokens() async -> BackupVerificationView.Check {
        let ring = ring
        let found = await caught {
            try await image.read { reading in
                var (last, count): (String?, Int) = ("", 0)
                while let after = last {
                    let tokens = try reading.outstandingTokens(after: after, limit: 1000)
                    for token in tokens { _ = try token.secret(ring) }
                    count += tokens.count
                    last = tokens.last?.sha256
                }
                return count
            }
        }
        return check(.tokens) {
            switch try found.get() {
            case 0: return "There are no outstanding tokens."
            case 1: return "1 outstanding token can be decrypted, so it can be revoked."
            case let count: return "\(count) outstanding tokens can be decrypted, so they can be revoked."
            }
        }
    }

    private func caught<T: Sendable>(_ body: () async throws -> T) async -> Result<T, any Error> {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}
