import Foundation

/// The complete configuration of the simulated orgs, as one JSON document.
///
/// The seed file and the bodies of `GET`, `PUT` and `PATCH /state` use this document. The property names are its keys.
/// Unknown keys are rejected. In a seed file and in `PUT`, an omitted key has the default shown here; in `PATCH`, it
/// keeps its present value. `null` means the default.
struct SimulatorState: Codable, Equatable, Sendable {
    /// The first org also answers at loopback addresses that no other org uses.
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

/// The settings of org time, and of the time used for the `Date` header and `exp`.
struct ClockSettings: Codable, Equatable, Sendable {
    /// Org time at the moment when the document is read or written. If `nil`, org time starts at wall time.
    var orgTime: Date?
    /// Seconds of org time for each second of wall time, above 0 and at most 1,000,000.
    var speed = 1.0
    /// Whether org time is stopped.
    var frozen = false
    /// Seconds added to wall time for the `Date` header and the check of `exp`, from -1e10 to 1e10.
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

/// The settings of the simulator's random choices.
struct RandomSettings: Codable, Equatable, Sendable {
    /// The highest seed, 2^53 - 1. Every JSON reader preserves it.
    static let highestSeed: UInt64 = (1 << 53) - 1

    /// The seed, from 0 to ``highestSeed``. Two simulators with the same seed make the same choices for the same
    /// requests.
    var seed: UInt64 = 1

    init() {}

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        seed = try keys.value(.seed, or: seed)
    }
}
