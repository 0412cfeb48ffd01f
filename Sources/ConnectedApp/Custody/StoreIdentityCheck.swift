internal import FileSystem
internal import Foundation
internal import SystemPackage

/// Checks that the store file at its path is still the one that this process has open.
///
/// Otherwise, this process would not see blocks that other processes write.
package protocol StoreIdentityCheck: Sendable {
    /// - Throws: ``ConnectedAppError``: `.storeMoved` if the store was moved, replaced or made inaccessible,
    ///   `.inputOutput` if its file system is read-only or fails, `.masterKeyMissing` if the master key file is missing
    ///   or this user cannot read it, or `.masterKeyUnsafe` if others have access to it or can replace it.
    func check() throws(ConnectedAppError)
}

/// Checks nothing. For stores that have no path.
package struct UncheckedStoreIdentity: StoreIdentityCheck {
    package init() {}
    package func check() {}
}

/// Checks that the store file is the one that was opened, that this user can write it and read the master key file, and
/// that the master key file is not exposed to others; see ``MasterKeyFile/exposure``.
package struct OpenedStoreCheck: StoreIdentityCheck {
    private let storePath: String
    private let masterKey: MasterKeyFile
    private let opened: FileStatus.Identity?

    /// Create the check before opening the store, and call ``check()`` right after opening it. This ensures that the
    /// remembered file is the open one.
    package init(storePath: String, masterKey: MasterKeyFile) {
        self.storePath = storePath
        self.masterKey = masterKey
        opened = try? FileStatus(of: storePath).identity
    }

    package func check() throws(ConnectedAppError) {
        let present: FileStatus.Identity
        do throws(Errno) { present = try FileStatus(of: storePath).identity } catch {
            throw Self.unusable(storePath, error.rawValue)
        }
        guard present == opened else {
            throw ConnectedAppError(
                .storeMoved, subject: storePath, detail: "The store file at this path was replaced by another file.")
        }
        guard access(storePath, R_OK | W_OK) == 0 else { throw Self.unusable(storePath, errno) }
        guard access(masterKey.path, R_OK) == 0 else {
            throw ConnectedAppError(
                .masterKeyMissing, subject: masterKey.path,
                evidence: .system(.last))
        }
        try masterKey.checkExposure()
    }

    /// The error for a store file that this process cannot use any more.
    ///
    /// - Parameter code: The error number (`errno`) of `stat` or `access` for the store file.
    static func unusable(_ path: String, _ code: Int32) -> ConnectedAppError {
        let (cause, detail): (Cause, String) =
            switch code {
            case ENOENT, ENOTDIR: (.storeMoved, "There is no store file at this path any more.")
            case EACCES, EPERM: (.storeMoved, "This user can no longer read and write the store file.")
            case EROFS:
                (
                    .inputOutput,
                    "The file system of the store is read-only now, so aprity can record nothing and signs nothing. "
                        + "Look for the reason in the kernel's log, then mount the file system for writing again."
                )
            default: (.inputOutput, "The store file cannot be checked, so aprity signs nothing.")
            }
        return ConnectedAppError(
            cause, subject: path, detail: detail, evidence: .system(Errno(rawValue: code)))
    }
}
