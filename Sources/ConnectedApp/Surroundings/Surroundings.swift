public import Foundation

/// The outside world as it is handed in: nothing in this library looks at a clock, draws a random number or waits by
/// itself.
public struct Surroundings: Sendable {
    /// Wall time, UTC.
    public var now: @Sendable () -> Date
    /// Time since some fixed moment: never set back, and going on while this process is stopped. Leases hang on it.
    public var uptime: @Sendable () -> Duration
    /// Waits; throws where the task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// Unguessable bytes, as many as asked for.
    public var randomBytes: @Sendable (Int) -> [UInt8]
    /// Takes the failures that the work goes on without.
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

    /// Random lower-case hex digits, two a byte.
    package func randomHex(bytes: Int) -> String { randomBytes(bytes).hex }
}

extension Sequence<UInt8> {
    /// Lower-case hexadecimal, no separators.
    package var hex: String {
        map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }
}
