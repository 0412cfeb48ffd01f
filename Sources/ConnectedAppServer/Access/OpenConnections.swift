internal import NIOCore
internal import Synchronization

/// The open connections, and which of them have shown a right credential.
///
/// Beyond the maximum the oldest connection without a credential is closed. A connection that has shown one is never
/// closed to make room, so nobody without a credential can keep its holder out.
final class OpenConnections: Sendable {
    /// Why the server closed a connection.
    enum Drop: String, CaseIterable {
        /// A request did not arrive in time, or its answer was not read in time.
        case deadline
        /// Nothing happened for a while after an answer. Browsers and programs that keep connections cause it.
        case idle
        /// The oldest connection without a credential made room for another one.
        case limit
    }

    private struct Entry {
        let channel: any Channel
        /// Counts up; the smallest is the oldest.
        let number: Int
        var isTrusted = false
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var opened = 0
        var drops: [Drop: Int] = [:]
    }

    let maximum: Int
    private let state = Mutex(State())

    init(maximum: Int) { self.maximum = maximum }

    var count: Int { state.withLock { $0.entries.count } }

    func drops(for reason: Drop) -> Int { state.withLock { $0.drops[reason] ?? 0 } }

    /// Adds a connection until it is closed; beyond the maximum closes the oldest one without a credential.
    func add(_ channel: any Channel) {
        let evicted = state.withLock { state -> (any Channel)? in
            state.opened += 1
            state.entries[ObjectIdentifier(channel)] = Entry(channel: channel, number: state.opened)
            guard state.entries.count > maximum else { return nil }
            // The newest has shown nothing yet, so there is always one.
            let oldest = state.entries.values.filter { !$0.isTrusted }.min { $0.number < $1.number }
            guard let oldest else { return nil }
            state.entries[ObjectIdentifier(oldest.channel)] = nil
            state.drops[.limit, default: 0] += 1
            return oldest.channel
        }
        channel.closeFuture.whenComplete { _ in self.remove(channel) }
        evicted?.close(promise: nil)
    }

    /// Keeps a connection open when others have to make room: it has shown a right credential.
    func trust(_ channel: any Channel) {
        state.withLock { $0.entries[ObjectIdentifier(channel)]?.isTrusted = true }
    }

    func recordDrop(_ reason: Drop) { state.withLock { $0.drops[reason, default: 0] += 1 } }

    private func remove(_ channel: any Channel) {
        state.withLock { $0.entries[ObjectIdentifier(channel)] = nil }
    }
}
