internal import ConnectedApp
internal import GRDB

/// What SQLite's result codes mean to somebody who runs aprity.
enum SQLiteFailure {
    /// - Returns: Our own errors unchanged; SQLite's by their code, never by their text.
    static func classified(_ error: any Error, path: String) -> any Error {
        guard let failure = error as? DatabaseError else { return error }
        let cause: Cause =
            switch failure.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED: .storeBusy
            case .SQLITE_FULL: .diskFull
            case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_MISMATCH: .storeDamaged
            case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_AUTH: .outputCannotBeCreated
            case .SQLITE_IOERR: .inputOutput
            default: .internalError
            }
        return ConnectedAppError(cause, subject: path, evidence: ["sqlite": "\(failure.extendedResultCode)"])
    }
}
