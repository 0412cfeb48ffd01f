/// Decides whether and when a call to an org is retried. Do not apply two policies to one call, because that would multiply
/// the attempts.
struct RetryPolicy: Sendable {
    /// The result of an attempt after which another may succeed.
    enum Outcome: Sendable, Equatable {
        /// The org asked to try later, by an HTTP status or by its words.
        ///
        /// - Parameter retryAfter: The seconds to wait according to the org; `nil` if it does not say.
        case retryLater(retryAfter: Int?)
        case connectionLost
    }

    /// For reads. They are retried at once after a lost connection.
    static let reads = RetryPolicy(waitsAfterLoss: false)
    /// For sign-ins. They wait before every retry: a sign-in whose reply was lost may already count, so the few attempts
    /// must not be spent at once.
    static let signIns = RetryPolicy(waitsAfterLoss: true)

    /// The maximum number of attempts of a call, the first one included.
    static let attempts = 3
    /// The longest wait in seconds, without the jitter. If `Retry-After` asks for more, the call is not retried.
    private static let longestWait = 60

    /// Whether there is a pause before a retry after a lost connection.
    let waitsAfterLoss: Bool

    /// Whether the org asks with this HTTP status to try later.
    static func asksToRetryLater(status: Int) -> Bool { [420, 429, 503].contains(status) }

    /// Parses `Retry-After` as a number of seconds (RFC 9110 §10.2.3).
    ///
    /// - Returns: `nil` for a date and for anything else. `Int.max` for a number that is too large for an `Int`.
    static func seconds(retryAfter text: String) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else { return nil }
        return Int(text) ?? .max
    }

    /// Returns the pause before the next attempt.
    ///
    /// If the org does not say how long to wait, the pause is as many seconds as there were attempts. Up to a second of
    /// jitter is added.
    ///
    /// - Parameter attempt: The number of the attempt that ended, from 1.
    /// - Returns: `nil` if there must be no further attempt.
    func pause(after outcome: Outcome, attempt: Int, _ surroundings: Surroundings) -> Duration? {
        guard attempt < Self.attempts else { return nil }
        switch outcome {
        case .retryLater(let asked):
            let seconds = asked ?? attempt
            return seconds <= Self.longestWait ? Self.jittered(max(seconds, 1), surroundings) : nil
        case .connectionLost: return waitsAfterLoss ? Self.jittered(attempt, surroundings) : .zero
        }
    }

    /// Adds up to a second, so that callers that failed together do not retry at the same time.
    private static func jittered(_ seconds: Int, _ surroundings: Surroundings) -> Duration {
        .milliseconds(seconds * 1000 + Int(surroundings.randomBytes(1).first ?? 0) * 1000 / 256)
    }
}
