import Foundation
import JWTBearer
import Testing

@testable import ConnectedApp

@Suite("The rotation's state machine")
struct RotationMachineTests {
    private static let start = Date(timeIntervalSince1970: 1_795_435_200)

    /// The next state for each state and event. Events that are not listed are rejected without a change.
    private static let table: [RotationStateName: [String: RotationStateName]] = [
        .steady: ["begun": .generating],
        .generating: ["made": .prepared, "abandoned": .steady],
        .prepared: [
            "uploadTold": .publishing, "accepted active": .prepared, "accepted next": .proving,
            "refused active": .prepared, "refused next": .prepared, "neitherAccepted": .prepared,
            "abandoned": .retiring,
        ],
        .publishing: [
            "uploadTold": .publishing, "accepted active": .publishing, "accepted next": .proving,
            "refused active": .publishing, "refused next": .publishing, "neitherAccepted": .publishing,
            "rollbackTold": .publishing,
        ],
        .proving: [
            "uploadTold": .publishing, "accepted active": .proving, "accepted next": .proving,
            "refused active": .proving, "refused next": .proving, "neitherAccepted": .proving,
            "rollbackTold": .publishing,
        ],
        .retiring: [
            "accepted active": .proving, "accepted next": .retiring, "refused active": .retiring,
            "refused next": .retiring, "neitherAccepted": .retiring, "rollbackTold": .publishing,
            "oldCompromised": .retiring,
        ],
        .destroying: ["destroyed": .steady],
    ]

    private static let events: [(String, Rotation.Event)] = [
        ("begun", .begun(next: "next")), ("made", .nextCreated), ("uploadTold", .uploadReported),
        ("accepted active", .accepted("active")), ("accepted next", .accepted("next")),
        ("refused active", .refused("active")), ("refused next", .refused("next")),
        ("accepted stranger", .accepted("stranger")), ("refused stranger", .refused("stranger")),
        ("neitherAccepted", .neitherAccepted), ("proven", .proven), ("rollbackTold", .rollbackReported),
        ("abandoned", .abandoned), ("oldCompromised", .oldCompromised), ("destructionBegan", .destructionBegan),
        ("destroyed", .destroyed),
    ]

    @Test(
        "In each state, every event is either allowed, or rejected without a change",
        arguments: RotationStateName.allCases)
    func table(name: RotationStateName) throws {
        for (word, event) in Self.events {
            var rotation = try Self.rotation(in: name)
            let before = rotation
            let expected = Self.table[name]?[word]
            do throws(Rotation.Refusal) {
                try rotation.apply(event, at: Self.start.addingTimeInterval(9_000))
                #expect(rotation.state.name == expected, "\(name) \(word)")
            } catch {
                #expect(expected == nil, "\(name) \(word)")
                #expect(rotation == before)
                #expect(error == Rotation.Refusal(state: before.state, event: event))
            }
        }
    }

    @Test("The proof needs the time window and both kinds of answers", arguments: [false, true])
    func proven(hasTwoApps: Bool) throws {
        var rotation = try Self.rotation(in: .proving, hasTwoApps: hasTwoApps)
        let needed = hasTwoApps ? Rotation.takenNeededOfTwoApps : Rotation.takenNeeded
        let since = Self.start
        for number in 0..<needed { try rotation.apply(.accepted("next"), at: since.addingTimeInterval(Double(number))) }
        #expect(!rotation.isProven(at: since.addingTimeInterval(599)))
        let later = since.addingTimeInterval(601)
        if !hasTwoApps {
            for _ in 1..<Rotation.counterRefusedNeeded { try rotation.apply(.refused("active"), at: later) }
            #expect(!rotation.isProven(at: later))
            try rotation.apply(.refused("active"), at: later)
        }
        #expect(rotation.isProven(at: later))
        var stale = rotation
        try stale.apply(.refused("next"), at: later)
        #expect(!stale.isProven(at: later))
        try rotation.apply(.proven, at: later)
        #expect(rotation.state == .retiring(active: "next", old: "active", until: later.addingTimeInterval(86_400)))
    }

    @Test(
        "The rotation waits for answers during the proof and before the former key is destroyed",
        arguments: [false, true])
    func answersNeeded(hasTwoApps: Bool) throws {
        for name in RotationStateName.allCases {
            let needed = try Self.rotation(in: name, hasTwoApps: hasTwoApps).answersNeeded(at: Self.start)
            #expect(needed.taken == (name == .proving ? hasTwoApps ? 32 : 16 : 0), "\(name)")
            #expect(needed.counterRefused == (name == .proving && !hasTwoApps ? 12 : 0), "\(name)")
        }
        let retiring = try Self.rotation(in: .retiring, hasTwoApps: hasTwoApps)
        guard case .retiring(_, _, let until) = retiring.state else { throw Unreached() }
        #expect(retiring.answersNeeded(at: until.addingTimeInterval(-1)).counterRefused == 0)
        #expect(retiring.answersNeeded(at: until).counterRefused == 12)
        #expect(retiring.answersNeeded(at: until).taken == 0)
    }

    @Test("A given-up next key is not a former key, so there is nothing to roll back")
    func givenUp() throws {
        var rotation = try Self.rotation(in: .prepared)
        try rotation.apply(.abandoned, at: Self.start)
        #expect(rotation.isGivenUp)
        #expect(
            rotation.state == .retiring(active: "active", old: "next", until: Self.start.addingTimeInterval(86_400)))
        #expect(throws: Rotation.Refusal.self) { try rotation.apply(.rollbackReported, at: Self.start) }
        #expect(try !Self.rotation(in: .retiring).isGivenUp)
    }

    @Test("A given-up key of a second app without a known Consumer Key is destroyed after its day without probes")
    func givenUpForSecondApp() throws {
        var rotation = try Self.rotation(in: .prepared, hasTwoApps: true)
        try rotation.apply(.abandoned, at: Self.start)
        let until = Self.start.addingTimeInterval(86_400)
        #expect(rotation.step(at: until.addingTimeInterval(-1), lastProbe: nil) == .wait(until: until))
        #expect(rotation.step(at: until, lastProbe: nil) == .beginDestruction)
        #expect(rotation.answersNeeded(at: until).counterRefused == 0)
        try rotation.apply(.destructionBegan, at: until)
        #expect(rotation.isGivenUp)
    }

    @Test("A rotation stored by an older version can be read; its given-up key counts as a former key")
    func storedByOlderVersion() throws {
        var rotation = try Self.rotation(in: .prepared)
        try rotation.apply(.abandoned, at: Self.start)
        let stored = try JSONEncoder().encode(rotation)
        var members = try #require(try JSONSerialization.jsonObject(with: stored) as? [String: Any])
        #expect(members["givenUp"] as? String == "next")
        members["givenUp"] = nil
        let older = try JSONDecoder().decode(Rotation.self, from: JSONSerialization.data(withJSONObject: members))
        #expect(older.state == rotation.state)
        #expect(!older.isGivenUp)
    }

    @Test("After giving up a certificate, impossible steps are rejected with the reason and the time until then")
    func givenUpRefusals() throws {
        let principal = Principal(.commandLine, name: "me")
        var record = RotationRecord(try Self.rotation(in: .prepared), of: "app", otherApp: nil, at: Self.start)
        try record.apply(.abandoned, at: Self.start, by: principal)
        let until = Self.start.addingTimeInterval(86_400).ISO8601Format()
        func refusal(_ event: Rotation.Event) -> ConnectedAppError? {
            var copy = record
            do throws(ConnectedAppError) { try copy.apply(event, at: Self.start, by: principal) } catch { return error }
            return nil
        }
        let events: [Rotation.Event] = [.begun(next: "x"), .abandoned, .rollbackReported, .uploadReported]
        let refusals = events.map { refusal($0) }
        #expect(refusals.allSatisfy { $0?.cause == .rotationRefused })
        #expect(refusals.allSatisfy { $0?.detail?.contains("given up") == true })
        #expect(refusals[0]?.detail?.contains("kept at least until \(until)") == true)
        #expect(refusals[1]?.detail?.contains("kept at least until \(until)") == true)
    }

    @Test("A late answer is ignored", arguments: RotationStateName.allCases)
    func lateAnswer(_ state: RotationStateName) throws {
        let former = RotationRecord(try Self.rotation(in: state), of: "app", otherApp: nil, at: Self.start)
        var record = former
        let isApplied = record.applyIfPossible(
            .refused("next"), at: Self.start, by: Principal(.commandLine, name: "me"))
        #expect(isApplied == (Self.table[state]?["refused next"] != nil))
        #expect((record == former) == !isApplied)
    }

    @Test("Every refusal has a sentence with its reason", arguments: RotationStateName.allCases)
    func refusalSentences(_ state: RotationStateName) throws {
        for (word, event) in Self.events {
            var record = RotationRecord(try Self.rotation(in: state), of: "app", otherApp: nil, at: Self.start)
            do throws(ConnectedAppError) {
                try record.apply(event, at: Self.start, by: Principal(.commandLine, name: "me"))
            } catch {
                #expect(error.detail?.hasSuffix(".") == true, "\(word)")
            }
        }
    }

    private struct Unreached: Error {}

    @Test("The former key is destroyed only after a day and after enough refusals")
    func destruction() throws {
        var rotation = try Self.rotation(in: .retiring)
        guard case .retiring(_, _, let until) = rotation.state else {
            throw Rotation.Refusal(state: rotation.state, event: .nextCreated)
        }
        for _ in 1..<Rotation.counterRefusedNeeded { try rotation.apply(.refused("active"), at: until) }
        #expect(throws: Rotation.Refusal.self) { try rotation.apply(.destructionBegan, at: until) }
        try rotation.apply(.refused("active"), at: until)
        #expect(throws: Rotation.Refusal.self) {
            try rotation.apply(.destructionBegan, at: until.addingTimeInterval(-1))
        }
        var taken = rotation
        try taken.apply(.accepted("active"), at: until)
        #expect(taken.state.name == .proving)
        try rotation.apply(.destructionBegan, at: until)
        #expect(rotation.signingOrder == ["next"])
    }

    @Test("Setting the clock back does not stop the probes")
    func clockSetBack() throws {
        let rotation = try Self.rotation(in: .publishing)
        let now = Self.start.addingTimeInterval(9_000)
        #expect(rotation.step(at: now, lastProbe: now.addingTimeInterval(86_400)) == .probe("next"))
    }

    @Test(
        "In random courses of events, no key that a server accepts is destroyed, unless a save is spreading",
        arguments: 1...200)
    func model(seed: Int) throws {
        let dice = Dice(seed: UInt64(seed))
        var rotation = try Self.rotation(in: .prepared)
        var servers = Array(repeating: "active", count: 8)
        var pending: [(server: Int, key: String, at: Date)] = []
        var now = Self.start.addingTimeInterval(100)
        var lastSaved = now
        for _ in 0..<3_000 {
            now += dice.seconds(1...400)
            for change in pending where change.at <= now { servers[change.server] = change.key }
            pending.removeAll { $0.at <= now }
            if dice.happens(0.01) {
                let key = dice.happens(0.7) ? "next" : dice.happens(0.5) ? "active" : "foreign"
                let at = now
                lastSaved = now
                pending = (0..<8).map { ($0, key, at.addingTimeInterval(dice.seconds(100...600))) }
            }
            if dice.happens(0.02) { try? rotation.apply(.uploadReported, at: now) }
            if dice.happens(0.003) { try? rotation.apply(.rollbackReported, at: now) }
            let server = servers[dice.number(below: 8)]
            switch rotation.step(at: now, lastProbe: nil) {
            case .probe(let key): try? rotation.apply(server == key ? .accepted(key) : .refused(key), at: now)
            case .conclude: try? rotation.apply(.proven, at: now)
            case .beginDestruction: try? rotation.apply(.destructionBegan, at: now)
            case .destroy(let key):
                // A certificate that was saved again within the last ten minutes may still be spreading; aprity cannot
                // know of it.
                let isSpreading = now.timeIntervalSince(lastSaved) < 600
                #expect(
                    isSpreading || !servers.contains(key), "seed \(seed): \(key) is destroyed, but in force on a server"
                )
                return
            case .generate, .wait, .waitForAdmin: break
            }
        }
    }

    /// Returns a rotation that reached a state by the shortest path.
    private static func rotation(in name: RotationStateName, hasTwoApps: Bool = false) throws -> Rotation {
        var rotation = Rotation(steadyWith: "active", hasTwoApps: hasTwoApps)
        let events: [Rotation.Event] = [.begun(next: "next"), .nextCreated, .uploadReported, .accepted("next")]
        for event in events where rotation.state.name != name { try rotation.apply(event, at: start) }
        guard [.retiring, .destroying].contains(name) else { return rotation }
        let later = start.addingTimeInterval(601)
        for _ in 0..<Rotation.takenNeededOfTwoApps { try rotation.apply(.accepted("next"), at: later) }
        if !hasTwoApps {
            for _ in 0..<Rotation.counterRefusedNeeded { try rotation.apply(.refused("active"), at: later) }
        }
        try rotation.apply(.proven, at: later)
        guard name == .destroying else { return rotation }
        let end = later.addingTimeInterval(86_401)
        for _ in 0..<Rotation.counterRefusedNeeded { try rotation.apply(.refused("active"), at: end) }
        try rotation.apply(.destructionBegan, at: end)
        return rotation
    }
}
