package import ConnectedApp

/// A store whose disk is full: it can be read, but every write throws `.diskFull`.
package struct FullStore: RecordStore {
    private let content: MemoryStore

    package init(_ content: MemoryStore = MemoryStore()) { self.content = content }

    package func read<T: Sendable>(_ body: @Sendable (any StoreReading) throws -> T) async throws -> T {
        try await content.read(body)
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any StoreWriting) throws -> T) async throws -> T {
        throw ConnectedAppError(.diskFull)
    }
}
