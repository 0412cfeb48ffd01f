internal import Glibc
package import SystemPackage

extension [String: String] {
    /// The system's text for an error, under the name `errno`, as the evidence of a ``ConnectedAppError``.
    package static func system(_ error: Errno) -> [String: String] { ["errno": error.description] }
}

extension Errno {
    /// The error of the last call of the C library that failed in this thread. Read it right after the call.
    package static var last: Errno { Errno(rawValue: errno) }
}
