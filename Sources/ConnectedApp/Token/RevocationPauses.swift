internal import Foundation
internal import Synchronization

/// Pauses for tokens whose last attempt at a revocation could not be saved. Without them, this process would repeat the
/// attempt, and so send a request to the org, each second. They are kept in memory only.
final class RevocationPauses: Sendable {
    private struct Pause {
        var tries: Int
        /// An uptime.
        var end: Duration
    }

    /// The pauses by the token's SHA-256.
    private let pauses = Mutex<[String: Pause]>([:])

    /// Whether the token has no pause, or its pause is over.
    ///
    /// - Parameter uptime: The present uptime.
    func isOver(for sha256: String, uptime: Duration) -> Bool {
        pauses.withLock { ($0[sha256]?.end ?? uptime) <= uptime }
    }

    /// Begins a pause. Each is longer than the token's last one; see ``Revocation/pause(after:)``.
    func begin(for sha256: String, uptime: Duration) {
        pauses.withLock { pauses in
            let tries = (pauses[sha256]?.tries ?? 0) + 1
            pauses[sha256] = Pause(tries: tries, end: uptime + .seconds(Revocation.pause(after: tries)))
        }
    }

    /// Ends the token's pause and forgets how many it had.
    func end(for sha256: String) { pauses.withLock { $0[sha256] = nil } }
}
