internal import FileSystem
internal import Foundation

/// Whether the store that this process has open is still the one that everybody else finds at its path.
///
/// Otherwise a block that is ordered there would not reach this process.
package protocol Premises: Sendable {
    /// - Throws: ``ConnectedAppError``: the store was moved, replaced or made unreadable, or the master key is gone.
    func check() throws(ConnectedAppError)
}

/// For stores that have no path.
package struct UncheckedPremises: Premises {
    package init() {}
    package func check() {}
}

/// The store's file and the master key's file, as they were when this process began.
package struct StorePremises: Premises {
    private let storePath: String
    private let masterKey: MasterKeyFile
    private let opened: FileStatus.Identity?

    /// To be made before the store is opened, and checked right after: then it knows the file that is open.
    package init(storePath: String, masterKey: MasterKeyFile) {
        self.storePath = storePath
        self.masterKey = masterKey
        opened = Self.identity(of: storePath)
    }

    private static func identity(of path: String) -> FileStatus.Identity? { try? FileStatus(of: path).identity }

    package func check() throws(ConnectedAppError) {
        guard let now = Self.identity(of: storePath) else {
            throw ConnectedAppError(.storeMoved, subject: storePath, detail: "The store's file is gone from its path.")
        }
        guard now == opened else {
            throw ConnectedAppError(
                .storeMoved, subject: storePath, detail: "Another file is where the store's file was.")
        }
        guard access(storePath, R_OK | W_OK) == 0 else {
            throw ConnectedAppError(.storeMoved, subject: storePath, detail: "The store may not be read any more.")
        }
        guard access(masterKey.path, R_OK) == 0 else {
            throw ConnectedAppError(
                .masterKeyMissing, subject: masterKey.path,
                evidence: ["errno": String(cString: strerror(errno))])
        }
    }
}
