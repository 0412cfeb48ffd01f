internal import ConnectedApp
internal import Foundation
internal import GRDB
internal import SystemPackage

/// Translates SQLite's result codes into errors for users.
enum SQLiteFailure {
    /// Classifies an error by SQLite's result code, never by its text.
    ///
    /// - Parameter path: The store's file, which is the subject of the error.
    /// - Returns: A ``ConnectedAppError``, or the same error if it is not from SQLite.
    static func classified(_ error: any Error, path: String) -> any Error {
        guard let failure = error as? DatabaseError else { return error }
        if failure.canMeanMissingLocks, let number = FileLocks.failure(beside: path) {
            return ConnectedAppError(
                .inputOutput, subject: path,
                detail:
                    "The file system cannot lock files, which the store needs. On NFS, start its lock service, or put "
                    + "aprity's home on a local disk.",
                evidence: .system(Errno(rawValue: number)).merging(["sqlite": "\(failure.extendedResultCode)"]) { $1 })
        }
        if failure.canMeanMissingPermission, let number = StoreFile.unwritable(path) {
            return unwritable(path, number)
        }
        if failure.isAboutSharedMemory, !StoreFile.isOnFullDisk(path) {
            return withoutSharedMemory(path, failure.extendedResultCode)
        }
        let cause: Cause =
            switch failure.resultCode {
            // SQLite reports `SQLITE_PROTOCOL` if it waited ten seconds for a process that was suspended while it held
            // the lock of the log's index.
            case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: .storeBusy
            case .SQLITE_FULL: .diskFull
            // `SQLITE_ERROR`: a statement does not fit the tables, so somebody has changed them while the store was open.
            case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_MISMATCH, .SQLITE_ERROR: .storeDamaged
            case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_AUTH: .outputCannotBeCreated
            // If the disk is full, the log's index cannot be created, and SQLite reports a general I/O error.
            case .SQLITE_IOERR: StoreFile.isOnFullDisk(path) ? .diskFull : .inputOutput
            default: .internalError
            }
        return ConnectedAppError(cause, subject: path, evidence: ["sqlite": "\(failure.extendedResultCode)"])
    }
}

extension SQLiteFailure {
    /// Returns the error for a store that cannot be written.
    ///
    /// - Parameter number: The error number; see ``StoreFile/unwritable(_:)``.
    static func unwritable(_ path: String, _ number: Int32) -> ConnectedAppError {
        ConnectedAppError(.storeUnwritable, subject: path, evidence: .system(Errno(rawValue: number)))
    }

    /// Returns the error for a file system that cannot map a file into the memory of several processes, such as some
    /// network and container file systems. SQLite maps the log's index.
    private static func withoutSharedMemory(_ path: String, _ code: ResultCode) -> ConnectedAppError {
        ConnectedAppError(
            .storeUnwritable, subject: path,
            detail: "The file system cannot share memory between processes, which the store needs.",
            remedy: "Put aprity's home on a local disk, or on a volume of a block device.",
            evidence: ["sqlite": "\(code)"])
    }

    /// Returns the error for a store that cannot be read without its log, while the log's index is missing and cannot
    /// be created.
    static func logUnreadable(_ path: String) -> ConnectedAppError {
        ConnectedAppError(
            .storeUnwritable, subject: path,
            detail: "The latest changes are in the log beside the store, and the log's index cannot be created here.",
            remedy: "Run `aprity connection list` once where the store can be written. This empties the log.",
            remedyOnPage: "Start the server once where the store can be written. This empties the log.")
    }
}

extension DatabaseError {
    /// Whether missing write permission can cause this error.
    fileprivate var canMeanMissingPermission: Bool {
        switch resultCode {
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY: true
        default: false
        }
    }

    /// Whether the log's index, which processes share, could not be created or mapped.
    fileprivate var isAboutSharedMemory: Bool {
        extendedResultCode == .SQLITE_IOERR_SHMMAP || extendedResultCode == .SQLITE_IOERR_SHMOPEN
    }

    /// Whether a file system without locks can cause this error.
    fileprivate var canMeanMissingLocks: Bool {
        switch extendedResultCode {
        case .SQLITE_BUSY, .SQLITE_PROTOCOL, .SQLITE_IOERR_LOCK, .SQLITE_IOERR_RDLOCK, .SQLITE_IOERR_SHMLOCK,
            .SQLITE_IOERR_UNLOCK,
            .SQLITE_IOERR_CHECKRESERVEDLOCK:
            true
        default: false
        }
    }
}
