import Foundation
import Testing

@testable import ConnectedApp

/// The command line and the Settings page show the same words.
@Suite("Verdicts in words")
struct VerdictTests {
    private static func view(_ outcome: TestOutcome, connects: Bool = false, waitingUntil: Date? = nil) -> TestView {
        let needed: [TestStep] = connects ? [.signIn, .organization, .api, .metadata] : []
        return TestView(
            connection: "acme", outcome: outcome, cause: nil,
            steps: needed.map {
                TestView.Step(
                    id: $0, outcome: .passes, skipped: nil, because: "", notice: nil, elapsedSeconds: 0, evidence: [:])
            }, probes: [], signInsUsed: 1, waitingUntil: waitingUntil, finishedAt: Date(timeIntervalSince1970: 0))
    }

    @Test(
        "A connection test",
        arguments: [
            (.passes, false, "The connection works.", .good), (.fails, false, "The connection does not work.", .bad),
            (.fails, true, "The connection works, but the app or the user is not set up as required.", .warn),
            (.unknown, false, "It is not known whether the connection works.", .warn),
            (.waiting, false, "Salesforce may still be spreading a change.", .warn),
        ] as [(TestOutcome, Bool, String, Tone)])
    func test(_ outcome: TestOutcome, _ connects: Bool, _ headline: String, _ tone: Tone) {
        let view = Self.view(outcome, connects: connects)
        #expect(view.headline == headline)
        #expect(view.tone == tone)
        #expect(view.advice == nil)
    }

    @Test("While a change may be spreading, the advice names the time after which spreading is not the cause")
    func advice() throws {
        let view = Self.view(.waiting, waitingUntil: Date(timeIntervalSince1970: 1_800_000_000))
        let advice = try #require(view.advice)
        #expect(advice.sentences.hasPrefix("A change of the app takes 2 to 10 minutes"))
        #expect(advice.sentences.hasSuffix("still fails after 2027-01-15T08:00:00Z, spreading is not the cause."))
        #expect(Self.view(.fails, waitingUntil: Date()).advice == nil)
    }

    @Test(
        "The key's reach",
        arguments: [
            (1, ["profile X (1)"], "could sign in as 1 user, by profile X (1)", true),
            (2, [], "could sign in as 2 users", false), (nil, [], nil, nil),
        ] as [(Int?, [String], String?, Bool?)])
    func reach(_ users: Int?, _ by: [String], _ extent: String?, _ isRight: Bool?) {
        let reach = AppCheckView.Reach(users: users, usernames: [], by: by, because: nil)
        #expect(reach.extent == extent)
        #expect(reach.isRight == isRight)
    }

    @Test("The proof of a rotation")
    func evidence() {
        func sentences(_ taken: (Int, Int), _ refused: (Int, Int)) -> String? {
            RotationView.EvidenceView(
                taken: taken.0, takenNeeded: taken.1, counterRefused: refused.0, counterRefusedNeeded: refused.1,
                lastStaleAt: nil, missChance: 0.0312, neitherAcceptedAt: nil, probes: 0, probesRefused: 0, trouble: nil
            ).sentences(on: .former)
        }
        #expect(sentences((0, 0), (0, 0)) == nil)
        #expect(sentences((0, 0), (0, 12)) == "The former key was refused 0 of the required 12 times.")
        #expect(sentences((0, 9), (0, 0)) == "The key to keep was accepted 0 of the required 9 times.")
        #expect(
            sentences((3, 9), (2, 12))
                == "The key to keep was accepted 3 of the required 9 times; the other key was refused 2 of the required "
                + "12 times. The chance that these answers missed one stale server of eight is 3.1%.")
    }
}
