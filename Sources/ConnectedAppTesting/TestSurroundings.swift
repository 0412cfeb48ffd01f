package import ConnectedApp
internal import Foundation
internal import Synchronization

/// Pseudorandom bytes from a seed, so that a failed test can be repeated.
package final class SeededRandom: Sendable {
    private let state: Mutex<UInt64>

    package init(seed: UInt64) { state = Mutex(seed) }

    package func bytes(_ count: Int) -> [UInt8] {
        state.withLock { state in (0..<count).map { _ in UInt8(truncatingIfNeeded: Self.next(&state) >> 32) } }
    }

    /// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
    private static func next(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension Surroundings {
    /// The machine's clocks and randomness, for tests with several processes.
    package static var machine: Surroundings {
        let start = ContinuousClock.now
        return Surroundings(
            now: { Date() }, uptime: { start.duration(to: .now) }, sleep: { try await Task.sleep(for: $0) },
            randomBytes: { count in (0..<count).map { _ in UInt8.random(in: .min ... .max) } })
    }

    /// The surroundings of a test: its time, and pseudorandom bytes from a seed. Two processes of a test need two
    /// seeds, because they would otherwise draw the same ids.
    package static func test(_ time: TestTime, seed: UInt64 = 1) -> Surroundings {
        let random = SeededRandom(seed: seed)
        return Surroundings(
            now: { time.now }, uptime: { .milliseconds(Int64(time.now.timeIntervalSince1970 * 1000)) },
            sleep: { try await time.sleep($0) }, randomBytes: { random.bytes($0) })
    }
}
