internal import ConnectedApp
internal import Synchronization

/// Shows the progress of a listing or a pull on stderr: on a terminal, in one line that changes; elsewhere, in a line every few
/// seconds. What people may want to read later has a line of its own.
struct Progress: Sendable {
    private final class State: Sendable {
        let meter = Mutex(PullMeter())
    }

    private let output: Output
    private let uptime: @Sendable () -> Duration
    private let state = State()

    init(_ output: Output, uptime: @escaping @Sendable () -> Duration) { (self.output, self.uptime) = (output, uptime) }

    var show: @Sendable (PullProgress) -> Void {
        { [self] progress in
            let now = uptime()
            let (line, isDue) = state.meter.withLock { meter in
                meter.add(progress, at: now)
                return (meter.line(at: now), meter.isDue(at: now))
            }
            if progress.isLasting {
                output.transient(nil)
                output.say("aprity: \(progress)")
            } else if isDue, !output.hasTransientLine {
                output.say("aprity: \(line)")
            }
            output.transient("aprity: \(line)")
        }
    }

    /// Removes the line.
    func end() { output.transient(nil) }
}

/// Sums up the progress of a pull.
struct PullMeter {
    private var retrieves = 0
    private var entries: (delivered: Int, all: Int) = (0, 0)
    private var bytes = 0
    private var firstRetrieve: Duration?
    private var activity = ""
    private var lastDue: Duration?

    /// The time between lines where there is no terminal.
    private static let pause = Duration.seconds(5)

    mutating func add(_ progress: PullProgress, at now: Duration) {
        activity = progress.description
        switch progress {
        case .retrieving(let number, _, _):
            retrieves = number
            firstRetrieve = firstRetrieve ?? now
        case .delivered(let delivered, let all, let bytes): (entries, self.bytes) = ((delivered, all), bytes)
        case .listing, .unchanged, .resumed, .collecting, .failed, .waiting, .receiving, .unpacking, .suspended: break
        }
    }

    /// Whether a line is due where there is no terminal. The first call begins to count.
    mutating func isDue(at now: Duration) -> Bool {
        guard let last = lastDue else {
            lastDue = now
            return false
        }
        guard now - last >= Self.pause else { return false }
        lastDue = now
        return true
    }

    func line(at now: Duration) -> String {
        guard retrieves > 0 else { return activity }
        var parts = [retrieves == 1 ? "1 retrieve" : "\(retrieves) retrieves"]
        if entries.all > 0 {
            parts.append("\(entries.delivered) of \(entries.all) entries")
            parts.append("\(bytes / 1_000_000) MB")
        }
        if let left = timeLeft(at: now) { parts.append("about \(left) left") }
        return parts.joined(separator: ", ") + "; " + activity
    }

    /// The estimate from the time that the delivered entries took; `nil` if there are none yet, or none left.
    private func timeLeft(at now: Duration) -> String? {
        guard let firstRetrieve, entries.delivered > 0, entries.delivered < entries.all else { return nil }
        let passed = Double((now - firstRetrieve).components.seconds)
        let seconds = passed / Double(entries.delivered) * Double(entries.all - entries.delivered)
        return seconds < 90 ? "\(Int(seconds)) s" : "\(Int(seconds / 60)) min"
    }
}

extension PullProgress {
    /// Whether the message says something that is not soon replaced by another one.
    fileprivate var isLasting: Bool {
        switch self {
        case .unchanged, .resumed, .collecting, .failed, .retrieving, .suspended: true
        case .listing, .waiting, .receiving, .unpacking, .delivered: false
        }
    }
}
