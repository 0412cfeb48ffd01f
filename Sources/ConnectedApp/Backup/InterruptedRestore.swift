internal import Foundation

extension ConnectedAppError {
    /// The error for a store's file that does not exist. If a restore into this home was killed, says so and names the
    /// folder with the former store.
    package static func noStore(at path: String) -> ConnectedAppError {
        InterruptedRestore(path)?.error ?? ConnectedAppError(.notInitialised, subject: path)
    }
}

/// What a restore left that was killed before the store got its name.
package struct InterruptedRestore {
    private let storePath: String
    /// The folders into which restores moved a former store, sorted.
    private let folders: [String]

    /// - Parameter storePath: The store's path.
    /// - Returns: `nil` if there is a store, or no trace of a restore.
    package init?(_ storePath: String) {
        guard access(storePath, F_OK) != 0 else { return nil }
        let home = FolderPath.above(storePath)
        // A home that cannot be listed is reported by whoever opens the store.
        let names = (try? FolderPath.names(in: home)) ?? []
        let store = URL(filePath: storePath).lastPathComponent
        folders = names.filter { $0.hasPrefix(Displacement.mark) }.map { home + "/" + $0 }
            .filter { access($0 + "/" + store, F_OK) == 0 }.sorted()
        guard !folders.isEmpty || access(Restoration.draft(of: storePath), F_OK) == 0 else { return nil }
        self.storePath = storePath
    }

    package var error: ConnectedAppError {
        let former = folders.isEmpty ? "" : " The former store is in \(folders.joined(separator: " and in "))."
        return ConnectedAppError(
            .notInitialised, subject: storePath,
            detail: "There is no store here: a restore was interrupted." + former,
            remedy: folders.isEmpty
                ? "Run the restore again."
                : "Run the restore again, with --force if the home is not empty. To use the former store instead, move the "
                    + "content of its folder back.")
    }
}
