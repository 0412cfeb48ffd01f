import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

/// Whether programs may get a connection's access tokens.
@Suite("The permission to get access tokens")
struct TokenPermissionTests {
    private static let me = Principal(.commandLine, name: "me")

    private struct World {
        let service: AppService
        let records: SealedRecords

        /// - Parameter allows: Of the connection `prod`.
        init(allows: Bool) async throws {
            let time = TestTime()
            let memory = MemoryStore()
            var builder = ServiceBuilder(memory, ring: try MasterKeyRing.test(), surroundings: .test(time))
            builder.transports = OneTransport(ScriptedOrg { time.now }.transport)
            records = builder.records
            _ = try await records.initialise()
            service = builder.service()
            var new = NewConnection.test("prod")
            new.allowsTokens = allows
            _ = try await service.connections.add(new, as: me)
        }

        func change(_ allows: Bool) async throws -> ConnectionView {
            var changes = ConnectionChanges()
            changes.allowsTokens = allows
            return try await service.connections.change("prod", changes, as: me)
        }

        /// The cause for which no token is handed out; `nil` if one is.
        func refusal() async throws -> Cause? {
            do {
                _ = try await service.tokens.accessToken(for: "prod", as: me)
                return nil
            } catch let error as ConnectedAppError { return error.cause }
        }

        /// Makes the connection one that was added before the setting existed.
        func forgetPermission() async throws {
            try await records.write { writing in
                var connection = try FoundConnection("prod", writing).connection.value
                connection.allowsTokens = nil
                try writing.save(connection)
            }
        }

        func signIns() async throws -> Int {
            try await service.audit.records(connection: "prod", act: .signedIn, limit: 100, as: me).count
        }
    }

    @Test("By default, a new connection does not allow it, and no sign-in is sent")
    func new() async throws {
        #expect(NewConnection(alias: "a", loginHost: "b", username: "c").allowsTokens == false)
        let world = try await World(allows: false)
        #expect(try await world.refusal() == .tokensNotAllowed)
        #expect(try await world.signIns() == 0)
    }

    @Test("Once it is forbidden, no token that was handed out before is handed out again")
    func forbidden() async throws {
        let world = try await World(allows: true)
        #expect(try await world.refusal() == nil)
        #expect(try await world.change(false).allowsTokens == false)
        #expect(try await world.refusal() == .tokensNotAllowed)
        #expect(try await world.change(true).allowsTokens == true)
        #expect(try await world.refusal() == nil)
    }

    @Test("A connection that is older than the setting allows it, with a warning until somebody decides")
    func old() async throws {
        let world = try await World(allows: false)
        try await world.forgetPermission()
        let old = try await world.service.connections.named("prod", as: Self.me)
        #expect(old.allowsTokens == nil)
        #expect(old.warnings.count == 1)
        #expect(old.warnings.first?.hasPrefix("Programs may get access tokens of this connection") == true)
        #expect(try await world.refusal() == nil)
        #expect(try await world.change(true).warnings.isEmpty)
    }

    @Test("The change is in the audit record, and evidence about sign-ins stays")
    func recorded() async throws {
        let world = try await World(allows: true)
        _ = try await world.service.diagnosis.test("prod", as: Self.me) { _ in }
        let before = try await world.service.connections.named("prod", as: Self.me).state
        let after = try await world.change(false).state
        #expect(after == before)
        #expect(after.seenAt != nil)
        let changes = try await world.service.audit.records(
            connection: "prod", act: .connectionChanged, limit: 10, as: Self.me)
        #expect(changes.map(\.facts) == [["fields": "allowTokens", "allowTokens": "false"]])
    }
}
