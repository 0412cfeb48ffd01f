package import Foundation

extension Rotation {
    /// What the saved state asks for.
    package enum Step: Sendable, Equatable {
        /// Make the key and the certificate of this credential.
        case generate(String)
        /// Sign in once with this credential's key, over a connection of its own, and tell what came of it.
        case probe(String)
        /// Write down that enough was seen.
        case conclude
        /// Write down that the old key is to go, so that nobody signs with it any more.
        case beginDestruction
        /// Destroy the key of this credential.
        case destroy(String)
        /// Nothing before the date.
        case wait(until: Date)
        /// Nothing at all, until somebody does something.
        case rest
    }

    /// - Parameter lastProbe: When a probe was last begun, by whatever process.
    package func step(at now: Date, lastProbe: Date?) -> Step {
        switch state {
        case .steady: return .rest
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
            // A key that is still taken is tried again a day later, not all the time.
            let wasTaken = evidence.lastStale != nil && evidence.counterRefused == 0
            return due(.probe(old), every: wasTaken ? Self.dailyPause : Self.counterPause, at: now, lastProbe)
        case .destroying(_, let old): return .destroy(old)
        }
    }

    /// - Parameter lastProbe: One that lies in the future is of before the clock was set back, and counts as none.
    private func due(_ step: Step, every pause: TimeInterval, at now: Date, _ lastProbe: Date?) -> Step {
        guard let lastProbe, lastProbe <= now else { return step }
        let next = lastProbe.addingTimeInterval(pause)
        return next <= now ? step : .wait(until: next)
    }

    /// Often while a change mostly arrives, then less so.
    private static func pause(after age: TimeInterval) -> TimeInterval {
        switch age {
        case ..<180: 30
        case ..<window: 75
        case ..<3_600: slowPause
        case ..<86_400: 1_800
        default: dailyPause
        }
    }

    static let dailyPause: TimeInterval = 86_400
    private static let slowPause: TimeInterval = 300
    private static let provingPause: TimeInterval = 40
    private static let counterPause: TimeInterval = 5
    /// After so long in doubt something else is wrong, and an admin has to look.
    private static let quickProving: TimeInterval = 3_600
}
