internal import ConnectedApp
internal import Foundation
internal import GRDB
internal import SystemPackage

/// What SQLite's result codes mean to somebody who runs aprity.
enum SQLiteFailure {
    /// - Returns: Our own errors unchanged; SQLite's by their code, never by their text.
    static func classified(_ error: any Error, path: String) -> any Error {
        guard let failure = error as? DatabaseError else { return error }
        if failure.mayBeOfLocks, let number = FileLocks.failure(beside: path) {
            return ConnectedAppError(
                .inputOutput, subject: path,
                detail:
                    "The file system cannot lock files, which the store needs. On NFS, start its lock service, or keep "
                    + "the home on a local disk.",
                evidence: .system(Errno(rawValue: number)).merging(["sqlite": "\(failure.extendedResultCode)"]) { $1 })
        }
        if failure.mayBeOfRights, let number = StoreFile.unwritable(path) {
            return unwritable(path, number)
        }
        if failure.isOfSharedMemory, !StoreFile.isOnFullDisk(path) {
            return withoutSharedMemory(path, failure.extendedResultCode)
        }
        let cause: Cause =
            switch failure.resultCode {
            // A process that was stopped while it prepared the log's index holds its lock. SQLite waits ten seconds for it.
            case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: .storeBusy
            case .SQLITE_FULL: .diskFull
            case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_MISMATCH: .storeDamaged
            case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_AUTH: .outputCannotBeCreated
            // On a full disk the log's index cannot be made, and SQLite does not ask why.
            case .SQLITE_IOERR: StoreFile.isOnFullDisk(path) ? .diskFull : .inputOutput
            default: .internalError
            }
        return ConnectedAppError(cause, subject: path, evidence: ["sqlite": "\(failure.extendedResultCode)"])
    }
}

extension SQLiteFailure {
    /// - Parameter number: The error number of the file or of its folder.
    static func unwritable(_ path: String, _ number: Int32) -> ConnectedAppError {
        ConnectedAppError(.storeUnwritable, subject: path, evidence: .system(Errno(rawValue: number)))
    }

    /// Of a store on a file system that maps no file for several processes, as some network and container file systems. The log's
    /// index is such a file.
    private static func withoutSharedMemory(_ path: String, _ code: ResultCode) -> ConnectedAppError {
        ConnectedAppError(
            .storeUnwritable, subject: path,
            detail: "The file system cannot share memory between processes, which the store needs.",
            remedy: "Keep the home on a local disk, or on a volume of a block device.", evidence: ["sqlite": "\(code)"])
    }

    /// Of a store that can be read only with the log beside it, whose index is missing and cannot be made.
    static func logUnreadable(_ path: String) -> ConnectedAppError {
        ConnectedAppError(
            .storeUnwritable, subject: path,
            detail: "What was written last is in the log beside the store, and the log's index cannot be made here.",
            remedy: "Run `aprity connection list` once where the store can be written: that empties the log.")
    }
}

extension DatabaseError {
    /// Whether a store that this process may not write looks like this.
    fileprivate var mayBeOfRights: Bool {
        switch resultCode {
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY: true
        default: false
        }
    }

    /// Whether the index of the log, which processes share, could not be made or mapped.
    fileprivate var isOfSharedMemory: Bool {
        extendedResultCode == .SQLITE_IOERR_SHMMAP || extendedResultCode == .SQLITE_IOERR_SHMOPEN
    }

    /// Whether a file system without locks looks like this.
    fileprivate var mayBeOfLocks: Bool {
        switch extendedResultCode {
        case .SQLITE_BUSY, .SQLITE_PROTOCOL, .SQLITE_IOERR_LOCK, .SQLITE_IOERR_RDLOCK, .SQLITE_IOERR_SHMLOCK,
            .SQLITE_IOERR_UNLOCK,
            .SQLITE_IOERR_CHECKRESERVEDLOCK:
            true
        default: false
        }
    }
}
