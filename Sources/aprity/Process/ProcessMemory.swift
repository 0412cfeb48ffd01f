internal import CProcess
internal import ConnectedApp
internal import Foundation

/// Protects the memory of this process, which contains keys, from core dumps and from other processes of the same user.
enum ProcessMemory {
    /// Disables core dumps, whatever the machine's setting, and prevents everyone but root from attaching to the
    /// process or reading its memory. Also disables the runtime's crash report, which shows memory that registers point
    /// to. Call it before the process reads a key.
    ///
    /// - Throws: ``ConnectedAppError`` with `.internalError` if the kernel refuses, which is not expected.
    static func protect() throws(ConnectedAppError) {
        for number in [SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] { signal(number, SIG_DFL) }
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        guard setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none) == 0, aprity_set_dumpable(0) == 0 else {
            throw ConnectedAppError(.internalError, evidence: .system(.last))
        }
    }
}
