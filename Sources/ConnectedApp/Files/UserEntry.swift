internal import Glibc

/// A user's entry in the machine's user database. In a container, the user often has none.
package struct UserEntry: Sendable {
    let name: String
    /// The path of the home folder.
    let home: String

    /// - Parameter id: The user's number.
    /// - Returns: `nil` if the database has no entry for the user, or cannot be read.
    init?(_ id: UInt32) {
        var (entry, found) = (passwd(), UnsafeMutablePointer<passwd>?.none)
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwuid_r(id, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        (name, home) = (String(cString: entry.pw_name), String(cString: entry.pw_dir))
    }

    /// The name of the user that this process runs as, or `user` and the id if the user has no entry.
    package static var currentName: String { UserEntry(geteuid())?.name ?? "user \(geteuid())" }
}
