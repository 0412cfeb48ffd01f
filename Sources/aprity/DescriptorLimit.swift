internal import ConnectedApp
internal import Foundation

/// How many files and connections this process may have open at once.
enum DescriptorLimit {
    /// More is of no use here, and programs that this process starts may be slow with a limit of a million.
    private static let most: rlim_t = 4096

    /// Raises the limit as far as the system lets this process, and no further than is of use.
    ///
    /// - Returns: The limit that is in force.
    /// - Throws: ``ConnectedAppError`` with `.internalError` if the kernel refuses, which it does not.
    static func raise() throws(ConnectedAppError) -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { throw failure() }
        let wanted = min(limit.rlim_max, most)
        if limit.rlim_cur < wanted {
            limit.rlim_cur = wanted
            guard setrlimit(resource, &limit) == 0 else { throw failure() }
        }
        return Int(clamping: limit.rlim_cur)
    }

    private static func failure() -> ConnectedAppError {
        ConnectedAppError(.internalError, evidence: ["errno": String(cString: strerror(errno))])
    }
}
