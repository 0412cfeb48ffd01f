import Foundation

/// Counts events per key within a sliding time window, such as sign-ins of a user in an hour.
struct RollingCount<Key: Hashable & Sendable>: Sendable {
    /// The length of the window in seconds.
    let window: TimeInterval
    /// Events within this many seconds are stored together, which limits the memory for a busy key.
    let resolution: TimeInterval
    private var buckets: [Key: [(time: Date, count: Int)]] = [:]

    init(window: TimeInterval, resolution: TimeInterval) {
        self.window = window
        self.resolution = resolution
    }

    /// Returns the number of events in the window that ends at `time`.
    func count(of key: Key, at time: Date) -> Int {
        buckets[key, default: []].reduce(0) { sum, moment in
            time.timeIntervalSince(moment.time) < window ? sum + moment.count : sum
        }
    }

    /// Counts one event, and forgets the events that are no longer in the window.
    mutating func add(_ key: Key, at time: Date) {
        var list = buckets[key, default: []].filter { time.timeIntervalSince($0.time) < window }
        if let last = list.last, time.timeIntervalSince(last.time) < resolution {
            list[list.count - 1].count += 1
        } else {
            list.append((time, 1))
        }
        buckets[key] = list
    }
}
