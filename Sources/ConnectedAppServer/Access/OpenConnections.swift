internal import NIOCore
internal import Synchronization

/// The open connections, and which of them have presented an unlimited credential.
///
/// These are *trusted*. Beyond the maximum, the oldest untrusted connection is closed. A trusted one is never closed to make
/// room, so clients without such a credential cannot lock out its holder.
final class OpenConnections: Sendable {
    /// Why the server closed a connection. The raw value is the label `reason` of
    /// `aprity_http_connections_dropped_total` and must not change.
    enum Drop: String, CaseIterable {
        /// A request did not arrive in time, or the response on an untrusted connection was not complete in
        /// time.
        case deadline
        /// The connection was idle after a response. Browsers and programs that keep connections alive cause it.
        case idle
        /// The oldest untrusted connection was closed to make room.
        case limit
    }

    private struct Entry {
        let channel: any Channel
        /// A sequence number; the smallest is the oldest connection.
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

    /// The open connections, without those that are being closed to make room.
    var count: Int { state.withLock { $0.entries.count } }

    /// How many connections were closed for this reason since the server started.
    func drops(for reason: Drop) -> Int { state.withLock { $0.drops[reason] ?? 0 } }

    /// Adds a connection and removes it when it closes. Beyond the maximum, closes the oldest untrusted one.
    func add(_ channel: any Channel) {
        let evicted = state.withLock { state -> (any Channel)? in
            state.opened += 1
            state.entries[ObjectIdentifier(channel)] = Entry(channel: channel, number: state.opened)
            guard state.entries.count > maximum else { return nil }
            // The newest connection has presented nothing yet, so there is always a candidate.
            let oldest = state.entries.values.filter { !$0.isTrusted }.min { $0.number < $1.number }
            guard let oldest else { return nil }
            state.entries[ObjectIdentifier(oldest.channel)] = nil
            state.drops[.limit, default: 0] += 1
            return oldest.channel
        }
        channel.closeFuture.whenComplete { _ in self.remove(channel) }
        evicted?.close(promise: nil)
    }

    /// Protects a connection from eviction. Call it when the client has presented an unlimited credential.
    func trust(_ channel: any Channel) {
        state.withLock { $0.entries[ObjectIdentifier(channel)]?.isTrusted = true }
    }

    /// Counts a connection that the caller closes.
    func recordDrop(_ reason: Drop) { state.withLock { $0.drops[reason, default: 0] += 1 } }

    private func remove(_ channel: any Channel) {
        state.withLock { $0.entries[ObjectIdentifier(channel)] = nil }
    }
}
