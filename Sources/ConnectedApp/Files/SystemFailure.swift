internal import Glibc
package import SystemPackage

extension [String: String] {
    /// The system's words for an error, as the evidence of a ``ConnectedAppError``.
    package static func system(_ error: Errno) -> [String: String] { ["errno": error.description] }
}

extension Errno {
    /// What the last call of the C library failed with.
    package static var last: Errno { Errno(rawValue: errno) }
}
