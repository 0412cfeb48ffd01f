internal import Synchronization

/// How long an org's sessions outlive their last use, as far as was seen.
///
/// Salesforce sends no `expires_in`: a session ends when nobody has used it for as long as the org's settings say, and
/// those cannot be read with the two scopes alone. So it is learned: from uses that worked and from tokens found dead.
package final class SessionLife: Sendable {
    private struct Seen {
        var survived: Duration = .zero
        var died: Duration?
    }

    private let seen = Mutex(Seen())

    /// Salesforce's shortest session time-out is 15 minutes; a token idle for less than this is taken for alive.
    private static let shortest: Duration = .seconds(600)

    package init() {}

    /// A token that was last used so long before still worked.
    package func survived(_ idle: Duration) {
        seen.withLock { seen in
            seen.survived = max(seen.survived, idle)
            // The setting was raised since, or the token died of something else than idleness.
            if let died = seen.died, died <= idle { seen.died = nil }
        }
    }

    /// A token that was last used so long before was dead.
    package func died(_ idle: Duration) {
        seen.withLock { seen in
            seen.died = min(seen.died ?? idle, idle)
            if seen.survived >= idle { seen.survived = .zero }
        }
    }

    /// A token that was idle for less is handed out without being tried first.
    package var trusted: Duration {
        seen.withLock { seen in
            let usual = max(seen.survived, Self.shortest)
            return seen.died.map { min(usual, $0) } ?? usual
        }
    }
}
