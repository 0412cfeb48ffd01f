import Foundation
import Synchronization

/// A thread-safe clock that everyone can read and the simulation adjusts.
final class RunningClock: Sendable {
    private let clock: Mutex<OrgClock>
    private let wall: @Sendable () -> Date

    init(_ settings: ClockSettings, wall: @escaping @Sendable () -> Date) {
        clock = Mutex(OrgClock(settings, wall: wall()))
        self.wall = wall
    }

    var wallTime: Date { wall() }
    var orgTime: Date { current.orgTime(at: wall()) }

    var current: OrgClock { clock.withLock { $0 } }

    func adjust(_ change: (inout OrgClock, Date) -> Void) {
        let now = wall()
        clock.withLock { change(&$0, now) }
    }
}
