import ConnectedAppTesting
import Foundation
import Synchronization
import Testing

@testable import ConnectedApp

/// Hand-outs of tokens that are recorded together.
@Suite("Hand-outs")
struct HandOutTests {
    private static let me = Principal(.commandLine, name: "me")

    /// A world with the connections `a` and `b` of two apps, both with a token.
    private static func world(_ store: (any RecordStore) -> any RecordStore = { $0 }) async throws -> AppService {
        let time = TestTime()
        let memory = MemoryStore()
        var builder = ServiceBuilder(memory, ring: try MasterKeyRing.test(), surroundings: .test(time))
        builder.records = SealedRecords(store: store(memory), ring: try MasterKeyRing.test())
        builder.transports = OneTransport(ScriptedOrg { time.now }.transport)
        _ = try await builder.records.initialise()
        let service = builder.service()
        for alias in ["a", "b"] {
            _ = try await service.connections.add(.test(alias, consumerKey: "3MVG9.key_of_\(alias)"), as: me)
            _ = try await service.tokens.accessToken(for: alias, as: me)
        }
        return service
    }

    private static func handOuts(_ service: AppService, of alias: String) async throws -> Int {
        try await service.audit.records(connection: alias, act: .tokenHandedOut, limit: 1000, as: me).count
    }

    /// Asks for tokens of both connections at once, and returns the cause of each failure; `nil` for a token.
    private static func causes(_ count: Int, _ service: AppService) async -> [String: [Cause?]] {
        await withTaskGroup(of: (String, Cause?).self) { group in
            for number in 0..<count {
                let alias = number.isMultiple(of: 2) ? "a" : "b"
                group.addTask {
                    do {
                        _ = try await service.tokens.accessToken(for: alias, as: me)
                        return (alias, nil)
                    } catch {
                        return (alias, (error as? ConnectedAppError)?.cause ?? .internalError)
                    }
                }
            }
            var causes: [String: [Cause?]] = [:]
            for await (alias, cause) in group { causes[alias, default: []].append(cause) }
            return causes
        }
    }

    @Test("Each of many concurrent hand-outs is in the audit record")
    func recorded() async throws {
        let service = try await Self.world()
        let causes = await Self.causes(100, service)
        #expect(causes["a"] == Array(repeating: nil, count: 50))
        #expect(causes["b"] == Array(repeating: nil, count: 50))
        #expect(try await Self.handOuts(service, of: "a") == 51)
        #expect(try await Self.handOuts(service, of: "b") == 51)
    }

    @Test("A blocked app gets no token, and the hand-outs of other apps at the same time do")
    func oneBlocked() async throws {
        let service = try await Self.world()
        _ = try await service.blocks.block("b", reason: "drill", as: Self.me)
        let causes = await Self.causes(20, service)
        #expect(causes["a"] == Array(repeating: nil, count: 10))
        #expect(causes["b"] == Array(repeating: .blocked, count: 10))
        #expect(try await Self.handOuts(service, of: "b") == 1)
    }

    @Test("If hand-outs cannot be recorded, none returns a token")
    func unrecorded() async throws {
        let failing = Mutex<FailingStore?>(nil)
        let service = try await Self.world { store in
            let wrapped = FailingStore(store)
            failing.withLock { $0 = wrapped }
            return wrapped
        }
        let store = try #require(failing.withLock { $0 })
        store.failWrites(1000)
        let causes = await Self.causes(20, service)
        #expect(causes["a"] == Array(repeating: .diskFull, count: 10))
        #expect(causes["b"] == Array(repeating: .diskFull, count: 10))
        store.failWrites(0)
        #expect(try await Self.handOuts(service, of: "a") == 1)
    }

    @Test("A removed connection is not found, although its token is still known")
    func removed() async throws {
        let service = try await Self.world()
        try await service.connections.remove("b", as: Self.me)
        let error = await thrownByAwaiting { try await service.tokens.accessToken(for: "b", as: Self.me) }
        #expect(error?.cause == .unknownAlias)
    }

    @Test("Hand-outs that wait at the same time share a transaction")
    func together() async throws {
        let counted = Mutex<CountingStore?>(nil)
        let service = try await Self.world { store in
            let wrapped = CountingStore(store)
            counted.withLock { $0 = wrapped }
            return wrapped
        }
        let store = try #require(counted.withLock { $0 })
        let before = store.writes
        _ = await Self.causes(200, service)
        #expect(store.writes - before < 100)
    }
}

/// Counts the writes of a store.
private final class CountingStore: RecordStore {
    private let wrapped: any RecordStore
    private let count = Mutex(0)

    init(_ wrapped: any RecordStore) { self.wrapped = wrapped }

    var writes: Int { count.withLock { $0 } }

    func read<T: Sendable>(_ body: @Sendable (any StoreReading) throws -> T) async throws -> T {
        try await wrapped.read(body)
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (any StoreWriting) throws -> T) async throws -> T {
        count.withLock { $0 += 1 }
        return try await wrapped.write(body)
    }
}
