import Foundation
import Glibc
import Synchronization
import Testing

@testable import FileSystem
@testable import MetadataAPI

/// Interrupted pulls: no foreign entry is lost, and the folder is completely either the old or the new pull.
///
/// A crash is simulated by failing a change of the file system and every later one.
@Suite struct FolderCrashTests {
    /// Counts changes of the file system, and makes some of them fail.
    private final class Steps: Sendable {
        private let count = Mutex(0)
        private let fails: @Sendable (Int) -> Bool

        init(failing fails: @escaping @Sendable (Int) -> Bool = { _ in false }) { self.fails = fails }

        var taken: Int { count.withLock { $0 } }

        var hook: BeforeChange {
            { [self] (call) throws(MetadataFolderError) in
                let number = count.withLock { count in
                    count += 1
                    return count
                }
                if fails(number) { throw .io(operation: call, path: "step \(number)", errno: EIO) }
            }
        }
    }

    /// The identity of a foreign entry, to recognize the same entry later.
    private struct Entry: Hashable {
        let number: UInt64
        let content: [UInt8]
    }

    /// A folder with a former pull in `out` and with foreign entries.
    private struct Bench {
        let home: TemporaryDirectory
        private(set) var foreign: [String: Entry] = [:]
        private(set) var files: [String: String] = [:]

        init() throws { home = try TemporaryDirectory() }

        mutating func pull(_ files: [String: String]) throws {
            try home.pull(files)
            self.files = files
        }

        mutating func write(_ name: String, _ text: String) throws {
            try home.write("out/" + name, text)
            foreign[name] = try entry("out/" + name)
        }

        mutating func makeDirectory(_ name: String) throws {
            try home.makeDirectory("out/" + name)
            foreign[name] = try entry("out/" + name)
        }

        mutating func link(_ name: String, to target: String, hard: Bool = false) throws {
            let path = home.path + "/out/" + name
            try #require((hard ? Glibc.link(home.path + "/" + target, path) : symlink(target, path)) == 0)
            foreign[name] = try entry("out/" + name)
        }

        private func entry(_ name: String) throws -> Entry {
            let status = try FileStatus(of: home.path + "/" + name, followsLinks: false)
            let content: [UInt8]
            switch status.kind {
            case .regularFile: content = try home.read(name)
            case .symbolicLink:
                var target = [CChar](repeating: 0, count: 4096)
                let count = readlink(home.path + "/" + name, &target, target.count)
                content = target.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }
            case .directory, .other: content = []
            }
            return Entry(number: status.identity.number, content: content)
        }

        /// The foreign entries that are missing below the folder or were replaced by other entries.
        func lost() throws -> [String] {
            let found = Set(try home.tree().map { try entry($0.hasSuffix("/") ? String($0.dropLast()) : $0) })
            return foreign.filter { !found.contains($0.value) }.keys.sorted()
        }

        /// The foreign entries that are not at their original path.
        func misplaced() -> [String] {
            foreign.filter { name, before in (try? entry("out/" + name)) != before }.keys.sorted()
        }

        /// Whether the folder contains exactly the files of one pull, apart from foreign entries.
        func holds(_ pulled: [String: String]) throws -> Bool {
            let pulled = pulled.filter { foreign[$0.key] == nil }
            let own = try home.tree("out/").map { String($0.dropFirst("out/".count)) }
                .filter { !$0.hasSuffix("/") && foreign[$0] == nil }
            guard Set(own) == Set(pulled.keys).union(["package.xml", "aprity-pull.json"]) else { return false }
            return try pulled.allSatisfy { try home.read("out/" + $0.key) == Array($0.value.utf8) }
        }

        var besides: [String] {
            get throws {
                try Directory.open(home.path).names().map(\.text).filter { $0 != "out" && !$0.hasPrefix("outside") }
            }
        }
    }

    private static let next = ["classes/A.cls": "second", "flows/F": "second", "triggers/T": "second"]

    private func bench() throws -> Bench {
        var bench = try Bench()
        try bench.home.write("outside", "linked")
        try bench.pull(["classes/A.cls": "first", "classes/B.cls": "first", "pages/P": "first", "pages/Q": "first"])
        try bench.makeDirectory(".git")
        try bench.write(".git/HEAD", "ref: main")
        try bench.write("classes/README", "mine")
        try bench.write("pages/Q", "changed by hand")
        try bench.makeDirectory("pages/drafts")
        try bench.write("pages/drafts/d", "draft")
        try bench.link("classes/dangling", to: "nowhere")
        try bench.link("hard", to: "outside", hard: true)
        return bench
    }

    /// The number of changes of the file system that a replacement makes.
    private func steps() throws -> Int {
        let steps = Steps()
        try bench().home.pull(Self.next, replace: true, suffix: "2222222222222222", beforeChange: steps.hook)
        return steps.taken
    }

    @Test("A crash at any step loses nothing and leaves either pull complete, and the next pull restores everything")
    func crashes() throws {
        let count = try steps()
        #expect(count > 30)
        for step in 1...count {
            let bench = try bench()
            let steps = Steps { $0 >= step }
            _ = try? bench.home.pull(Self.next, replace: true, suffix: "2222222222222222", beforeChange: steps.hook)
            #expect(try bench.lost().isEmpty, "step \(step)")
            let isFormer = try bench.holds(bench.files)
            let isNext = try bench.holds(Self.next)
            #expect(isFormer || isNext, "step \(step)")
            let outcome = try bench.home.pull(Self.next, replace: true, suffix: "3333333333333333")
            #expect(outcome.leftovers.isEmpty, "step \(step)")
            #expect(bench.misplaced().isEmpty, "step \(step)")
            #expect(try bench.holds(Self.next), "step \(step)")
            #expect(try bench.besides.isEmpty, "step \(step)")
        }
    }

    @Test("A failing step loses nothing, and everything is at its path afterwards")
    func failures() throws {
        for step in 1...(try steps()) {
            let bench = try bench()
            let steps = Steps { $0 == step }
            let outcome = try? bench.home.pull(
                Self.next, replace: true, suffix: "2222222222222222", beforeChange: steps.hook)
            #expect(bench.misplaced().isEmpty, "step \(step)")
            #expect(try bench.holds(outcome == nil ? bench.files : Self.next), "step \(step)")
            #expect(try bench.besides.isEmpty || outcome?.leftovers.isEmpty == false || step < 4, "step \(step)")
        }
    }

    @Test("After a crash between the two renames of an exchange, the next pull restores everything")
    func betweenTwoRenames() throws {
        let bench = try bench()
        let directory = try Directory.open(bench.home.path)
        try directory.rename("out", to: "outside former")
        try bench.home.pull(Self.next)
        try directory.rename("out", to: ".out.replaced-deadbeef00000000")
        try directory.rename("outside former", to: ".out.former-deadbeef00000000")
        // The entries that were already moved to the new version.
        let (former, new) = (
            try directory.open(".out.former-deadbeef00000000"), try directory.open(".out.replaced-deadbeef00000000")
        )
        try former.move(FileName(".git"), to: new, as: FileName(".git"))
        try bench.home.pull(Self.next, replace: true, suffix: "3333333333333333")
        #expect(bench.misplaced().isEmpty)
        #expect(try bench.holds(Self.next))
        #expect(try bench.besides.isEmpty)
    }

    /// `make verify` sets a higher number.
    private static let seeds = Int(ProcessInfo.processInfo.environment["APRITY_PULL_SEEDS"] ?? "") ?? 20

    @Test("Repeatedly killed pulls into folders with random foreign content lose no foreign entry")
    func random() throws {
        for seed in 0..<Self.seeds {
            var random = SeededRandom(seed: UInt64(seed))
            var bench = try Bench()
            try bench.home.write("outside", "linked")
            try bench.pull(Self.files(&random))
            try Self.addForeign(to: &bench, &random)
            var wanted: [String: String] = [:]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                wanted = Self.files(&random).filter { bench.foreign[$0.key] == nil }
                let deadline = Int.random(in: 1...60, using: &random)
                let steps = Steps { $0 >= deadline }
                _ = try? bench.home.pull(
                    wanted, replace: true, suffix: "4444444444444444", beforeChange: steps.hook)
                #expect(try bench.lost().isEmpty, "seed \(seed)")
            }
            try bench.home.pull(wanted, replace: true, suffix: "3333333333333333")
            #expect(bench.misplaced().isEmpty, "seed \(seed)")
            #expect(try bench.holds(wanted), "seed \(seed)")
            #expect(try bench.besides.isEmpty, "seed \(seed)")
        }
    }

    private static let folders = ["", "classes/", "pages/", "objects/O/fields/"]

    private static func files(_ random: inout SeededRandom) -> [String: String] {
        var files: [String: String] = ["classes/always": "\(random.next())"]
        for number in 0..<Int.random(in: 1...8, using: &random) {
            files[folders.randomElement(using: &random)! + "f\(number)"] = "\(random.next() % 3)"
        }
        return files
    }

    private static func addForeign(to bench: inout Bench, _ random: inout SeededRandom) throws {
        for folder in folders where folder.isEmpty || access(bench.home.path + "/out/" + folder, F_OK) == 0 {
            for number in 0..<Int.random(in: 0...3, using: &random) {
                let name = folder + "mine\(number)"
                switch Int.random(in: 0...4, using: &random) {
                case 0: try bench.makeDirectory(name)
                case 1: try bench.link(name, to: "../x\(number)")
                case 2: try bench.link(name, to: "outside", hard: true)
                case 3:
                    try bench.makeDirectory(name)
                    try bench.write(name + "/inner", "inner")
                default: try bench.write(name, "foreign \(random.next())")
                }
            }
        }
        // Some of the pull's own files are changed by hand.
        for name in bench.files.keys.sorted() where random.next() % 4 == 0 {
            try bench.write(name, "changed \(random.next())")
        }
    }
}
