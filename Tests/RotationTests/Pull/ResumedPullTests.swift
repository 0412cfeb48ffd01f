import ConnectedAppTesting
import Foundation
import Synchronization
import Testing

@testable import ConnectedApp
@testable import OrgSimulator

/// Pulls that are interrupted at a random moment and go on.
@Suite("Interrupted pulls") struct ResumedPullTests {
    /// `make verify` runs more.
    private static let seeds = Int(ProcessInfo.processInfo.environment["APRITY_INTERRUPTED_PULLS"] ?? "") ?? 8

    private static func files(in folder: URL) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) where path != "aprity-pull.json" {
            files[path] = try? Data(contentsOf: folder.appending(path: path))
        }
        return files
    }

    @Test("A pull that is interrupted and goes on writes the same files as one that is not", arguments: 0..<seeds)
    func interrupted(_ seed: Int) async throws {
        let dice = Dice(seed: UInt64(seed))
        let source = try EditedSource(dice)
        defer { source.remove() }
        let limit = 14 + dice.number(below: 30)
        let org = try await OneAppOrg {
            $0.source = source.folder.path
            $0.metadata.retrieve.fileLimit = limit
            $0.metadata.retrieve.permissionSetsArePartial = source.permissionSetsArePartial
            $0.metadata.retrieve.layoutAssignmentsNeedObject = true
        }
        let temporary = FileManager.default.temporaryDirectory.appending(path: "aprity-pulls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: temporary) }
        var home = temporary.appending(path: "home")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: false)
        let parallel = 1 + dice.number(below: 3)
        @Sendable func pull(_ target: URL, _ progress: @escaping @Sendable (PullProgress) -> Void) async throws
            -> PullView
        {
            try await org.service.metadata.pull(
                of: OneAppOrg.alias, PullRequest(target: target.path, parallel: parallel), as: OneAppOrg.me,
                progress: progress)
        }
        if dice.happens(0.5) {
            _ = try await pull(home.appending(path: "out"), { _ in })
            for _ in 0..<8 { source.edit() }
            try source.write()
            org.clock.advance(by: 3_600)
            try await org.simulation.rereadSource(ofOrg: "Harbour Bikes")
        }
        for round in 0..<3 {
            let copy = temporary.appending(path: "copy\(round)")
            let interruption = PullInterruption(at: 1 + dice.number(below: 40), copying: home, to: copy)
            let target = home.appending(path: "out")
            _ = await interruption.start { try await pull(target, interruption.show) }
            // A process that ends regularly after Ctrl-C leaves the folder as it is.
            if dice.happens(0.5), FileManager.default.fileExists(atPath: copy.path) { home = copy }
            if dice.happens(0.3) {
                for _ in 0..<3 { source.edit() }
                try source.write()
                org.clock.advance(by: 600)
                try await org.simulation.rereadSource(ofOrg: "Harbour Bikes")
            }
        }
        let last = try await pull(home.appending(path: "out"), { _ in })
        #expect(last.leftOut.isEmpty, "\(last.leftOut)")
        _ = try await pull(temporary.appending(path: "whole"), { _ in })
        let (resumed, whole) = (
            try Self.files(in: home.appending(path: "out")), try Self.files(in: temporary.appending(path: "whole"))
        )
        let different = Set(resumed.keys).union(whole.keys).filter { resumed[$0] != whole[$0] }.sorted()
        #expect(different == [])
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.path) == ["out"])
    }

    /// An org that delivers 20 files in a retrieve, and a package that names all it lists.
    private static func packageWorld(
        _ seed: Int, _ body: (_ org: OneAppOrg, _ home: URL, _ package: PackageFile) async throws -> Void
    ) async throws {
        let source = try EditedSource(Dice(seed: UInt64(seed)))
        defer { source.remove() }
        let org = try await OneAppOrg {
            $0.source = source.folder.path
            $0.metadata.retrieve.fileLimit = 20
            $0.metadata.retrieve.permissionSetsArePartial = source.permissionSetsArePartial
            $0.metadata.retrieve.layoutAssignmentsNeedObject = true
        }
        let home = FileManager.default.temporaryDirectory.appending(path: "aprity-pulls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: home) }
        let listed = home.appending(path: "listed")
        _ = try await pull(org, into: listed, nil)
        let manifest = try Data(contentsOf: listed.appending(path: "package.xml"))
        try FileManager.default.removeItem(at: listed)
        try await body(org, home, PackageFile(path: "package.xml", content: [UInt8](manifest)))
    }

    @discardableResult
    private static func pull(
        _ org: OneAppOrg, into target: URL, _ package: PackageFile?,
        _ progress: @escaping @Sendable (PullProgress) -> Void = { _ in }
    ) async throws -> PullView {
        try await org.service.metadata.pull(
            of: OneAppOrg.alias, PullRequest(target: target.path, package: package, parallel: 1), as: OneAppOrg.me,
            progress: progress)
    }

    @Test("So does the pull of a package", arguments: 0..<3)
    func interruptedPackage(_ seed: Int) async throws {
        try await Self.packageWorld(seed) { org, home, package in
            let dice = Dice(seed: UInt64(100 + seed))
            let target = home.appending(path: "out")
            for _ in 0..<3 {
                let moment = Mutex(1 + dice.number(below: 20))
                let interruption = PullInterruption(whenever: { _ in
                    moment.withLock { left in
                        left -= 1
                        return left == 0
                    }
                })
                _ = await interruption.start { try await Self.pull(org, into: target, package, interruption.show) }
                if FileManager.default.fileExists(atPath: target.path) {
                    try FileManager.default.removeItem(at: target)
                }
            }
            let last = try await Self.pull(org, into: target, package)
            #expect(last.leftOut.isEmpty, "\(last.leftOut)")
            let whole = home.appending(path: "whole")
            try await Self.pull(org, into: whole, package)
            #expect(try Self.files(in: target) == Self.files(in: whole))
            #expect(try FileManager.default.contentsOfDirectory(atPath: home.path).sorted() == ["out", "whole"])
        }
    }

    @Test("The pull of a package goes on within an hour, and only with the same package", arguments: [0.0, 3_600])
    func packageLater(_ seconds: Double) async throws {
        try await Self.packageWorld(5) { org, home, package in
            let target = home.appending(path: "out")
            let interruption = PullInterruption(whenever: { if case .delivered = $0 { true } else { false } })
            guard
                case .failure = await interruption.start({
                    try await Self.pull(org, into: target, package, interruption.show)
                })
            else {
                Issue.record("The pull ended before it was interrupted.")
                return
            }
            org.clock.advance(by: seconds)
            let resumed = Mutex(0)
            let note: @Sendable (PullProgress) -> Void = { progress in
                if case .resumed(let count, _, _) = progress { resumed.withLock { $0 = count } }
            }
            let view = try await Self.pull(org, into: target, package, note)
            #expect((resumed.withLock { $0 } > 0) == (seconds == 0))
            #expect(view.delivered == view.listed)
        }
    }

    @Test("A pull that may not make enough API calls says how many it needs at least")
    func callsNeeded() async throws {
        let source = try EditedSource(Dice(seed: 3))
        defer { source.remove() }
        let org = try await OneAppOrg { $0.source = source.folder.path }
        let folder = FileManager.default.temporaryDirectory.appending(path: "aprity-pulls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        func pull(_ target: String, most: Int?) async throws -> PullView {
            try await org.service.metadata.pull(
                of: OneAppOrg.alias, PullRequest(target: folder.path + "/" + target, maxAPICalls: most),
                as: OneAppOrg.me, progress: { _ in })
        }
        let all = try await pull("whole", most: nil).apiCalls
        for most in [3, all - 2] {
            let error = await #expect(throws: ConnectedAppError.self) { try await pull("limited\(most)", most: most) }
            #expect(error?.cause == .apiCallBudgetUsed)
            #expect(error?.evidence["apiCalls"] == String(most))
            let needed = try #require(error?.evidence["neededAtLeast"].flatMap { Int($0) })
            #expect(needed > most)
            #expect(needed <= all)
        }
    }

    @Test("What was delivered outlives a pull that is interrupted again before it retrieves anything")
    func interruptedTwice() async throws {
        let source = try EditedSource(Dice(seed: 11))
        defer { source.remove() }
        let org = try await OneAppOrg {
            $0.source = source.folder.path
            $0.metadata.retrieve.fileLimit = 20
        }
        let home = FileManager.default.temporaryDirectory.appending(path: "aprity-pulls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: home) }
        let target = home.appending(path: "out")
        @Sendable func pull(_ progress: @escaping @Sendable (PullProgress) -> Void) async throws -> PullView {
            try await org.service.metadata.pull(
                of: OneAppOrg.alias, PullRequest(target: target.path, parallel: 1), as: OneAppOrg.me,
                progress: progress)
        }
        let first = PullInterruption(whenever: { if case .delivered = $0 { true } else { false } })
        guard case .failure = await first.start({ try await pull(first.show) }) else {
            Issue.record("The pull ended before it was interrupted.")
            return
        }
        let second = PullInterruption(whenever: { if case .listing = $0 { true } else { false } })
        guard case .failure = await second.start({ try await pull(second.show) }) else {
            Issue.record("The pull ended before it was interrupted.")
            return
        }
        let resumed = Mutex(0)
        let last = try await pull { progress in
            if case .resumed(let count, _, _) = progress { resumed.withLock { $0 = count } }
        }
        #expect(resumed.withLock { $0 } > 0)
        #expect(last.leftOut.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.path) == ["out"])
    }

    @Test("A pull that goes on makes no retrieve as large as one that the org has refused")
    func learntLimit() async throws {
        let source = try EditedSource(Dice(seed: 11))
        defer { source.remove() }
        let org = try await OneAppOrg {
            $0.source = source.folder.path
            $0.metadata.retrieve.fileLimit = 8
        }
        let home = FileManager.default.temporaryDirectory.appending(path: "aprity-pulls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: home) }
        let target = home.appending(path: "out")
        let entries = Mutex<[Int: Int]>([:])
        let refused = Mutex<[Int]>([])
        @Sendable func pull(_ progress: @escaping @Sendable (PullProgress) -> Void) async throws -> PullView {
            try await org.service.metadata.pull(
                of: OneAppOrg.alias, PullRequest(target: target.path, parallel: 1), as: OneAppOrg.me
            ) {
                if case .retrieving(let number, let count, _) = $0 { entries.withLock { $0[number] = count } }
                // In this org, no retrieve fails for another reason than its size.
                if case .failed(let number, _) = $0 {
                    let count = entries.withLock { $0[number] }
                    refused.withLock { $0.append(count ?? 0) }
                }
                progress($0)
            }
        }
        let first = PullInterruption(whenever: { if case .delivered = $0 { true } else { false } })
        guard case .failure = await first.start({ try await pull(first.show) }) else {
            Issue.record("The pull ended before it was interrupted.")
            return
        }
        let smallest = try #require(refused.withLock { $0.min() })
        entries.withLock { $0 = [:] }
        let last = try await pull { _ in }
        #expect(entries.withLock { $0.values.max() ?? 0 } < smallest)
        #expect(last.leftOut.isEmpty)
    }
}
