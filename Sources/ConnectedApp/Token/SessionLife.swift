internal import Synchronization

/// Learns how long an org's sessions remain valid after their last use.
///
/// Salesforce sends no `expires_in`. A session expires after it was idle for as long as the org's settings say. An app
/// with the scopes `api` and `refresh_token` cannot read these settings. So aprity learns the time: from uses that
/// worked, and from tokens that the org rejected.
final class SessionLife: Sendable {
    private struct Seen {
        /// The longest idle time after which a token still worked.
        var longestUse: Duration = .zero
        /// The shortest idle time after which the org rejected a token; `nil` if it rejected none.
        var shortestRejection: Duration?
    }

    private let seen = Mutex(Seen())

    /// A token that was idle for less counts as valid, unless one was rejected after less: ten minutes, because Salesforce's
    /// shortest session time-out is 15 minutes.
    private static let shortest: Duration = .seconds(600)

    init() {}

    /// Records that a token still worked after it was idle for this time.
    func recordUse(_ idle: Duration) {
        seen.withLock { seen in
            seen.longestUse = max(seen.longestUse, idle)
            // A token was rejected after less time. Either the setting was raised since then, or that token was
            // revoked.
            if let died = seen.shortestRejection, died <= idle { seen.shortestRejection = nil }
        }
    }

    /// Records that the org rejected a token after it was idle for this time.
    func recordRejection(_ idle: Duration) {
        seen.withLock { seen in
            seen.shortestRejection = min(seen.shortestRejection ?? idle, idle)
            if seen.longestUse >= idle { seen.longestUse = .zero }
        }
    }

    /// The idle time up to which a token is handed out without checking it first. At most the shortest idle time after
    /// which a token was rejected.
    var trustedIdleTime: Duration {
        seen.withLock { seen in
            let usual = max(seen.longestUse, Self.shortest)
            return seen.shortestRejection.map { min(usual, $0) } ?? usual
        }
    }
}
