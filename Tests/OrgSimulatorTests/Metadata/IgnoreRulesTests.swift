import Foundation
import Subprocess
import Testing

@testable import OrgSimulator

@Suite("Ignore rules")
struct IgnoreRulesTests {
    private static let hasGit = FileManager.default.isExecutableFile(atPath: "/usr/bin/git")

    /// Each element is one file of rules.
    private static let written = [
        "*.cls", "*.cls\n!K.cls", "/a", "a/", "a/b", "/a/b", "a/**", "**/a", "**/a/**", "**/a/**/b", "a/**/b", "**",
        "/**",
        "*", "a*", "*a", "a*b*c", "?", "??", "[ab]", "[!ab]", "[^ab]", "[a-c]x", "[]a]", "[a-]", "[[:alpha:]]",
        "[[:digit:]x]",
        "[[:nothing:]]", "[a", "a[", "\\*", "\\a", "a\\", "\\#x", "#x", "\\!x", "!x", "x ", "x\\ ", " x", "a/b/",
        "a//b",
        "*\n!a/", "*\n!*/\n!*.cls", "a/*\n!a/b", "a\n!a/b", "**/b\n!a/b", "a**b", "**b", "b**", "a/***/b", "***",
        "[a/b]", "K.cls\r", "a b", "*.*", "*.*.*", "a?b*", "**/*.cls", "a/*/*.cls", "a/**/*.cls", "/*/b", "*/b",
        "!a\na",
        "\\[ab]", "[\\]]", "[\\a-c]", "[a-\\c]", "[c-a]", "[-a]", "a/**/**/b", "**/**", "**/a/b/", "/a/**/c/**",
    ]

    private static let paths = [
        "a", "b", "c", "x", "K.cls", "k.cls", "ab", "abc", "aXbXc", "ax", "bx", "#x", "!x", "x ", " x", "a b", "*", "]",
        "-",
        "[ab]", "1", "a.b.c", "a[", "a/b", "a/a", "a/K.cls", "a/b/c", "a/c/b", "a/b/K.cls", "b/a", "b/a/c", "b/a/c/b",
        "c/a/b/c",
        "a/x/y/b", "x/y/z/K.cls", "a/b/c/a/b/c", "x/a", "x/[ab]",
    ]

    /// Generates unusual rules, the same in each run.
    private static let random: [String] = {
        var random = SeededRandom(seed: 20_261_129)
        let segments = ["a", "b", "*", "**", "?", "a*", "*b", "[ab]", "[!a]", "*.cls", "K*", "c"]
        func pick(_ count: Int) -> Int { Int(random.next(below: UInt64(count))) }
        return (0..<150).map { _ in
            (0...pick(4)).map { _ in
                let path = (0...pick(3)).map { _ in segments[pick(segments.count)] }.joined(separator: "/")
                return (pick(3) == 0 ? "!" : "") + (pick(3) == 0 ? "/" : "") + path + (pick(4) == 0 ? "/" : "")
            }.joined(separator: "\n")
        }
    }()

    @Test("Written and random rules ignore what git ignores", .enabled(if: hasGit))
    func likeGit() async throws {
        let files = Self.written + Self.random
        let folder = try SourceFixture(
            Dictionary(files.enumerated().map { ("\($0)/.gitignore", $1) }) { first, _ in first })
        let asked = files.indices.flatMap { number in Self.paths.map { "\(number)/\($0)" } }
        let git = ["-c", "core.excludesFile=", "-C", folder.url.path()]
        _ = try await run(.name("git"), arguments: .init(git + ["init", "-q"]), output: .discarded, error: .discarded)
        let result = try await run(
            .name("git"), arguments: .init(git + ["check-ignore", "--no-index", "-z", "--stdin"]),
            input: .array(Array(asked.joined(separator: "\0").utf8)), output: .string(limit: 1 << 22), error: .discarded
        )
        let ignored = Set(result.standardOutput.split(separator: "\0").map(String.init))
        #expect(ignored.count > 1_000)
        for (number, text) in files.enumerated() {
            let rules = IgnoreRules(text)
            for path in Self.paths {
                let expected = ignored.contains("\(number)/\(path)")
                #expect(
                    rules.ignores(path, isDirectory: false) == expected, "\(text.debugDescription) and \(path)")
            }
        }
    }

    @Test("A rule for directories does not match a file, also when the folder is walked")
    func directories() {
        let rules = IgnoreRules("build/\n!keep/\n")
        #expect(rules.ignores("x/build", isDirectory: true))
        #expect(!rules.ignores("x/build", isDirectory: false))
        let inside = rules.scope.entering("x").entering("y")
        #expect(inside.ignores("build", isDirectory: true))
        #expect(!inside.ignores("keep", isDirectory: true))
    }

    @Test("Matching a pattern with many stars does not take exponential time", .timeLimit(.minutes(1)))
    func manyStars() {
        let name = String(repeating: "a", count: 250)
        let pattern = String(repeating: "a*", count: 60) + "b"
        #expect(!IgnoreRules(pattern).ignores(name, isDirectory: false))
        #expect(
            !IgnoreRules(String(repeating: "**/a/", count: 20) + "b").ignores(
                Array(repeating: "a", count: 60).joined(separator: "/"), isDirectory: false))
    }
}
