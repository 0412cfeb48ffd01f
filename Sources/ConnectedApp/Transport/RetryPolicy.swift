/// When a call to an org is made again. Each call passes one policy, once: two would multiply the attempts.
struct RetryPolicy: Sendable {
    /// How an attempt ended after which another may succeed.
    enum Outcome: Sendable, Equatable {
        /// The org said "not now": an HTTP status, or its own words.
        case putOff(retryAfter: Int?)
        case connectionLost
    }

    /// Another connection may be had at once, and nothing of what is read changes meanwhile.
    static let reads = RetryPolicy(waitsAfterLoss: false)
    /// A sign-in counts at the org, so it waits.
    static let signIns = RetryPolicy(waitsAfterLoss: true)

    /// Attempts of one call.
    static let attempts = 3
    /// Seconds. If `Retry-After` asks for more, the caller is told instead.
    private static let longestWait = 60

    let waitsAfterLoss: Bool

    static func putsOff(status: Int) -> Bool { [420, 429, 503].contains(status) }

    /// `Retry-After` as a number of seconds (RFC 9110 §10.2.3): digits only.
    ///
    /// - Returns: `nil` for a date and for anything else. `Int.max` for a number that is too large for an `Int`.
    static func seconds(retryAfter text: String) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else { return nil }
        return Int(text) ?? .max
    }

    /// - Parameter attempt: The number of the one that ended, from 1.
    /// - Returns: `nil` if there is to be no other attempt.
    func pause(after outcome: Outcome, attempt: Int, _ surroundings: Surroundings) -> Duration? {
        guard attempt < Self.attempts else { return nil }
        switch outcome {
        case .putOff(let asked):
            let seconds = asked ?? attempt
            return seconds <= Self.longestWait ? Self.jittered(max(seconds, 1), surroundings) : nil
        case .connectionLost: return waitsAfterLoss ? Self.jittered(attempt, surroundings) : .zero
        }
    }

    /// Up to a second more, so that callers that failed together do not come again together.
    private static func jittered(_ seconds: Int, _ surroundings: Surroundings) -> Duration {
        .milliseconds(seconds * 1000 + Int(surroundings.randomBytes(1).first ?? 0) * 1000 / 256)
    }
}
