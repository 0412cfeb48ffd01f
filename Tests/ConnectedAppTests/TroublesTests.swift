import ConnectedAppTesting
import Foundation
import Logging
import Testing

@testable import ConnectedApp

@Suite("Tolerated failures")
struct TroublesTests {
    private static let pause = Troubles.pause

    @Test("Each failure is counted, and the same one is logged once in ten minutes")
    func countedAndLogged() {
        let lines = LoggedLines()
        let troubles = Troubles(logger: lines.logger())
        let full = ConnectedAppError(.diskFull, evidence: ["path": "/home"])
        for second in 0..<3 { troubles.note(full, at: .notices, uptime: .seconds(second)) }
        troubles.note(ConnectedAppError(.storeBusy), at: .notices, uptime: .seconds(3))
        troubles.note(full, at: .watch, uptime: .seconds(4))
        #expect(troubles.counts[.notices] == 4)
        #expect(troubles.counts[.watch] == 1)
        #expect(troubles.counts[.appCheck] == 0)
        #expect(lines.all.count == 3)
        troubles.note(full, at: .notices, uptime: Self.pause)
        #expect(lines.all.count == 4)
        #expect(lines.all[0].hasPrefix("warning: A part of the work failed"))
        for fact in [#""place": notices"#, #""code": diskFull"#, #""path": /home"#, #""sinceStart": 1"#] {
            #expect(lines.all[0].contains(fact), "\(lines.all[0])")
        }
    }

    @Test("Failures that correct themselves are logged at debug level only")
    func levels() {
        let (quiet, all) = (LoggedLines(), LoggedLines())
        for lines in [quiet, all] {
            let troubles = Troubles(logger: lines.logger(lines === all ? .debug : .warning))
            troubles.note(ConnectedAppError(.timedOut), at: .othersUse, uptime: .zero)
            #expect(troubles.counts[.othersUse] == 1)
        }
        #expect(quiet.all == [])
        #expect(all.all.first?.hasPrefix("debug: ") == true)
    }

    @Test("For an error that is not aprity's, only the type is shown")
    func foreign() {
        struct Leaky: Error { let secret = "00D!token" }
        let lines = LoggedLines()
        Troubles(logger: lines.logger()).note(Leaky(), at: .watch, uptime: .zero)
        #expect(lines.all.first?.contains(#""error": Leaky"#) == true)
        #expect(lines.all.first?.contains("00D!token") == false)
    }

    @Test("A cancelled task is not a failure")
    func cancelled() async {
        let surroundings = Surroundings.test(TestTime())
        let nothing: Int? = await surroundings.tolerating(.watch) { () async throws -> Int in throw CancellationError()
        }
        #expect(nothing == nil)
        #expect(surroundings.troubles.counts[.watch] == 0)
        let seven = surroundings.tolerating(.watch, [:], { () throws -> Int in 7 })
        #expect(seven == 7)
    }
}
