internal import ConnectedApp
internal import Foundation
internal import Synchronization

/// Bounds how often a wrong start token may be tried.
final class FailedAttempts: Sendable {
    static let limit = 10
    static let window: TimeInterval = 60

    private let times = Mutex<[Date]>([])
    private let now: @Sendable () -> Date

    init(now: @escaping @Sendable () -> Date) { self.now = now }

    /// - Throws: ``ServerRefusal`` with `.tooManyAttempts`, until enough of the failures are a minute old.
    func check() throws(ServerRefusal) {
        let now = now()
        let wait = times.withLock { times -> TimeInterval? in
            times.removeAll { now.timeIntervalSince($0) >= Self.window }
            guard times.count >= Self.limit, let first = times.first else { return nil }
            return Self.window - now.timeIntervalSince(first)
        }
        if let wait { throw ServerRefusal(.tooManyAttempts, retryAfter: max(1, Int(wait.rounded(.up)))) }
    }

    func record() {
        let now = now()
        times.withLock { $0.append(now) }
    }
}
