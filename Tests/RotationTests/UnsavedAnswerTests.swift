import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

@Suite("Answers of the org that could not be saved")
struct UnsavedAnswerTests {
    private static let alias = OneAppOrg.alias
    private static let me = OneAppOrg.me

    /// A rotation whose proof the next step completes, in a process whose store can be made to fail.
    private struct Proven {
        let org: OneAppOrg
        let store: FailingStore
        let process: AppService
        let target: Target
        let old: String
        let next: String

        init() async throws {
            org = try await OneAppOrg()
            store = FailingStore(org.store)
            process = org.process(on: store, seed: 21)
            _ = try await process.rotations.begin(of: alias, as: me)
            _ = try await process.rotations.confirmUpload(of: alias, as: me)
            target = try await process.targets.preferred(alias)
            let state = try await org.rotation().state
            (old, next) = (state.active, try #require(state.next))
            for _ in 0...Rotation.takenNeeded { await note(.accepted(next)) }
            org.clock.advance(by: Rotation.agreementSeconds + 1)
            for _ in 0..<Rotation.counterRefusedNeeded { await note(.refused(old)) }
        }

        func note(_ event: Rotation.Event) async {
            await process.rotations.changes.recordAnswer(event, of: target, as: me)
        }

        func state(afterStepOf service: AppService) async throws -> RotationStateName {
            try await service.rotations.advance(of: alias, as: me)
            return try await org.rotation().state.name
        }

        var unsaved: [Rotation.Event?] { process.rotations.changes.unsaved.all.map(\.answer.event) }
        var counted: Int? { process.rotations.surroundings.troubles.counts[.rotationEvidence] }
    }

    @Test("Without a failure, the next step completes the proof")
    func control() async throws {
        let proven = try await Proven()
        #expect(try await proven.state(afterStepOf: proven.process) == .retiring)
    }

    @Test("An unsaved refusal of the next key prevents the proof")
    func unwritten() async throws {
        let proven = try await Proven()
        proven.store.failWrites()
        await proven.note(.refused(proven.next))
        #expect(proven.unsaved == [.refused(proven.next)])
        #expect(proven.counted == 1)
        #expect(try await proven.state(afterStepOf: proven.process) == .proving)
        #expect(proven.unsaved == [])
        #expect(try await proven.org.rotation().evidence.lastStale == proven.org.clock.now)
    }

    @Test("A refusal that came while the rotation could not be read prevents the proof")
    func unread() async throws {
        let proven = try await Proven()
        proven.store.failReads()
        await proven.note(.accepted(proven.old))
        #expect(try await proven.state(afterStepOf: proven.process) == .proving)
    }

    @Test("A sign-in whose outcome could not be saved prevents the proof")
    func unfinished() async throws {
        let proven = try await Proven()
        // The first write records the start of the sign-in, the second one its outcome.
        proven.store.failWrites(after: 1)
        await #expect(throws: ConnectedAppError.self) {
            let target = proven.target
            _ = try await proven.process.targets.signIn(as: Self.me).token(
                for: target.identity(), purpose: .rotation)
        }
        #expect(proven.unsaved == [nil])
        #expect(try await proven.state(afterStepOf: proven.process) == .proving)
    }

    @Test("No step is taken until the answer is saved")
    func stillFailing() async throws {
        let proven = try await Proven()
        proven.store.failWrites()
        await proven.note(.refused(proven.next))
        // The first write reads the step itself.
        proven.store.failWrites(after: 1)
        await #expect(throws: ConnectedAppError.self) {
            try await proven.process.rotations.advance(of: Self.alias, as: Self.me)
        }
        #expect(try await proven.org.rotation().state.name == .proving)
        #expect(proven.unsaved.count == 1)
    }

    @Test("An unsaved answer that agrees with the rotation may be lost")
    func agreeing() async throws {
        let proven = try await Proven()
        proven.store.failWrites()
        await proven.note(.accepted(proven.next))
        #expect(try await proven.state(afterStepOf: proven.process) == .retiring)
    }

    @Test("Another process cannot complete the proof either after this one has saved its answers")
    func savedForOthers() async throws {
        let proven = try await Proven()
        proven.store.failWrites()
        await proven.note(.refused(proven.next))
        try await proven.process.rotations.saveAnswers(as: Self.me)
        #expect(proven.unsaved == [])
        #expect(try await proven.state(afterStepOf: proven.org.process(seed: 22)) == .proving)
    }

    @Test("An answer about a removed connection is dropped")
    func gone() async throws {
        let proven = try await Proven()
        let target = proven.target
        proven.process.rotations.changes.unsaved.add(
            .init(appID: target.appID, alias: "gone", event: .refused(target.credentialID)))
        try await proven.process.rotations.saveAnswers(as: Self.me)
        #expect(proven.unsaved == [])
    }
}

extension OneAppOrg {
    /// The rotation as stored.
    fileprivate func rotation() async throws -> Rotation {
        try #require(try await records.read { try FoundConnection(Self.alias, $0).rotation }).rotation
    }
}
