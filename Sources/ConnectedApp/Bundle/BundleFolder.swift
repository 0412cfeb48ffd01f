internal import Foundation

/// Writes a bundle's files as a folder that appears complete or not at all.
enum BundleFolder {
    /// Writes the files with mode 0644, less the umask, into folders with mode 0700. The target must not exist. Missing
    /// parents of the target are created with mode 0700. An empty folder that appears at the target meanwhile is
    /// replaced. If the process is killed, a folder `TARGET.partial-…` may stay beside the target.
    ///
    /// - Parameters:
    ///   - files: Texts by path relative to the folder.
    ///   - suffix: Part of the name of the temporary folder beside the target. Use a random one.
    /// - Throws: ``ConnectedAppError`` about the target: `.outputExists`, `.outputCannotBeCreated`, `.diskFull`,
    ///   `.inputOutput`.
    static func write(_ files: [String: String], to target: String, suffix: String) throws(ConnectedAppError) {
        guard !FileManager.default.fileExists(atPath: target) else {
            throw ConnectedAppError(.outputExists, subject: target)
        }
        let staging = target + ".partial-" + suffix
        do throws(ConnectedAppError) {
            for (path, text) in files.sorted(by: { $0.key < $1.key }) {
                let file = staging + "/" + path
                try OutputFile.makeFolder(FolderPath.above(file))
                try OutputFile.create(file, content: Array(text.utf8), mode: 0o644)
            }
            // Fails if the target was created meanwhile and is not empty.
            guard rename(staging, target) == 0 else {
                throw ConnectedAppError(
                    errno == ENOTEMPTY || errno == EEXIST ? .outputExists : .outputCannotBeCreated, subject: target,
                    evidence: .system(.last))
            }
        } catch {
            // Report the first error. If the cleanup fails too, the temporary folder stays beside the target.
            try? FileManager.default.removeItem(atPath: staging)
            // The user knows the target; the temporary folder is gone.
            throw error.about(target)
        }
    }
}
