import Foundation

/// Org time as a function of wall time. Propagation, sessions, limits and history use org time.
///
/// The type is a value and receives wall time as an argument, so that tests control both times. Every argument `wall`
/// is the current wall time.
struct OrgClock: Equatable, Sendable {
    /// The org time at ``wallAnchor``.
    private var orgAnchor: Date
    private var wallAnchor: Date
    /// Seconds of org time for each second of wall time.
    private(set) var speed: Double
    private(set) var isFrozen: Bool
    /// The seconds that are added to wall time for the `Date` header and for the check of `exp`.
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

    /// Moves org time forward, also while it is frozen.
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

    /// Returns the settings from which a clock can continue at this time.
    func settings(at wall: Date) -> ClockSettings {
        var settings = ClockSettings()
        settings.orgTime = orgTime(at: wall)
        settings.speed = speed
        settings.frozen = isFrozen
        settings.dateHeaderOffsetSeconds = dateHeaderOffset
        return settings
    }

    /// Makes this time the anchor, so that a change applies only from now on.
    private mutating func anchor(at wall: Date) {
        orgAnchor = orgTime(at: wall)
        wallAnchor = wall
    }
}
