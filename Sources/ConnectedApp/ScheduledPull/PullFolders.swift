internal import Foundation
internal import MetadataAPI

/// The folders into which aprity pulls metadata by itself, one for each connection.
struct PullFolders: Sendable {
    /// The path of the folder that contains them. It need not exist.
    let path: String

    /// The path of a connection's folder. It need not exist.
    func target(of alias: String) -> String { path + "/" + alias }

    /// - Throws: ``ConnectedAppError`` with `.outputCannotBeCreated`.
    func create() throws(ConnectedAppError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw ConnectedAppError(
                .outputCannotBeCreated, subject: path, detail: "The folder for pulls cannot be created.",
                evidence: ["error": error.localizedDescription])
        }
    }

    /// Removes a connection's folder, and what an interrupted pull has left beside it.
    ///
    /// - Throws: The error of removing it.
    func remove(_ alias: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        for name in try FileManager.default.contentsOfDirectory(atPath: path)
        where name == alias || MetadataFolder.isWorkingName(name, ofTarget: alias) {
            try FileManager.default.removeItem(atPath: path + "/" + name)
        }
    }
}
