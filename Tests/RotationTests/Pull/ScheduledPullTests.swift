import ConnectedAppTesting
import Foundation
import Synchronization
import Testing

@testable import ConnectedApp
@testable import OrgSimulator

/// Pulls that a server makes by itself.
@Suite("Scheduled pulls") struct ScheduledPullTests {
    private let source: EditedSource
    private let org: OneAppOrg

    init() async throws {
        let source = try EditedSource(Dice(seed: 8))
        self.source = source
        org = try await OneAppOrg { $0.source = source.folder.path }
    }

    private func remove() {
        source.remove()
        try? FileManager.default.removeItem(at: org.pullFolder)
    }

    /// Signs in once, so that the connection is pinned to its org.
    private func pin() async throws { _ = try await org.service.metadata.types(of: OneAppOrg.alias, as: OneAppOrg.me) }

    private func schedule(_ text: String?) async throws -> PullStatusView {
        try await org.service.pulls.schedule(
            OneAppOrg.alias, every: try text.map { try PullInterval($0) }, as: OneAppOrg.me)
    }

    private func status() async throws -> PullStatusView {
        try await org.service.pulls.status(of: OneAppOrg.alias, as: OneAppOrg.me)
    }

    /// Pulls as the server's loop does, and returns what it passes on.
    private static func pull(with service: AppService) async -> PullStatusView? {
        let ended = Mutex<PullStatusView?>(nil)
        await service.pulls.perform(
            .init(alias: OneAppOrg.alias, principal: ScheduledPulls.schedule)
        ) { view in ended.withLock { $0 = view } }
        return ended.withLock { $0 }
    }

    private func pull() async -> PullStatusView? { await Self.pull(with: org.service) }

    @Test("A pull is due when its interval has passed")
    func due() async throws {
        defer { remove() }
        try await pin()
        #expect(try await org.service.pulls.due() == [])
        let scheduled = try await schedule("1d")
        #expect(scheduled.state == .scheduled)
        #expect(scheduled.everySeconds == 86_400)
        #expect(scheduled.nextAt == nil)
        #expect(try await org.service.pulls.due() == [OneAppOrg.alias])
        let started = org.clock.now
        let view = try #require(await pull())
        #expect(view.problem == nil)
        #expect(view.startedAt == started)
        #expect(view.nextAt == started.addingTimeInterval(86_400))
        #expect(try await org.service.pulls.due() == [])
        org.clock.advance(by: view.nextAt?.timeIntervalSince(org.clock.now) ?? 0)
        #expect(try await org.service.pulls.due() == [OneAppOrg.alias])
        #expect(try await schedule(nil).state == .off)
        #expect(try await org.service.pulls.due() == [])
    }

    @Test("A pull brings the connection's folder up to date, and its record is what the folder has")
    func result() async throws {
        defer { remove() }
        let first = try #require(await pull()?.result)
        #expect(first.listed > 0)
        #expect(first.delivered == first.listed)
        #expect(first.leftOut == 0)
        source.change(class: 0)
        try source.write()
        org.clock.advance(by: 3_600)
        try await org.simulation.rereadSource(ofOrg: "Harbour Bikes")
        let second = try #require(await pull()?.result)
        #expect(second.changed == 1)
        #expect(second.firstChanges.map(\.kind) == [.changed])
        #expect(second.firstChanges.map(\.change.fullName) == ["Class0"])
        let folder = org.pullFolder.appending(path: OneAppOrg.alias)
        #expect(try await status().folder == folder.path)
        let record = try await org.service.pulls.record(of: OneAppOrg.alias, as: OneAppOrg.me)
        #expect(try Data(contentsOf: folder.appending(path: "aprity-pull.json")) == Data(record))
        let mode = try FileManager.default.attributesOfItem(atPath: org.pullFolder.path)[.posixPermissions] as? Int
        #expect(mode == 0o700)
    }

    @Test("A pull that fails is tried again within the hour, and what was pulled before stays known")
    func failure() async throws {
        defer { remove() }
        _ = try await schedule("1d")
        let before = try #require(await pull()?.result)
        try await org.change([("permissionSets", .strings([]))])
        org.clock.advance(by: 86_400)
        let started = org.clock.now
        let view = try #require(await pull())
        #expect(view.problem?.code == Cause.userNotAdminApproved.rawValue)
        #expect(view.result == before)
        #expect(view.nextAt == started.addingTimeInterval(3_600))
        #expect(try await listed().pullCause == .userNotAdminApproved)
        #expect(try await isListedAsNeedingAction())
        #expect(try await figures()?.fails == true)
        #expect(try await figures()?.succeededAt == before.startedAt)
        try await org.change([("permissionSets", .strings(["Aprity_Integration"]))])
        org.clock.advance(by: 86_400)
        let last = try #require(await pull())
        #expect(last.problem == nil)
        #expect(last.result?.startedAt != before.startedAt)
        #expect(try await listed().pullCause == nil)
        #expect(try await figures()?.fails == false)
    }

    private func listed() async throws -> ConnectionRow {
        try await #require(
            org.service.overviews.list(ConnectionQuery(), as: OneAppOrg.me).rows.first { $0.alias == OneAppOrg.alias })
    }

    private func isListedAsNeedingAction() async throws -> Bool {
        var query = ConnectionQuery()
        query.filter = .needsAction
        return try await org.service.overviews.list(query, as: OneAppOrg.me).rows.contains { $0.hasFailingPull }
    }

    private func figures() async throws -> Figures.Pull? {
        try await org.service.metrics.figures(over: [], as: OneAppOrg.me).connections.first?.pull
    }

    @Test("Without a schedule, a pull that failed is no reason to act")
    func failureWithoutSchedule() async throws {
        defer { remove() }
        _ = try await schedule("1d")
        try await org.change([("permissionSets", .strings([]))])
        // The change takes a few minutes to spread.
        org.clock.advance(by: 3_600)
        #expect(await pull()?.problem != nil)
        #expect(try await listed().hasFailingPull)
        _ = try await schedule(nil)
        #expect(try await !listed().hasFailingPull)
        #expect(try await figures() == nil)
    }

    @Test("A folder whose record cannot be read is moved aside and named, and a new one is pulled")
    func damagedRecord() async throws {
        defer { remove() }
        _ = await pull()
        let folder = org.pullFolder.appending(path: OneAppOrg.alias)
        try Data("{".utf8).write(to: folder.appending(path: "aprity-pull.json"))
        try Data("mine".utf8).write(to: folder.appending(path: "own.txt"))
        let view = try #require(await pull())
        #expect(view.problem == nil)
        #expect(view.result?.since == nil)
        let aside = try #require(view.result?.keptAside.first)
        #expect(try String(contentsOfFile: aside + "/own.txt", encoding: .utf8) == "mine")
        _ = try await org.service.blocks.offboard(OneAppOrg.alias, destroysKeys: true, as: OneAppOrg.me)
        #expect(!FileManager.default.fileExists(atPath: aside))
    }

    @Test("A file where the folder should be stays, and the pull names it")
    func noFolder() async throws {
        defer { remove() }
        try FileManager.default.createDirectory(at: org.pullFolder, withIntermediateDirectories: true)
        let file = org.pullFolder.appending(path: OneAppOrg.alias)
        try Data("mine".utf8).write(to: file)
        #expect(await pull()?.problem?.code == Cause.outputExists.rawValue)
        #expect(try String(contentsOf: file, encoding: .utf8) == "mine")
    }

    @Test("A server puts back at its start what a killed pull has moved aside, and leaves what a pull can go on with")
    func restored() async throws {
        defer { remove() }
        _ = await pull()
        let folder = org.pullFolder.appending(path: OneAppOrg.alias)
        let aside = org.pullFolder.appending(path: ".\(OneAppOrg.alias).replaced-0123456789abcdef")
        try FileManager.default.createDirectory(at: aside, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            at: folder.appending(path: "aprity-pull.json"), to: aside.appending(path: "aprity-pull.json"))
        try Data("mine".utf8).write(to: aside.appending(path: "own.txt"))
        let partial = org.pullFolder.appending(path: ".\(OneAppOrg.alias).partial-0123456789abcdef")
        try FileManager.default.createDirectory(at: partial, withIntermediateDirectories: true)
        let pulls = org.service.pulls
        let run = Task { await pulls.run { _ in } }
        run.cancel()
        await run.value
        #expect(try String(contentsOf: folder.appending(path: "own.txt"), encoding: .utf8) == "mine")
        #expect(!FileManager.default.fileExists(atPath: aside.path))
        #expect(FileManager.default.fileExists(atPath: partial.path))
    }

    @Test("Nothing is pulled for a blocked app, and a connection that was never signed in waits for its first test")
    func notDue() async throws {
        defer { remove() }
        #expect(try await schedule("1h").pausedBecause == .notSignedIn)
        #expect(try await org.service.pulls.due() == [])
        try await pin()
        #expect(try await status().pausedBecause == nil)
        #expect(try await org.service.pulls.due() == [OneAppOrg.alias])
        _ = try await org.service.blocks.block(OneAppOrg.alias, reason: "test", as: OneAppOrg.me)
        #expect(try await org.service.pulls.due() == [])
        #expect(try await status().pausedBecause == .blocked)
        let error = await #expect(throws: ConnectedAppError.self) {
            try await org.service.pulls.start(OneAppOrg.alias, as: OneAppOrg.me)
        }
        #expect(error?.cause == .blocked)
    }

    @Test("If another process is pulling into the folder, nothing is pulled and nothing is saved")
    func otherProcess() async throws {
        defer { remove() }
        let working = org.pullFolder.appending(path: ".\(OneAppOrg.alias).partial-0123456789abcdef")
        try FileManager.default.createDirectory(at: working, withIntermediateDirectories: true)
        // As a running pull does it.
        let descriptor = open(working.path, O_RDONLY | O_DIRECTORY)
        try #require(flock(descriptor, LOCK_EX) == 0)
        #expect(try await status().state == .running)
        #expect(await pull() == nil)
        #expect(try await status().startedAt == nil)
        close(descriptor)
        #expect(try await status().state == .off)
        #expect(await pull()?.problem == nil)
    }

    @Test("Removing a connection removes what is known of its pulls")
    func removed() async throws {
        defer { remove() }
        _ = await pull()
        #expect(try await org.records.read { try $0.ids(of: LastPull.self) } == [OneAppOrg.alias])
        // The working folder of an interrupted pull, and that of another connection, which has an odd name.
        let working = ".\(OneAppOrg.alias).partial-0123456789abcdef"
        let other = ".\(OneAppOrg.alias).partial-x.partial-0123456789abcdef"
        for name in [working, other] {
            try FileManager.default.createDirectory(
                at: org.pullFolder.appending(path: name), withIntermediateDirectories: false)
        }
        _ = try await org.service.blocks.offboard(OneAppOrg.alias, destroysKeys: true, as: OneAppOrg.me)
        #expect(try await org.records.read { try $0.ids(of: LastPull.self) } == [])
        #expect(try FileManager.default.contentsOfDirectory(atPath: org.pullFolder.path) == [other])
    }
}

@Suite("How often metadata is pulled") struct PullIntervalTests {
    @Test(
        "An interval is a number and a unit",
        arguments: [("15m", 900), ("1h", 3_600), ("24h", 86_400), ("1d", 86_400), ("30d", 2_592_000)])
    func valid(_ text: String, _ seconds: Int) throws {
        #expect(try PullInterval(text).seconds == seconds)
        #expect(try PullInterval(PullInterval(text).description).seconds == seconds)
    }

    @Test(
        "Anything else is rejected",
        arguments: [
            "", "d", "1", "14m", "31d", "1w", "-1d", "1.5h", "1 d", "99999999999999999999d", "9223372036854775807d",
        ])
    func invalid(_ text: String) {
        #expect { try PullInterval(text) } throws: { ($0 as? ConnectedAppError)?.cause == .usage }
    }
}
