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

    /// Puts back what a pull has moved aside before its process was killed.
    ///
    /// - Throws: ``ConnectedAppError``.
    func restore(_ alias: String) throws {
        guard try names().contains(where: { MetadataFolder.isWorkingName($0, ofTarget: alias) }) else { return }
        let target = target(of: alias)
        try MetadataReader.wrapping(target) { try MetadataFolder.restoreMovedAside(of: target) }
    }

    /// Moves a connection's folder aside if its record cannot be read.
    ///
    /// - Parameter suffix: Makes its new name unique.
    /// - Returns: Its new path; `nil` if the record can be read, or there is none.
    func setAsideUnreadable(_ alias: String, suffix: String) throws -> String? {
        let target = target(of: alias)
        do throws(MetadataFolderError) { _ = try PulledFolder(path: target) } catch {
            // What is no folder, or cannot be opened, stays. The error of the pull says so.
            guard case .recordUnreadable = error else { return nil }
            let aside = path + "/" + Self.asidePrefix(of: alias) + suffix
            try FileManager.default.moveItem(atPath: target, toPath: aside)
            return aside
        }
        return nil
    }

    /// How the names of folders with an unreadable record begin. It begins like no alias.
    private static func asidePrefix(of alias: String) -> String { ".\(alias).unreadable-" }

    private func names() throws -> [String] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: path)
    }

    /// Removes a connection's folder, what an interrupted pull has left beside it, and what was moved aside.
    ///
    /// - Throws: The error of removing it.
    func remove(_ alias: String) throws {
        for name in try names()
        where name == alias || MetadataFolder.isWorkingName(name, ofTarget: alias)
            || name.hasPrefix(Self.asidePrefix(of: alias))
        {
            try FileManager.default.removeItem(atPath: path + "/" + name)
        }
    }
}
