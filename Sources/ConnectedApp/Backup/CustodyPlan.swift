internal import Foundation

/// The files beside the store that a restore writes. Existing files with other content are moved out of the way.
struct CustodyPlan {
    /// A file to write.
    struct Step {
        let path: String
        let bytes: [UInt8]
    }

    private(set) var steps: [Step] = []
    private(set) var makesMasterKey = false
    /// Whether the checkpoints outside the store cover more records than the backup has.
    private(set) var checkpointsAreNewer = false
    /// The newest state of the records that a checkpoint outside the store names.
    private(set) var newestRecorded: RecordsPosition?

    /// - Parameter mayDisplace: Whether files of another store may be moved out of the way.
    /// - Throws: ``ConnectedAppError`` with `.restorePlaceTaken` if that is necessary but not allowed.
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
            steps.append(Step(path: files.auditCheckpoints, bytes: content.auditCheckpoints))
        }
    }

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
            detail: "The \(what) already exists, and belongs to another store than the backup.")
    }
}
