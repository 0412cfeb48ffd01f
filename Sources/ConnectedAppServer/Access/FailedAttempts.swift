internal import ConnectedApp
internal import Logging
internal import Synchronization

/// Counts wrong credentials at one entry point and limits the work that they cause.
///
/// Callers record only wrong credentials, so the limit never locks out a valid one. A limit per client is not
/// possible, because all users of this machine share one address.
final class FailedAttempts: Sendable {
    /// An entry point that checks credentials. The raw value is the label `door` of `aprity_wrong_credentials_total`
    /// and must not change.
    enum EntryPoint: String {
        case page, api, metrics
    }

    /// The number of failures within ``window`` after which ``record()`` throws.
    static let limit = 10
    static let window = Duration.seconds(60)

    private struct State {
        /// When the failures of the last ``window`` occurred, as uptime, the oldest first; at most ``limit``.
        var recent: [Duration] = []
        var total = 0
        var warnedAt: Duration?
    }

    let door: EntryPoint
    private let state = Mutex(State())
    private let uptime: @Sendable () -> Duration
    private let logger: Logger

    /// - Parameter uptime: The time that passed, whatever happens to the clock; see ``Surroundings/uptime``.
    init(_ door: EntryPoint, uptime: @escaping @Sendable () -> Duration, logger: Logger) {
        self.door = door
        self.uptime = uptime
        self.logger = logger
    }

    /// Failures since the server started.
    var total: Int { state.withLock { $0.total } }

    /// Counts a wrong credential. Logs a warning when the limit is reached, at most once per ``window``.
    ///
    /// - Throws: ``ServerRefusal`` with `.tooManyAttempts` beyond the limit. The caller must then write no audit record
    ///   and render no page, because both cost work.
    func record() throws(ServerRefusal) {
        let now = uptime()
        let (wait, warns, total) = state.withLock { state -> (Duration?, Bool, Int) in
            state.total += 1
            state.recent.removeAll { now - $0 >= Self.window }
            if state.recent.count >= Self.limit, let first = state.recent.first {
                return (Self.window - (now - first), false, state.total)
            }
            state.recent.append(now)
            let isDue = state.warnedAt.map { now - $0 >= Self.window } ?? true
            guard state.recent.count == Self.limit, isDue else { return (nil, false, state.total) }
            state.warnedAt = now
            return (nil, true, state.total)
        }
        if warns {
            logger.warning(
                "Somebody is trying wrong credentials; valid credentials are still accepted",
                metadata: ["door": "\(door.rawValue)", "sinceStart": "\(total)"])
        }
        if let wait {
            throw ServerRefusal(.tooManyAttempts, retryAfter: max(1, Int((wait / .seconds(1)).rounded(.up))))
        }
    }
}
