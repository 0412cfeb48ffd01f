internal import Foundation

/// Writes a bundle's files as one folder that appears whole or not at all.
enum BundleFolder {
    /// - Parameters:
    ///   - suffix: Makes the name of the folder that is filled beside the target.
    /// - Throws: ``ConnectedAppError`` with `.outputExists` or what keeps a file from being written.
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
            // Fails where the target has appeared meanwhile and is not empty.
            guard rename(staging, target) == 0 else {
                throw ConnectedAppError(
                    errno == ENOTEMPTY || errno == EEXIST ? .outputExists : .outputCannotBeCreated, subject: target,
                    evidence: .system(.last))
            }
        } catch {
            // The error that is thrown says what is wrong; what is left is a folder beside the target.
            try? FileManager.default.removeItem(atPath: staging)
            throw error
        }
    }
}
