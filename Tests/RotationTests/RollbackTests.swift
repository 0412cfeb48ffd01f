import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

@Suite("A rotation that was rolled back, and one that is under way")
struct RollbackTests {
    private static let me = Principal(.commandLine, name: "tester")

    /// A world with a connection whose rotation has the next certificate.
    private func prepared(inSecondApp: Bool = false) async throws -> TestWorld {
        let world = try await TestWorld.connected(.test("acme"))
        _ = try await world.service.rotations.begin(.init(inSecondApp: inSecondApp), of: "acme", as: Self.me)
        return world
    }

    @Test("After a rollback, the former certificate is the one to upload, and the steps say so")
    func steps() async throws {
        let world = try await prepared()
        let former = try await world.service.certificates.current(of: "acme", as: Self.me)
        let next = try await world.service.certificates.next(of: "acme", as: Self.me)
        let told = try await world.service.rotations.confirmUpload(of: "acme", as: Self.me)
        #expect(!told.isRolledBack)
        #expect(told.toDo.isEmpty)

        let back = try await world.service.rotations.rollBack(of: "acme", as: Self.me)
        #expect(back.isRolledBack)
        #expect(back.isActiveRolledBack)
        #expect(back.active.sha256 == next.sha256)
        #expect(back.other?.sha256 == former.sha256)
        #expect(back.otherRole == .former)
        #expect(try await world.service.certificates.next(of: "acme", as: Self.me).sha256 == former.sha256)
        #expect(back.toDo.contains { $0.contains("`aprity certificate download acme --next`") })
        #expect(back.toDo.contains { $0.contains("Upload aprity-acme-\(former.sha256.prefix(8)).crt") })
        #expect(back.toDo.contains { $0.contains("`aprity rotate uploaded acme`") })
        #expect(!back.summary.contains("The upload was reported"))
        #expect(back.summary.contains("the former certificate is to be in force again"))
        #expect(back.waitsFor?.contains("the former key") == true)
        #expect(back.log.last?.what == "Rolled back: the former certificate is to be in force again.")

        let uploaded = try await world.service.rotations.confirmUpload(of: "acme", as: Self.me)
        #expect(uploaded.isRolledBack)
        #expect(uploaded.toDo.isEmpty)
        #expect(uploaded.summary.contains("its upload was reported"))
    }

    @Test("A second rollback makes the next certificate the one to upload again")
    func twice() async throws {
        let world = try await prepared()
        let next = try await world.service.certificates.next(of: "acme", as: Self.me)
        _ = try await world.service.rotations.confirmUpload(of: "acme", as: Self.me)
        _ = try await world.service.rotations.rollBack(of: "acme", as: Self.me)
        let forth = try await world.service.rotations.rollBack(of: "acme", as: Self.me)
        #expect(!forth.isRolledBack)
        #expect(forth.other?.sha256 == next.sha256)
        #expect(forth.otherRole == .next)
        #expect(forth.toDo.contains { $0.contains("Upload aprity-acme-\(next.sha256.prefix(8)).crt") })
        #expect(forth.log.last?.what == "Rolled back: the next certificate is to be in force again.")
    }

    @Test("A rollback to the former app asks for no upload")
    func secondApp() async throws {
        let world = try await prepared(inSecondApp: true)
        _ = try await world.service.rotations.confirmUpload(
            of: "acme", consumerKey: "3MVG9SecondAppOfTheTests", as: Self.me)
        let back = try await world.service.rotations.rollBack(of: "acme", as: Self.me)
        #expect(back.isRolledBack)
        #expect(back.toDo.count == 1)
        #expect(back.toDo.first?.contains("upload nothing") == true)
    }

    @Test("A rotation is shown with its connection, and the certificate that it replaces is marked")
    func underWay() async throws {
        let world = try await TestWorld.connected(.test("acme"))
        let before = try await world.service.connections.named("acme", as: Self.me)
        #expect(before.rotation == .steady)
        #expect(before.certificateBeingReplaced == nil)
        let guideBefore = try await world.service.guides.guide(.certificate, for: "acme", as: Self.me)
        _ = try await world.service.rotations.begin(of: "acme", as: Self.me)
        let during = try await world.service.connections.named("acme", as: Self.me)
        #expect(during.rotation == .prepared)
        let warning = try #require(during.certificateBeingReplaced).sentence(for: .commandLine)
        #expect(warning.contains("undoes the rotation"))
        #expect(warning.contains("`aprity certificate download acme --next`"))
        let guide = try await world.service.guides.guide(.certificate, for: "acme", as: Self.me)
        #expect(guide.steps == [warning] + guideBefore.steps)
    }

    @Test("With a second app, the certificate of the present app is not being replaced")
    func secondAppUnderWay() async throws {
        let world = try await prepared(inSecondApp: true)
        let view = try await world.service.connections.named("acme", as: Self.me)
        #expect(view.rotation == .prepared)
        #expect(view.certificateBeingReplaced == nil)
    }

    @Test("Without a rotation, the error says how to begin one")
    func noRotation() async throws {
        let world = try await TestWorld.connected(.test("acme"))
        let never = await thrownByAwaiting { _ = try await world.service.rotations.rollBack(of: "acme", as: Self.me) }
        #expect(never?.cause == .rotationRefused)
        #expect(never?.remedy == "To begin one, run `aprity rotate start acme`.")
    }

    @Test("A stored rotation of an older version counts as not rolled back")
    func olderRecord() throws {
        var rotation = Rotation(steadyWith: "a")
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        try rotation.apply(.begun(next: "b"), at: now)
        try rotation.apply(.nextCreated, at: now)
        try rotation.apply(.uploadReported, at: now)
        try rotation.apply(.rollbackReported, at: now)
        #expect(rotation.isRolledBack)
        var object = try #require(
            JSONSerialization.jsonObject(with: JSONEncoder().encode(rotation)) as? [String: Any])
        object["replaces"] = nil
        object["rolledBackAt"] = nil
        let older = try JSONDecoder().decode(Rotation.self, from: JSONSerialization.data(withJSONObject: object))
        #expect(older.state == rotation.state)
        #expect(!older.isRolledBack)
        #expect(older.rolledBackAt == nil)
    }
}
