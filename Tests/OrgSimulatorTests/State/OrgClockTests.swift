import Foundation
import Testing

@testable import OrgSimulator

@Suite("Org time")
struct OrgClockTests {
    private let wall = Date(timeIntervalSince1970: 1_790_000_000)

    @Test("Org time follows wall time, can be sped up, stepped and frozen, and does not jump when its speed changes")
    func orgTime() {
        var clock = OrgClock(ClockSettings(), wall: wall)
        #expect(clock.orgTime(at: wall + 10) == wall + 10)
        clock.setSpeed(60, wall: wall + 10)
        #expect(clock.orgTime(at: wall + 10) == wall + 10)
        #expect(clock.orgTime(at: wall + 11) == wall + 70)
        clock.step(by: 1_000, wall: wall + 11)
        #expect(clock.orgTime(at: wall + 11) == wall + 1_070)
        clock.setFrozen(true, wall: wall + 11)
        #expect(clock.orgTime(at: wall + 99) == wall + 1_070)
        clock.step(by: 30, wall: wall + 99)
        clock.setFrozen(false, wall: wall + 100)
        #expect(clock.orgTime(at: wall + 101) == wall + 1_160)
    }

    @Test("The time of the Date header depends only on wall time and its offset")
    func headerTime() {
        var settings = ClockSettings()
        settings.dateHeaderOffsetSeconds = -30
        settings.orgTime = wall + 86_400
        settings.speed = 60
        let clock = OrgClock(settings, wall: wall)
        #expect(clock.headerTime(at: wall + 5) == wall - 25)
        #expect(clock.settings(at: wall + 1).orgTime == wall + 86_460)
    }
}
