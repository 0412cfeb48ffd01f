package import ConnectedApp
internal import Synchronization

/// Wraps a store and makes a given number of its transactions fail, before they run.
package final class FailingStore: RecordStore {
    /// An error of a type that the code under test does not know.
    package struct ForeignError: Error {
        package init() {}
    }

    private struct State {
        var failingReads = 0
        var writesBeforeFailure = 0
        var failingWrites = 0
    }

    private let wrapped: any RecordStore
    private let failure: any Error
    private let state = Mutex(State())

    /// - Parameter failure: The error that failing reads and writes throw.
    package init(_ wrapped: any RecordStore, failure: any Error = ConnectedAppError(.diskFull)) {
        self.wrapped = wrapped
        self.failure = failure
    }

    /// Makes the next `count` reads fail.
    package func failReads(_ count: Int = 1) { state.withLock { $0.failingReads = count } }

    /// Makes `count` writes fail. Replaces what an earlier call asked for.
    ///
    /// - Parameter successes: How many writes succeed before the first one fails.
    package func failWrites(_ count: Int = 1, after successes: Int = 0) {
        state.withLock { ($0.writesBeforeFailure, $0.failingWrites) = (successes, count) }
    }

    package func read<T: Sendable>(_ body: @Sendable (any StoreReading) throws -> T) async throws -> T {
        let fails = state.withLock { state in
            defer { state.failingReads = max(0, state.failingReads - 1) }
            return state.failingReads > 0
        }
        if fails { throw failure }
        return try await wrapped.read(body)
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any StoreWriting) throws -> T) async throws -> T {
        let fails = state.withLock { state in
            guard state.writesBeforeFailure == 0 else {
                state.writesBeforeFailure -= 1
                return false
            }
            defer { state.failingWrites = max(0, state.failingWrites - 1) }
            return state.failingWrites > 0
        }
        if fails { throw failure }
        return try await wrapped.write(body)
    }
}
