internal import AsyncHTTPClient
internal import ConnectedApp
internal import ConnectedAppTesting
internal import Crypto
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import Subprocess
internal import SystemPackage
internal import Testing

/// Seeded runs of many parallel processes on one store, while the store is locked, full and restored, and while
/// processes are stopped and killed. `APRITY_ADVERSARIES` is the number of runs, `APRITY_ADVERSARY_SEED` the first
/// seed.
@Suite("Blocks against an adversary")
struct AdversaryTests {
    /// The number of parallel lanes, each with its own embedded org.
    private static let lanes = 8

    @Test(
        "After an acknowledged block, nothing is signed and no token is handed out, and no command makes a false claim")
    func runs() async throws {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["APRITY_ADVERSARIES"].flatMap(Int.init) ?? 16
        let first = environment["APRITY_ADVERSARY_SEED"].flatMap(UInt64.init) ?? 1
        let shim = try await PreloadedLibrary.compiled("full_disk.c")
        let totals = try await withThrowingTaskGroup(of: Totals.self) { group in
            for lane in 0..<Self.lanes {
                let seeds = (0..<count).filter { $0 % Self.lanes == lane }.map { first + UInt64($0) }
                group.addTask { try await Lane(shim: shim).run(seeds) }
            }
            return try await group.reduce(into: Totals()) { $0.add($1) }
        }
        print(
            "\(count) runs: \(totals.acknowledged) blocks acknowledged, \(totals.handedOut) hand-outs, "
                + "\(totals.refused) refused.")
        #expect(totals.violations == [])
        #expect(totals.acknowledged >= count)
        #expect(totals.handedOut >= count)
    }
}

/// The totals of several runs.
struct Totals: Sendable {
    var violations: [String] = []
    var acknowledged = 0
    var handedOut = 0
    var refused = 0

    mutating func add(_ other: Totals) {
        violations += other.violations
        acknowledged += other.acknowledged
        handedOut += other.handedOut
        refused += other.refused
    }
}

/// Consecutive runs with one embedded org. Each begins with a copy of the same home.
private struct Lane {
    let shim: String

    func run(_ seeds: [UInt64]) async throws -> Totals {
        let host = try AprityProcess()
        return try await ManagedOrg.running(host) { org in
            let template = try AprityProcess()
            var keys: [String: String] = [:]
            try await template.succeed(["init"])
            for alias in Run.aliases {
                try await template.succeed([
                    "connection", "add", "--allow-tokens", alias, "--login-host", org.url, "--username",
                    ManagedOrg.integrationUser,
                ])
                let file = template.path("\(alias).crt")
                try await template.succeed(["certificate", "download", alias, "--out", file])
                let pem = try String(contentsOfFile: file, encoding: .utf8)
                let key = try await org.makeApp(named: "adversary \(alias)", certificatePEM: pem)
                try await template.succeed(["connection", "set", alias, "--consumer-key", key])
                try await template.succeed(["budget", "set", alias, "--per-hour", "3600", "--reserve", "0"])
                keys[alias] = SHA256.hash(data: Data(key.utf8)).prefix(8).hex
            }
            var totals = Totals()
            for seed in seeds {
                let full = template.home + "/full-\(seed)"
                let aprity = try AprityProcess(environment: ["LD_PRELOAD": shim, "APRITY_TEST_FULL": full])
                for folder in ["data", "config"] {
                    try FileManager.default.copyItem(atPath: template.path(folder), toPath: aprity.path(folder))
                }
                totals.add(try await Run(seed: seed, aprity: aprity, org: org, keys: keys, full: full).drive())
            }
            return totals
        }
    }
}

/// The run of one seed: about twenty acts, each started some moments after the previous one.
private final class Run: Sendable {
    static let aliases = ["one", "two"]

    private enum Act: CaseIterable {
        case block, blockAll, unblock, token, test, serverRead, rotate
        case lock, full, putBackOrder, eraseOrder, removeOrder, putBackRecords
    }

    let seed: UInt64
    let aprity: AprityProcess
    let org: ManagedOrg
    /// The fingerprints of the Consumer Keys.
    let keys: [String: String]
    let full: String
    private let random: SeededRandom
    private let ledger = BlockLedger()
    private var orderFile: String { aprity.path("data/aprity/block-order") }

    init(seed: UInt64, aprity: AprityProcess, org: ManagedOrg, keys: [String: String], full: String) {
        (self.seed, self.aprity, self.org, self.keys, self.full) = (seed, aprity, org, keys, full)
        random = SeededRandom(seed: seed)
    }

    /// - Returns: A number from 0 to `limit` - 1.
    private func randomNumber(_ limit: Int) -> Int { Int(random.bytes(2).reduce(0) { $0 << 8 | Int($1) }) % limit }

    private func milliseconds(_ range: Range<Int>) -> Duration {
        .milliseconds(range.lowerBound + randomNumber(range.count))
    }

    func drive() async throws -> Totals {
        // Every other run has a server, whose API other acts use.
        if randomNumber(2) == 0 {
            try await aprity.serving(["serve", "--port", "0"]) { serve in try await self.acts(serve) }
        } else {
            try await acts(nil)
        }
        try await checkEnd()
        let history = await ledger.history
        return Totals(
            violations: await ledger.violations.map { "seed \(seed): \($0)\n\(history)" },
            acknowledged: await ledger.acknowledged,
            handedOut: await ledger.handedOut, refused: await ledger.refused)
    }

    private func acts(_ serve: AprityProcess.Ready?) async throws {
        // Both connections work at first.
        for alias in Self.aliases { try await use(alias, ["token", alias], .none) }
        let before = try Data(contentsOf: URL(filePath: orderFile))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<18 {
                let act = Act.allCases[randomNumber(Act.allCases.count)]
                let alias = Self.aliases[randomNumber(2)]
                let trouble = trouble()
                let wait = milliseconds(200..<2500)
                group.addTask { try await self.perform(act, alias, trouble, wait, serve, before) }
                try await Task.sleep(for: milliseconds(0..<450))
            }
            try await group.waitForAll()
        }
    }

    /// The disturbance of a command while it runs.
    private enum Trouble {
        case none
        case stopped(after: Duration, for: Duration)
        case killed(after: Duration)
    }

    private func trouble() -> Trouble {
        switch randomNumber(6) {
        case 0: .stopped(after: milliseconds(20..<400), for: milliseconds(200..<6000))
        case 1: .killed(after: milliseconds(20..<500))
        default: .none
        }
    }

    private func run(_ words: [String], _ trouble: Trouble) async throws -> AprityProcess.Outcome {
        let command = words.prefix(2).joined(separator: " ")
        await ledger.note("\(command) begins; \(trouble)")
        let outcome = try await troubled(words, trouble)
        await ledger.note("\(command) ended with \(outcome.status)")
        return outcome
    }

    private func troubled(_ words: [String], _ trouble: Trouble) async throws -> AprityProcess.Outcome {
        switch trouble {
        case .none: try await aprity.run(words)
        case .killed(let wait):
            try await aprity.whileRunning(words) { program in
                try await Task.sleep(for: wait)
                program.send(number: SIGKILL)
            }
        case .stopped(let wait, let length):
            try await aprity.whileRunning(words) { program in
                try await Task.sleep(for: wait)
                program.send(number: SIGSTOP)
                try await Task.sleep(for: length)
                program.send(number: SIGCONT)
            }
        }
    }

    private func perform(
        _ act: Act, _ alias: String, _ trouble: Trouble, _ wait: Duration, _ serve: AprityProcess.Ready?,
        _ formerOrder: Data
    ) async throws {
        await ledger.note("\(act) \(alias)")
        switch act {
        case .block: try await block([alias], ["block", alias, "--reason", "seed \(seed)", "--json"], trouble)
        case .blockAll:
            try await block(Self.aliases, ["block", "--all", "--reason", "seed \(seed)", "--json"], trouble)
        case .unblock: try await unblock(alias, trouble)
        case .token: try await use(alias, ["token", alias], trouble)
        case .test: try await use(alias, ["test", alias], trouble)
        case .serverRead: if let serve { try await read(alias, serve) }
        case .rotate: _ = try await run(["rotate", "start", alias], trouble)
        case .lock: try await disturb("lock", wait)
        case .putBackRecords: try await disturb("put-back", wait)
        case .full:
            try Data().write(to: URL(filePath: full))
            try await Task.sleep(for: wait)
            try? FileManager.default.removeItem(atPath: full)
        case .putBackOrder: try? formerOrder.write(to: URL(filePath: orderFile))
        case .eraseOrder: try? Data(repeating: 0x0A, count: 4096).write(to: URL(filePath: orderFile))
        case .removeOrder: try? FileManager.default.removeItem(atPath: orderFile)
        }
    }

    private func disturb(_ act: String, _ wait: Duration) async throws {
        _ = try await Subprocess.run(
            .name("python3"),
            arguments: [
                ManagedOrg.packageFolder + "/Tests/Tools/lock_or_put_back.py", aprity.path("data/aprity/aprity.sqlite"),
                act, String(wait / .seconds(1)),
            ], output: .discarded, error: .discarded)
    }

    // MARK: Claims

    private struct BlockedApp: Decodable {
        struct Fact: Decodable {
            let id: String
            let isTrue: Bool
        }

        let facts: [Fact]
    }

    private func block(_ aliases: [String], _ words: [String], _ trouble: Trouble) async throws {
        var earlier: [String: Int] = [:]
        for alias in aliases { earlier[alias] = await ledger.unblockings(alias) }
        let outcome = try await run(words, trouble)
        // A command that is stopped or killed writes both streams to one file; the document starts with a bracket.
        let text = outcome.stdout.isEmpty ? String(outcome.stderr.drop { $0 != "[" }) : outcome.stdout
        let end = text.lastIndex(of: "]").map { text[...$0] } ?? ""
        guard let views = try? JSONDecoder().decode([BlockedApp].self, from: Data(end.utf8)), !views.isEmpty,
            views.allSatisfy({ view in view.facts.contains { $0.id == "noNewHandOut" && $0.isTrue } })
        else { return }
        await ledger.acknowledge(aliases, since: earlier)
        for alias in aliases { try await checkFirmBlocks(alias) }
    }

    /// Checks that no sign-in of the connection reaches the org while its block is firm.
    private func checkFirmBlocks(_ alias: String) async throws {
        guard let since = await ledger.firm(alias) else { return }
        let earlier = try await signIns(alias)
        try await Task.sleep(for: .milliseconds(1500))
        await ledger.signIns(alias, try await signIns(alias), after: earlier, since: since)
    }

    private func signIns(_ alias: String) async throws -> Int {
        try await org.history().count {
            $0["operation"] as? String == "token" && $0["consumerKeyFingerprint"] as? String == keys[alias]
        }
    }

    private func unblock(_ alias: String, _ trouble: Trouble) async throws {
        await ledger.unblockBegins(alias)
        _ = try await run(["unblock", alias], trouble)
        await ledger.unblockEnds(alias)
    }

    private func use(_ alias: String, _ words: [String], _ trouble: Trouble) async throws {
        let before = await ledger.firm(alias)
        let outcome = try await run(words, trouble)
        await ledger.used(alias, words[0], succeeded: outcome.status == 0, before: before)
    }

    private func read(_ alias: String, _ serve: AprityProcess.Ready) async throws {
        guard let file = serve.startTokenFile, let token = try? String(contentsOfFile: file, encoding: .utf8) else {
            return
        }
        let before = await ledger.firm(alias)
        var request = HTTPClientRequest(url: serve.url + "/api/v1/connections/\(alias)/metadata/types")
        request.headers.add(name: "Authorization", value: "Bearer " + token.trimmingCharacters(in: .newlines))
        guard let response = try? await HTTPClient.shared.execute(request, timeout: .seconds(30)) else { return }
        _ = try? await response.body.collect(upTo: 16 << 20)
        await ledger.used(alias, "reading through the server", succeeded: response.status == .ok, before: before)
    }

    /// Checks at the end that nothing is lost: a firm block still holds, and everything can be restored.
    private func checkEnd() async throws {
        try? FileManager.default.removeItem(atPath: full)
        for alias in Self.aliases { try await use(alias, ["token", alias], .none) }
        let all = try await aprity.run("block", "--all", "--reason", "the end", "--json")
        if ![0, 75].contains(all.status) { await ledger.claim("block --all ended with \(all.status): \(all.stderr)") }
        for alias in Self.aliases {
            await ledger.acknowledge([alias], since: [alias: ledger.unblockings(alias) ?? 0])
        }
        for alias in Self.aliases { try await use(alias, ["token", alias], .none) }
        for alias in Self.aliases {
            await ledger.unblockBegins(alias)
            let outcome = try await aprity.run("unblock", alias)
            if outcome.status != 0 { await ledger.claim("unblock ended with \(outcome.status): \(outcome.stderr)") }
            await ledger.unblockEnds(alias)
            try await use(alias, ["token", alias], .none)
        }
    }
}
