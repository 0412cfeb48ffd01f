internal import ConnectedApp
internal import Foundation

/// The limit of open files and connections of this process.
enum DescriptorLimit {
    /// More is not needed. Programs that this process starts inherit the limit, and some of them close every possible
    /// descriptor, which takes long with a limit of a million.
    private static let most: rlim_t = 4096

    /// What a command needs: 40 for its files and streams, and four per network thread.
    private static let least = rlim_t(40 + 4 * ProcessInfo.processInfo.activeProcessorCount)

    /// Raises the limit as far as the system allows, up to ``most``.
    ///
    /// - Returns: The limit in force.
    /// - Throws: ``ConnectedAppError`` with `.internalError` if the kernel refuses, which is not expected.
    static func raise() throws(ConnectedAppError) -> Int { try raise(to: most) }

    /// Raises the limit to what a command needs. With a lower limit, opening existing files fails, and the network
    /// library terminates the process.
    ///
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` if the system does not allow that many.
    static func ensureLeast() throws(ConnectedAppError) {
        let limit = try raise(to: least)
        guard limit < least else { return }
        throw ConnectedAppError(
            .configurationMalformed, subject: "ulimit -n",
            detail: "This process may open only \(limit) files and connections at once, but it needs \(least).",
            remedy:
                "Raise the limit: `ulimit -n 1024` in a shell, `LimitNOFILE=` in a systemd unit, or the container "
                + "runtime's setting.")
    }

    private static func raise(to goal: rlim_t) throws(ConnectedAppError) -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { throw failure() }
        let wanted = min(limit.rlim_max, goal)
        if limit.rlim_cur < wanted {
            limit.rlim_cur = wanted
            guard setrlimit(resource, &limit) == 0 else { throw failure() }
        }
        return Int(clamping: limit.rlim_cur)
    }

    private static func failure() -> ConnectedAppError {
        ConnectedAppError(.internalError, evidence: .system(.last))
    }
}
