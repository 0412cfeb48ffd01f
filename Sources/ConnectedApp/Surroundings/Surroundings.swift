public import Foundation

/// The injected clock, random generator, sleep and log. This library uses no others, so tests can control them.
public struct Surroundings: Sendable {
    /// The wall clock, in UTC.
    public var now: @Sendable () -> Date
    /// The time since some fixed moment. It never goes back, and it continues while the process or the machine is
    /// suspended. Leases depend on that.
    public var uptime: @Sendable () -> Duration
    /// Waits. Throws if the task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// Returns this many bytes, which nobody can predict. Keys and nonces are made from them.
    public var randomBytes: @Sendable (Int) -> [UInt8]
    /// Counts and logs tolerated failures. Copies of this value share it.
    package var troubles = Troubles()

    public init(
        now: @escaping @Sendable () -> Date, uptime: @escaping @Sendable () -> Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void, randomBytes: @escaping @Sendable (Int) -> [UInt8]
    ) {
        self.now = now
        self.uptime = uptime
        self.sleep = sleep
        self.randomBytes = randomBytes
    }

    /// Random lower-case hex digits, two per byte.
    package func randomHex(bytes: Int) -> String { randomBytes(bytes).hex }
}

extension Sequence<UInt8> {
    /// Lower-case hexadecimal, no separators.
    package var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
