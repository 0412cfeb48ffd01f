internal import CProcess
internal import ConnectedApp
internal import Foundation

/// Keeps the memory of this process, which holds keys, from files and from other processes of the same user.
enum ProcessMemory {
    /// No core dump is written, whatever the machine's setting, and nobody but root may attach or read the memory. The
    /// runtime's own report of a crash, which shows what lies where the registers point to, is off.
    ///
    /// - Throws: ``ConnectedAppError`` with `.internalError` where the kernel refuses, which it does not.
    static func protect() throws(ConnectedAppError) {
        for number in [SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] { signal(number, SIG_DFL) }
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        guard setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none) == 0, aprity_set_dumpable(0) == 0 else {
            throw ConnectedAppError(.internalError, evidence: .system(.last))
        }
    }
}
