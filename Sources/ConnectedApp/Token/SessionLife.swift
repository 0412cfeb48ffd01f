internal import Synchronization

/// Learns how long an org's sessions remain valid after their last use.
///
/// Salesforce sends no `expires_in`. A session expires when it was idle for the time in the org's settings, which cannot be read
/// with the two scopes alone. So aprity learns the time from uses that worked and from expired tokens.
final class SessionLife: Sendable {
    private struct Seen {
        var survived: Duration = .zero
        var died: Duration?
    }

    private let seen = Mutex(Seen())

    /// A token that was idle for less is assumed to be valid: Salesforce's shortest session time-out is 15 minutes.
    private static let shortest: Duration = .seconds(600)

    init() {}

    /// Records that a token still worked after it was idle for this time.
    func survived(_ idle: Duration) {
        seen.withLock { seen in
            seen.survived = max(seen.survived, idle)
            // The setting was raised since, or the token became invalid for another reason than idleness.
            if let died = seen.died, died <= idle { seen.died = nil }
        }
    }

    /// Records that a token was no longer valid after it was idle for this time.
    func died(_ idle: Duration) {
        seen.withLock { seen in
            seen.died = min(seen.died ?? idle, idle)
            if seen.survived >= idle { seen.survived = .zero }
        }
    }

    /// The idle time up to which a token is returned without trying it first.
    var trusted: Duration {
        seen.withLock { seen in
            let usual = max(seen.survived, Self.shortest)
            return seen.died.map { min(usual, $0) } ?? usual
        }
    }
}
