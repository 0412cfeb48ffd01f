internal import Foundation

extension ConnectedAppError {
    /// The error for a store's file that does not exist. If a restore into this home was killed, says so and names the
    /// folder with the former store.
    package static func noStore(at path: String) -> ConnectedAppError {
        InterruptedRestore(path)?.error ?? ConnectedAppError(.notInitialised, subject: path)
    }
}

/// The traces of a restore in a home without a store.
package struct InterruptedRestore {
    private let storePath: String
    /// Whether the restore was killed before the store got its name. Otherwise there are only ``folders``, which a completed
    /// restore leaves, too.
    private let hasDraft: Bool
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
        hasDraft = access(Restoration.draft(of: storePath), F_OK) == 0
        guard !folders.isEmpty || hasDraft else { return nil }
        self.storePath = storePath
    }

    package var error: ConnectedAppError {
        ConnectedAppError(.notInitialised, subject: storePath, detail: detail, remedy: remedy)
    }

    private var detail: String {
        let places = folders.joined(separator: " and to ")
        if hasDraft {
            return "There is no store here: a restore was interrupted."
                + (folders.isEmpty ? "" : " Former stores were moved to \(places).")
        }
        return "There is no store here. An earlier restore moved a former store to \(places)."
    }

    private var remedy: String {
        let again = hasDraft ? "Run the restore again" : "If that restore was interrupted, run it again"
        guard !folders.isEmpty else { return again + "." }
        return again + ", with --force if the home is not empty. To use a former store instead, move the content of "
            + (folders.count == 1 ? "that folder" : "one of these folders") + " back into the home."
    }
}
