internal import Foundation

extension Rotation {
    /// The next step of a rotation.
    enum Step: Sendable, Equatable {
        /// Create the key and the certificate of this credential.
        case generate(String)
        /// Sign in once with this credential's key, over a new connection, and record the answer.
        case probe(String)
        /// Record that the evidence suffices, which makes the next key the active one.
        case conclude
        /// Record that the old key will be destroyed, so that no process signs with it any more.
        case beginDestruction
        /// Destroy the key of this credential.
        case destroy(String)
        /// Do nothing before the date.
        case wait(until: Date)
        /// Do nothing until an admin acts.
        case waitForAdmin
    }

    /// Returns the next step in the saved state. Steps can be repeated: if a process dies during one, the next call
    /// returns the same step.
    ///
    /// - Parameter lastProbe: When any process last began a probe; `nil` makes a probe due at once.
    func step(at now: Date, lastProbe: Date?) -> Step {
        switch state {
        case .steady: return .waitForAdmin
        case .generating(_, let next): return .generate(next)
        case .prepared(_, let next, _):
            return due(.probe(next), every: Self.dailyPause, at: now, lastProbe)
        case .publishing(_, let next, let since):
            return due(.probe(next), every: Self.pause(after: now.timeIntervalSince(since)), at: now, lastProbe)
        case .proving(let active, let next, let since):
            if isProven(at: now) { return .conclude }
            let age = now.timeIntervalSince(since)
            let isLong = age > (evidence.agreesSince == nil ? Self.quickProving : Self.dailyPause)
            guard isWindowOver(at: now), !hasTwoApps else {
                return due(.probe(next), every: isLong ? Self.slowPause : Self.provingPause, at: now, lastProbe)
            }
            return due(.probe(active), every: Self.counterPause, at: now, lastProbe)
        case .retiring(_, let old, let until):
            guard now >= until else { return .wait(until: until) }
            if mayDestroy(at: now) { return .beginDestruction }
            // A key that is still accepted is tried only once a day.
            let wasTaken = evidence.lastStale != nil && evidence.counterRefused == 0
            return due(.probe(old), every: wasTaken ? Self.dailyPause : Self.counterPause, at: now, lastProbe)
        case .destroying(_, let old): return .destroy(old)
        }
    }

    /// Returns the step, or a wait until the pause after the last probe is over.
    ///
    /// - Parameter lastProbe: A future time means the clock was set back; it is ignored.
    private func due(_ step: Step, every pause: TimeInterval, at now: Date, _ lastProbe: Date?) -> Step {
        guard let lastProbe, lastProbe <= now else { return step }
        let next = lastProbe.addingTimeInterval(pause)
        return next <= now ? step : .wait(until: next)
    }

    /// Returns the seconds between probes after an upload was reported: 30 at first, when most changes arrive, and up to
    /// a day later.
    ///
    /// - Parameter age: Seconds since the report.
    private static func pause(after age: TimeInterval) -> TimeInterval {
        switch age {
        case ..<180: 30
        case ..<agreementSeconds: 75
        case ..<3_600: slowPause
        case ..<86_400: 1_800
        default: dailyPause
        }
    }

    // All pauses are seconds from the beginning of a probe to the next one.

    static let dailyPause: TimeInterval = 86_400
    private static let slowPause: TimeInterval = 300
    /// Between probes of the key to keep, while its acceptance is being proven.
    private static let provingPause: TimeInterval = 40
    /// Between probes of the key to be replaced, which must be refused.
    private static let counterPause: TimeInterval = 5
    /// Seconds in the state `proving` after which the change is probably no longer spreading. If the last answer is
    /// stale then, the probes become less frequent. Otherwise they do so after ``dailyPause``.
    private static let quickProving: TimeInterval = 3_600
}
