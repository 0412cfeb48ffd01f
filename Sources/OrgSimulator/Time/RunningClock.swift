import Foundation
import Synchronization

/// An ``OrgClock`` that runs with wall time. It is thread-safe; the simulation and its services share it.
final class RunningClock: Sendable {
    private let clock: Mutex<OrgClock>
    private let wall: @Sendable () -> Date

    init(_ settings: ClockSettings, wall: @escaping @Sendable () -> Date) {
        clock = Mutex(OrgClock(settings, wall: wall()))
        self.wall = wall
    }

    var wallTime: Date { wall() }
    var orgTime: Date { current.orgTime(at: wall()) }

    /// A snapshot of the clock, for several readings that must be consistent.
    var current: OrgClock { clock.withLock { $0 } }

    /// Changes the clock at the current wall time, which `change` receives.
    func adjust(_ change: (inout OrgClock, Date) -> Void) {
        let now = wall()
        clock.withLock { change(&$0, now) }
    }
}
