package import ConnectedApp
internal import Synchronization

/// A store that fails as often as a test says, and otherwise is the one that it wraps.
package final class FailingStore: RecordStore {
    /// An error that is none of ours.
    package struct Foreign: Error {
        package init() {}
    }

    private struct State {
        var failingReads = 0
        /// Those that still succeed before one fails.
        var goodWrites = 0
        var failingWrites = 0
    }

    private let content: any RecordStore
    private let failure: any Error
    private let state = Mutex(State())

    package init(_ content: any RecordStore, failure: any Error = ConnectedAppError(.diskFull)) {
        self.content = content
        self.failure = failure
    }

    package func failReads(_ count: Int = 1) { state.withLock { $0.failingReads = count } }

    /// - Parameter good: Writes that succeed before.
    package func failWrites(_ count: Int = 1, after good: Int = 0) {
        state.withLock { ($0.goodWrites, $0.failingWrites) = (good, count) }
    }

    package func read<T: Sendable>(_ body: @Sendable (any StoreReading) throws -> T) async throws -> T {
        let fails = state.withLock { state in
            defer { state.failingReads = max(0, state.failingReads - 1) }
            return state.failingReads > 0
        }
        if fails { throw failure }
        return try await content.read(body)
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any StoreWriting) throws -> T) async throws -> T {
        let fails = state.withLock { state in
            guard state.goodWrites == 0 else {
                state.goodWrites -= 1
                return false
            }
            defer { state.failingWrites = max(0, state.failingWrites - 1) }
            return state.failingWrites > 0
        }
        if fails { throw failure }
        return try await content.write(body)
    }
}
