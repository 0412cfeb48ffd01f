import ConnectedApp
import ConnectedAppTesting
import Foundation
import Synchronization

/// A clock that advances when a task sleeps: the task wakes at once, at the later time.
final class HarnessClock: Sendable {
    private let time: Mutex<Date>

    init(_ start: Date = Date(timeIntervalSince1970: 1_795_435_200)) { time = Mutex(start) }

    var now: Date { time.withLock { $0 } }

    func advance(by seconds: TimeInterval) { time.withLock { $0.addTimeInterval(seconds) } }

    func surroundings(seed: UInt64) -> Surroundings {
        let random = SeededRandom(seed: seed)
        return Surroundings(
            now: { self.now }, uptime: { .milliseconds(Int64(self.now.timeIntervalSince1970 * 1000)) },
            sleep: { self.advance(by: $0 / .seconds(1)) }, randomBytes: { random.bytes($0) })
    }
}

/// Pseudorandom decisions from a seed.
struct Dice {
    private let random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// Returns a number from 0 up to, but not including, `limit`; 0 if `limit` is below 1.
    func number(below limit: Int) -> Int {
        let bytes = random.bytes(8)
        return Int(bytes.reduce(0) { ($0 << 8 | UInt64($1)) & 0x7FFF_FFFF_FFFF_FFFF } % UInt64(max(limit, 1)))
    }

    func seconds(_ range: ClosedRange<Double>) -> TimeInterval {
        range.lowerBound + (range.upperBound - range.lowerBound) * Double(number(below: 1_000)) / 1_000
    }

    /// - Parameter chance: The probability, from 0 to 1, in steps of a thousandth.
    func happens(_ chance: Double) -> Bool { Double(number(below: 1_000)) < chance * 1_000 }
}
