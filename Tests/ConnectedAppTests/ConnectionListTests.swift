import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

@Suite("The list of connections and the audit record of one")
struct ConnectionListTests {
    private static let me = Principal(.commandLine, name: "me")

    private func world() async throws -> TestWorld {
        let world = try await TestWorld.connected(.test("one"))
        _ = try await world.service.connections.add(
            .test("two", loginHost: "https://other.my.salesforce.com", username: "i@other.example"), as: Self.me)
        return world
    }

    @Test(
        "Connections without an altered record are listed, and the others are named", arguments: RecordDamage.allCases)
    func altered(_ damage: RecordDamage) async throws {
        let world = try await world()
        let intact = try await world.service.connections.intact(as: Self.me)
        #expect(intact.views.map(\.alias) == ["one", "two"])
        #expect(intact.leftOut == [])
        #expect(intact.altered == nil)
        let appID = try await world.service.targets.preferred("one").appID
        try await damage.apply(to: .app, appID, in: world)
        let list = try await world.service.connections.intact(as: Self.me)
        #expect(list.views.map(\.alias) == ["two"])
        #expect(list.leftOut == ["one"])
        #expect(list.altered?.cause == .recordAltered)
        #expect(
            await thrownByAwaiting { try await world.service.connections.all(as: Self.me) }?.cause == .recordAltered)
    }

    @Test("The audit record of an unknown connection is an error, that of a removed one is not")
    func audit() async throws {
        let world = try await world()
        let error = await thrownByAwaiting {
            try await world.service.audit.records(connection: "tow", limit: 10, as: Self.me)
        }
        #expect(error?.cause == .unknownAlias)
        #expect(error?.description.contains("Did you mean two?") == true)
        #expect(try await !world.service.audit.records(connection: "two", limit: 10, as: Self.me).isEmpty)
        #expect(
            try await world.service.audit.records(connection: "two", act: .tokenHandedOut, limit: 10, as: Self.me)
                .isEmpty)
    }

    @Test("Only a Connected App has the task of moving to an External Client App")
    func migrate() async throws {
        let world = try await TestWorld.connected(.test("one"))
        let guides = try await world.service.guides.all(for: "one", as: Self.me)
        #expect(guides.count == SetupTask.allCases.count - 1)
        #expect(!guides.contains { $0.task == .migrate })
        #expect(
            await thrownByAwaiting { try await world.service.guides.guide(.migrate, for: "one", as: Self.me) }?.cause
                == .usage)
        #expect(SetupTask.migrate.applies(to: .connectedApp))
    }
}
