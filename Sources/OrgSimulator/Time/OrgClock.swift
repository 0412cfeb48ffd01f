import Foundation

/// Org time as a function of wall time: it drives propagation, sessions, limits and history.
///
/// A value: wall time is passed in, so tests move both as they like.
struct OrgClock: Equatable, Sendable {
    private var orgAnchor: Date
    private var wallAnchor: Date
    private(set) var speed: Double
    private(set) var isFrozen: Bool
    /// Added to wall time in the `Date` header and in the look at `exp`.
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

    /// The time that the `Date` header tells and that `exp` is held against.
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
