import ConnectedAppTesting
import Synchronization

@testable import ConnectedApp

/// A store whose process crashes at one of its writes, before or just after the commit. After the crash, every call
/// fails.
final class CrashingStore: RecordStore {
    struct Crash: Error {}

    private struct State {
        var writesLeft: Int
        let isKept: Bool
        var isDead = false
    }

    private let store: MemoryStore
    private let state: Mutex<State>

    /// - Parameters:
    ///   - after: How many writes succeed first.
    ///   - isKept: Whether the write at which the process crashes is committed.
    init(_ store: MemoryStore, after writes: Int, isKept: Bool) {
        self.store = store
        state = Mutex(State(writesLeft: writes, isKept: isKept))
    }

    var isDead: Bool { state.withLock { $0.isDead } }

    func read<T: Sendable>(_ body: @Sendable (any StoreReading) throws -> T) async throws -> T {
        guard !isDead else { throw Crash() }
        return try await store.read(body)
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (any StoreWriting) throws -> T) async throws -> T {
        let (mayRun, dies) = state.withLock { state -> (Bool, Bool) in
            guard !state.isDead else { return (false, true) }
            state.isDead = state.writesLeft == 0
            state.writesLeft -= 1
            return (!state.isDead || state.isKept, state.isDead)
        }
        guard mayRun else { throw Crash() }
        let result = try await store.write(body)
        guard !dies else { throw Crash() }
        return result
    }
}
