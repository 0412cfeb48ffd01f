import FileSystem
import Foundation
import Glibc
import Synchronization
import Testing

@testable import MetadataAPI

/// Pulls that end in the middle: no foreign byte is lost, and the folder is one pull or the other.
///
/// A crash is a change of the file system that fails, and every one after it too: a dead process does nothing more.
@Suite struct FolderCrashTests {
    /// Counts changes of the file system, and fails some.
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

    /// What a foreign entry is, so that the very same one is found again.
    private struct Entry: Hashable {
        let number: UInt64
        let content: [UInt8]
    }

    /// A home with a former pull in `out`, and with entries of others.
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

        /// Each foreign entry that is nowhere below the home any more, or is another one.
        func lost() throws -> [String] {
            let found = Set(try home.tree().map { try entry($0.hasSuffix("/") ? String($0.dropLast()) : $0) })
            return foreign.filter { !found.contains($0.value) }.keys.sorted()
        }

        /// Each foreign entry that is not in its place.
        func misplaced() -> [String] {
            foreign.filter { name, before in (try? entry("out/" + name)) != before }.keys.sorted()
        }

        /// Whether the folder holds exactly the files of one pull, beside what is foreign.
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

    /// How many changes of the file system a replacement makes.
    private func steps() throws -> Int {
        let steps = Steps()
        try bench().home.pull(Self.next, replace: true, suffix: "2222222222222222", beforeChange: steps.hook)
        return steps.taken
    }

    @Test("A crash at any step loses nothing, leaves one pull or the other, and the next pull puts all in its place")
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

    @Test("A step that fails loses nothing, and everything is in its place afterwards")
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

    @Test("After a crash between the two renames that stand for an exchange, the next pull puts all in its place")
    func betweenTwoRenames() throws {
        let bench = try bench()
        let directory = try Directory.open(bench.home.path)
        try directory.rename("out", to: "outside former")
        try bench.home.pull(Self.next)
        try directory.rename("out", to: ".out.replaced-deadbeef00000000")
        try directory.rename("outside former", to: ".out.former-deadbeef00000000")
        // What was moved to the new version already.
        let (former, new) = (
            try directory.open(".out.former-deadbeef00000000"), try directory.open(".out.replaced-deadbeef00000000")
        )
        try former.move(FileName(".git"), to: new, as: FileName(".git"))
        try bench.home.pull(Self.next, replace: true, suffix: "3333333333333333")
        #expect(bench.misplaced().isEmpty)
        #expect(try bench.holds(Self.next))
        #expect(try bench.besides.isEmpty)
    }

    /// `make verify` sets more.
    private static let seeds = Int(ProcessInfo.processInfo.environment["APRITY_PULL_SEEDS"] ?? "") ?? 20

    @Test("Pulls into folders with any foreign content, killed anywhere and again and again, lose no foreign byte")
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
