internal import Synchronization

/// Learns how long an org's sessions remain valid after their last use.
///
/// Salesforce sends no `expires_in`. A session expires after it was idle for as long as the org's settings say. An app
/// with the scopes `api` and `refresh_token` cannot read these settings. So aprity learns the time: from uses that
/// worked, and from tokens that the org rejected.
final class SessionLife: Sendable {
    private struct Seen {
        /// The longest idle time after which a token still worked.
        var survived: Duration = .zero
        /// The shortest idle time after which the org rejected a token; `nil` if it rejected none.
        var died: Duration?
    }

    private let seen = Mutex(Seen())

    /// Until more is known, a token that was idle for less counts as valid: Salesforce's shortest session time-out is
    /// 15 minutes.
    private static let shortest: Duration = .seconds(600)

    init() {}

    /// Records that a token still worked after it was idle for this time.
    func survived(_ idle: Duration) {
        seen.withLock { seen in
            seen.survived = max(seen.survived, idle)
            // A token was rejected after less time. Either the setting was raised since then, or that token was
            // revoked.
            if let died = seen.died, died <= idle { seen.died = nil }
        }
    }

    /// Records that the org rejected a token after it was idle for this time.
    func died(_ idle: Duration) {
        seen.withLock { seen in
            seen.died = min(seen.died ?? idle, idle)
            if seen.survived >= idle { seen.survived = .zero }
        }
    }

    /// The idle time up to which a token is handed out without checking it first. At most the shortest idle time after
    /// which a token was rejected.
    var trusted: Duration {
        seen.withLock { seen in
            let usual = max(seen.survived, Self.shortest)
            return seen.died.map { min(usual, $0) } ?? usual
        }
    }
}
