internal import Foundation
internal import Synchronization

/// The pauses before further revocations whose last result could not be saved. Without them, this process would send a request
/// to the org each second.
final class RevocationPauses: Sendable {
    private struct Pause {
        var tries: Int
        var end: Duration
    }

    /// The pauses by the token's SHA-256.
    private let pauses = Mutex<[String: Pause]>([:])

    /// - Parameter uptime: The present uptime.
    func isOver(for sha256: String, uptime: Duration) -> Bool {
        pauses.withLock { ($0[sha256]?.end ?? uptime) <= uptime }
    }

    func begin(for sha256: String, uptime: Duration) {
        pauses.withLock { pauses in
            let tries = (pauses[sha256]?.tries ?? 0) + 1
            pauses[sha256] = Pause(tries: tries, end: uptime + .seconds(Revocation.pause(after: tries)))
        }
    }

    func end(for sha256: String) { pauses.withLock { $0[sha256] = nil } }
}
