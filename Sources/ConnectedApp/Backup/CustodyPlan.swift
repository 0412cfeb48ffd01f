internal import Foundation

/// The files beside the store that a restore writes. The restore moves existing files at these paths out of the way
/// first.
struct CustodyPlan {
    /// A file to write.
    struct Step {
        let path: String
        let bytes: [UInt8]
        /// Whether there is a file at the path, which is moved out of the way first. If not, and another process creates
        /// one meanwhile, the restore fails.
        let replaces: Bool

        init(path: String, bytes: [UInt8]) {
            (self.path, self.bytes) = (path, bytes)
            replaces = FileManager.default.fileExists(atPath: path)
        }
    }

    /// The files to write, in this order.
    private(set) var steps: [Step] = []
    /// Whether the master key file is among them. If not, the existing file contains the key.
    private(set) var makesMasterKey = false
    /// Whether the checkpoints outside the store cover more records than the backup has.
    private(set) var checkpointsAreNewer = false
    /// The newest state of the store that a checkpoint outside it reports.
    private(set) var newestRecorded: RecordsPosition?

    /// - Parameters:
    ///   - masterKeyID: The id of the backed-up store's master key.
    ///   - mayDisplace: Whether files of another store may be moved out of the way.
    /// - Throws: ``ConnectedAppError``: `.restorePlaceTaken` if that is necessary but not allowed, and the causes of
    ///   reading the existing files.
    init(_ content: BackupContent, masterKeyID: String, to files: CustodyFiles, mayDisplace: Bool) throws {
        if try !Self.holds(files.masterKey, masterKeyID, mayDisplace) {
            makesMasterKey = true
            steps.append(Step(path: files.masterKey.path, bytes: content.masterKey))
        }
        let key = try CustodyFiles.content(files.auditKey)
        if !content.auditKey.isEmpty, key != content.auditKey {
            guard key.isEmpty || mayDisplace else {
                throw Self.foreign(files.auditKey, "audit key file")
            }
            steps.append(Step(path: files.auditKey, bytes: content.auditKey))
        }
        let lines = try CustodyFiles.content(files.auditCheckpoints)
        let isOurs = lines.starts(with: content.auditCheckpoints) || content.auditCheckpoints.starts(with: lines)
        if isOurs { newestRecorded = try CheckpointFile(path: files.auditCheckpoints).last()?.records }
        if !content.auditCheckpoints.isEmpty, lines != content.auditCheckpoints {
            guard isOurs || mayDisplace else {
                throw Self.foreign(files.auditCheckpoints, "checkpoint file")
            }
            checkpointsAreNewer = isOurs && lines.count > content.auditCheckpoints.count
            // A newer file already contains the checkpoints of the backup, and another store may still write to it.
            if checkpointsAreNewer, Self.nameHistories(lines.dropFirst(content.auditCheckpoints.count)) { return }
            guard !checkpointsAreNewer || mayDisplace else {
                throw ConnectedAppError(
                    .restorePlaceTaken, subject: files.auditCheckpoints,
                    detail: "The checkpoint file has newer checkpoints than the backup, of a former version of aprity.")
            }
            steps.append(Step(path: files.auditCheckpoints, bytes: content.auditCheckpoints))
        }
    }

    /// Whether each of these checkpoints names its history. The restored store has a new one, so its verification skips
    /// them. It cannot skip those of former versions, which name none.
    private static func nameHistories(_ lines: ArraySlice<UInt8>) -> Bool {
        String(decoding: lines, as: UTF8.self).split(separator: "\n").allSatisfy { line in
            guard let signed = SignedCheckpoint.read(line) else { return true }
            return signed.checkpoint.history != nil
        }
    }

    /// Whether the existing master key file contains the key with this id. With `mayDisplace`, a file that cannot be
    /// read counts as one without the key.
    private static func holds(_ file: MasterKeyFile, _ id: String, _ mayDisplace: Bool) throws -> Bool {
        guard file.exists else { return false }
        do { if try file.keys().contains(where: { $0.id == id }) { return true } } catch {
            guard mayDisplace else { throw error }
        }
        guard mayDisplace else { throw foreign(file.path, "master key file") }
        return false
    }

    private static func foreign(_ path: String, _ what: String) -> ConnectedAppError {
        ConnectedAppError(
            .restorePlaceTaken, subject: path,
            detail: "The \(what) already exists, and belongs to a different store than the backup.")
    }
}
