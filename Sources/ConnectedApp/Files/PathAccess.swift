internal import FileSystem
internal import Glibc

/// Checks whether this user may read a file or search a folder.
package enum PathAccess {
    /// Checks that this user may search all parent folders and read the file. A path that does not exist passes.
    ///
    /// - Throws: ``ConnectedAppError`` with `.homeClosed`. The error names the folder or file, its owner and this user.
    package static func check(file path: String) throws(ConnectedAppError) {
        try check(path, R_OK)
    }

    /// Checks that this user may search all parent folders and the folder. A path that does not exist passes.
    ///
    /// - Throws: ``ConnectedAppError`` with `.homeClosed`.
    package static func check(folder path: String) throws(ConnectedAppError) {
        try check(path, X_OK)
    }

    private static func check(_ path: String, _ right: Int32) throws(ConnectedAppError) {
        for folder in folders(above: path) where isClosed(folder, X_OK) {
            throw refusal(of: folder, right: X_OK, by: geteuid())
        }
        if isClosed(path, right) { throw refusal(of: path, right: right, by: geteuid()) }
    }

    /// Returns the parent folders, from the root down.
    private static func folders(above path: String) -> [String] {
        let above = FolderPath.above(path)
        return above == path || above == "." ? [] : folders(above: above) + [above]
    }

    private static func isClosed(_ path: String, _ right: Int32) -> Bool {
        // Only a folder contains ".". If a file is in place of a folder, the later open reports it.
        faccessat(AT_FDCWD, right == X_OK ? path + "/." : path, right, AT_EACCESS) != 0 && errno == EACCES
    }

    private static func refusal(of path: String, right: Int32, by user: UInt32) -> ConnectedAppError {
        guard let status = (try? FileStatus(of: path)) ?? (try? FileStatus(of: path, followsLinks: false)) else {
            return ConnectedAppError(.homeClosed, subject: path)
        }
        return refusal(of: PathEntry(path, status), right: right, by: user)
    }

    /// The error for a folder that the user may not search, or a file that the user may not read.
    ///
    /// - Parameter right: `X_OK` for a folder, `R_OK` for a file.
    static func refusal(of entry: PathEntry, right: Int32, by user: UInt32) -> ConnectedAppError {
        let verb = right == X_OK ? "search" : "read"
        let mode = "0" + String(entry.permissions, radix: 8)
        let detail =
            "It belongs to \(shown(entry.owner)) with the mode \(mode), and \(shown(user)) may not \(verb) it."
        let owner = name(of: entry.owner) ?? "'#\(entry.owner)'"
        let remedy =
            entry.owner == user
            ? "Run `chmod u+r\(right == X_OK ? "wx" : "w")` on it."
            : "If a person uses this store, run the command as that user: `sudo -u \(owner) aprity …`. If a systemd service uses it, run the command through `aprity-service`; see \"Commands on the same store\" in docs/running-as-a-service.md."
        let mount =
            entry.owner == 0
            ? " In a container, mount it for a group of this process: in Kubernetes, set `fsGroup` for the pod." : ""
        return ConnectedAppError(.homeClosed, subject: entry.path, detail: detail, remedy: remedy + mount)
    }

    private static func shown(_ user: UInt32) -> String {
        name(of: user).map { "\($0) (\(user))" } ?? "user \(user)"
    }

    private static func name(of user: UInt32) -> String? { UserEntry(user)?.name }
}
