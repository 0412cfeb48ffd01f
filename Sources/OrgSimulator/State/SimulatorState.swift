import Foundation

/// All that the simulator is told and tells about its orgs: one JSON document.
///
/// The same document is the seed file and the body of `GET`, `PUT` and `PATCH /state`. A key that is not
/// listed is an error, a key that is left out has the default shown here.
struct SimulatorState: Codable, Equatable, Sendable {
    var orgs: [Org] = []
    var clock = ClockSettings()
    var switches = Switches()
    var faults: [Fault] = []
    var random = RandomSettings()

    init() {}

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        orgs = try keys.value(.orgs, or: orgs)
        clock = try keys.value(.clock, or: clock)
        switches = try keys.value(.switches, or: switches)
        faults = try keys.value(.faults, or: faults)
        random = try keys.value(.random, or: random)
    }
}

/// Org time and the time that the `Date` header and `exp` follow.
struct ClockSettings: Codable, Equatable, Sendable {
    /// Org time at the moment the document is read or written; nil: wall time.
    var orgTime: Date?
    /// Seconds of org time for each second of wall time, above 0 and at most 1,000,000.
    var speed = 1.0
    var frozen = false
    /// Added to wall time in the `Date` header and in the look at `exp`.
    var dateHeaderOffsetSeconds = 0.0

    init() {}

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        orgTime = try keys.decodeIfPresent(Date.self, forKey: .orgTime)
        speed = try keys.value(.speed, or: speed)
        frozen = try keys.value(.frozen, or: frozen)
        dateHeaderOffsetSeconds = try keys.value(.dateHeaderOffsetSeconds, or: dateHeaderOffsetSeconds)
    }
}

/// Where every random choice of the simulator comes from.
struct RandomSettings: Codable, Equatable, Sendable {
    /// Two simulators with one seed and the same requests choose alike. At most 2^53 - 1, so that any JSON reader keeps it.
    var seed: UInt64 = 1

    init() {}

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        seed = try keys.value(.seed, or: seed)
    }
}
