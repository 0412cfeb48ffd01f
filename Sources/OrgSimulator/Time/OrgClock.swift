import Foundation

/// Org time as a function of wall time. Propagation, sessions, limits and history use org time.
///
/// The type is a value and receives wall time as an argument, so that tests control both times.
struct OrgClock: Equatable, Sendable {
    private var orgAnchor: Date
    private var wallAnchor: Date
    private(set) var speed: Double
    private(set) var isFrozen: Bool
    /// Added to wall time for the `Date` header and for the check of `exp`.
    private(set) var dateHeaderOffset: TimeInterval

    init(_ settings: ClockSettings, wall: Date) {
        orgAnchor = settings.orgTime ?? wall
        wallAnchor = wall
        speed = settings.speed
        isFrozen = settings.frozen
        dateHeaderOffset = settings.dateHeaderOffsetSeconds
    }

    func orgTime(at wall: Date) -> Date {
        isFrozen ? orgAnchor : orgAnchor + wall.timeIntervalSince(wallAnchor) * speed
    }

    /// The time that the `Date` header shows and that `exp` is compared with.
    func headerTime(at wall: Date) -> Date { wall + dateHeaderOffset }

    mutating func step(by seconds: TimeInterval, wall: Date) {
        anchor(at: wall)
        orgAnchor += seconds
    }

    mutating func setSpeed(_ speed: Double, wall: Date) {
        anchor(at: wall)
        self.speed = speed
    }

    mutating func setFrozen(_ frozen: Bool, wall: Date) {
        anchor(at: wall)
        isFrozen = frozen
    }

    func settings(at wall: Date) -> ClockSettings {
        var settings = ClockSettings()
        settings.orgTime = orgTime(at: wall)
        settings.speed = speed
        settings.frozen = isFrozen
        settings.dateHeaderOffsetSeconds = dateHeaderOffset
        return settings
    }

    private mutating func anchor(at wall: Date) {
        orgAnchor = orgTime(at: wall)
        wallAnchor = wall
    }
}
