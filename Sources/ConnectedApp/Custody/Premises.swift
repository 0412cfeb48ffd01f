internal import FileSystem
internal import Foundation

/// Checks that the store file this process has open is still the one at its path.
///
/// If it is not, this process would never see a block that another process writes.
package protocol Premises: Sendable {
    /// - Throws: ``ConnectedAppError``: the store was moved, replaced or made unreadable, or the master key is gone.
    func check() throws(ConnectedAppError)
}

/// For stores that have no path.
package struct UncheckedPremises: Premises {
    package init() {}
    package func check() {}
}

/// Checks the store file, whose identity is remembered, and the master key file, which must exist.
package struct StorePremises: Premises {
    private let storePath: String
    private let masterKey: MasterKeyFile
    private let opened: FileStatus.Identity?

    /// Create it before opening the store and call ``check()`` right after: then the remembered file is the open one.
    package init(storePath: String, masterKey: MasterKeyFile) {
        self.storePath = storePath
        self.masterKey = masterKey
        opened = Self.identity(of: storePath)
    }

    private static func identity(of path: String) -> FileStatus.Identity? { try? FileStatus(of: path).identity }

    package func check() throws(ConnectedAppError) {
        guard let now = Self.identity(of: storePath) else {
            throw ConnectedAppError(
                .storeMoved, subject: storePath, detail: "There is no store file at this path any more.")
        }
        guard now == opened else {
            throw ConnectedAppError(
                .storeMoved, subject: storePath, detail: "The store file at this path was replaced by another file.")
        }
        guard access(storePath, R_OK | W_OK) == 0 else {
            throw ConnectedAppError(
                .storeMoved, subject: storePath,
                detail: "This user can no longer read and write the store file: \(String(cString: strerror(errno))).")
        }
        guard access(masterKey.path, R_OK) == 0 else {
            throw ConnectedAppError(
                .masterKeyMissing, subject: masterKey.path,
                evidence: ["errno": String(cString: strerror(errno))])
        }
    }
}
