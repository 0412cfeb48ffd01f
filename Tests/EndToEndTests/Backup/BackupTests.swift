internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import Subprocess
internal import Synchronization
internal import Testing

/// Backups by the built program, verified by the embedded org and an independent reader.
@Suite("backup")
struct BackupTests {
    /// Runs the body with a home that is connected to the org, and a passphrase file.
    private func withStore(_ body: @Sendable (AprityProcess, ManagedOrg) async throws -> Void) async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            _ = try aprity.write("correct horse battery\n", to: "pass")
            try await body(aprity, org)
        }
    }

    /// Whether the org's API accepts the token.
    private func accepts(_ token: String, _ org: ManagedOrg) async throws -> Bool {
        var request = HTTPClientRequest(url: org.url + "/services/data/v67.0/limits")
        request.headers.add(name: "Authorization", value: "Bearer " + token)
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        _ = try await answer.body.collect(upTo: 1 << 20)
        return answer.status == .ok
    }

    private func loseEverything(_ aprity: AprityProcess) throws {
        for name in ["data", "config"] { try FileManager.default.removeItem(atPath: aprity.path(name)) }
    }

    @Test("Backups are complete while a server and commands write, and an independent reader opens them")
    func whileServing() async throws {
        try await withStore { aprity, _ in
            try await aprity.serving(["serve", "--port", "0"]) { _ in
                // A flag instead of a cancellation, which would kill a command halfway.
                let isOver = Atomic(false)
                async let writing = {
                    var count = 0
                    while !isOver.load(ordering: .relaxed) {
                        try await aprity.succeed(["token", "bikes"])
                        try await aprity.succeed(["budget", "set", "bikes", "--reserve", "\(10 + count % 7)"])
                        count += 1
                    }
                    return count
                }()
                var last = 0
                for number in 0..<4 {
                    let made = try await aprity.run(
                        "backup", "create", "b\(number)", "--passphrase-file", "pass", "--json")
                    #expect(made.status == 0, "\(made.stderr)")
                    let record = try #require(try made.json()["lastAuditRecord"] as? Int)
                    #expect(record > last)
                    last = record
                }
                isOver.store(true, ordering: .relaxed)
                let writes = try await writing
                print("4 backups beside \(writes) tokens and \(writes) changes by other processes.")
                #expect(writes > 0)
            }
            let python = try await ForeignProgram.python()
            for number in 0..<4 {
                let view = try await aprity.run(
                    "backup", "verify", "b\(number)", "--passphrase-file", "pass", "--json")
                #expect(try view.status == 0 && view.json()["isGood"] as? Bool == true, "\(view.stdout)")
                let text = try await ForeignProgram(in: aprity.home).succeed(
                    python, [ForeignProgram.tools + "/open_backup.py", "b\(number)", "pass"])
                let inside = try #require(
                    try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
                #expect(inside["integrity"] as? String == "ok")
                #expect(inside["costExponent"] as? Int == 17)
                #expect(inside["auditRecords"] as? Int == inside["lastAuditRecord"] as? Int)
                #expect(inside["parts"] as? [String] == ["auditCheckpoints", "auditKey", "masterKey", "store"])
            }
        }
    }

    @Test(
        "After a restore, the app is blocked, earlier tokens are revoked, a test unblocks it, and the record continues")
    func loss() async throws {
        try await withStore { aprity, org in
            let token = try await aprity.succeed(["token", "bikes"]).trimmingCharacters(in: .newlines)
            let made = try await aprity.run("backup", "create", "b", "--passphrase-file", "pass", "--json").json()
            try loseEverything(aprity)
            let restored = try await aprity.run("backup", "restore", "b", "--passphrase-file", "pass", "--json")
            #expect(restored.status == 0, "\(restored.stderr)")
            let view = try restored.json()
            #expect(view["tokensToRevoke"] as? Int == 1)
            #expect(view["blockedApps"] as? Int == 1)
            let before = try await org.signIns()
            #expect(try await aprity.run("token", "bikes").status == 77)
            #expect(try await aprity.run("test", "bikes").status == 77)
            #expect(try await org.signIns() == before)
            #expect(try await accepts(token, org))
            let unblocked = try await aprity.run("unblock", "bikes")
            #expect(unblocked.status == 0, "\(unblocked.stderr)")
            #expect(try await !accepts(token, org))
            let fresh = try await aprity.succeed(["token", "bikes"]).trimmingCharacters(in: .newlines)
            #expect(try await accepts(fresh, org))
            #expect(try await aprity.run("audit", "verify").status == 0)
            let records = try await aprity.run("audit", "list", "--json").stdout
            let last = try #require(made["lastAuditRecord"] as? Int)
            #expect(records.contains("\"restoredFrom\" : \"\(last)\""))
            #expect(records.contains("storeRestored"))
            #expect(try await org.refusedSignIns() == 0)
        }
    }

    @Test("The commands that a restore to another home prints use that home")
    func elsewhere() async throws {
        try await withStore { aprity, _ in
            try await aprity.succeed(["backup", "create", "b", "--passphrase-file", "pass"])
            let place = ["--home", "a drill/home", "--master-key-file", "drill-keys/master.key"]
            let restored = try await aprity.run(["backup", "restore", "b", "--passphrase-file", "pass"] + place)
            #expect(restored.status == 0, "\(restored.stderr)")
            let command = "aprity unblock bikes --home 'a drill/home' --master-key-file drill-keys/master.key"
            let intention =
                "If this store replaces the one that was backed up (not in a drill), unblock each connection:"
            #expect(restored.stdout.contains("\(intention)\n  \(command)\n"), "\(restored.stdout)")
        }
    }

    @Test("Unblocking finds the key that the org accepts: a rotation's next key, or none of the backup's")
    func probe() async throws {
        try await withStore { aprity, org in
            func save(_ file: String) async throws {
                try await org.saveApp(["certificatePEM": String(contentsOfFile: aprity.path(file), encoding: .utf8)])
            }
            try await aprity.succeed(["rotate", "start", "bikes"])
            try await aprity.succeed(["certificate", "download", "bikes", "--next", "--out", "next.crt"])
            try await aprity.succeed(["backup", "create", "b", "--passphrase-file", "pass"])
            // Saved after the backup, which therefore does not know about it.
            try await save("next.crt")
            try loseEverything(aprity)
            try await aprity.succeed(["backup", "restore", "b", "--passphrase-file", "pass"])
            let found = try await aprity.run("unblock", "bikes")
            #expect(found.status == 0, "\(found.stderr)")
            try await aprity.succeed(["token", "bikes"])
            #expect(try await aprity.run("audit", "verify").status == 0)

            // A later certificate, whose key no backup contains.
            let other = try AprityProcess()
            try await other.succeed(["init"])
            try await other.succeed([
                "connection", "add", "--allow-tokens", "o", "--login-host", org.url, "--username", "o@acme.example",
            ])
            try await other.succeed(["certificate", "download", "o", "--out", aprity.path("later.crt")])
            try await save("later.crt")
            try loseEverything(aprity)
            try await aprity.succeed(["backup", "restore", "b", "--passphrase-file", "pass"])
            let refused = try await aprity.run("unblock", "bikes", "--json")
            // According to the store, an upload was spreading; it cannot know that this one never spreads.
            #expect(refused.status == 75, "\(refused)")
            #expect(refused.stdout.contains("signatureRefused"), "\(refused)")
            #expect(try await aprity.run("token", "bikes").status == 77)
            // The solution in the guide.
            try await aprity.succeed(["certificate", "download", "bikes", "--out", "restored.crt"])
            try await save("restored.crt")
            #expect(try await aprity.run("unblock", "bikes").status == 0)
        }
    }

    @Test("A backup that cannot be opened or restored gives one clear message, and nothing is lost")
    func refused() async throws {
        try await withStore { aprity, _ in
            try await aprity.succeed(["backup", "create", "b", "--passphrase-file", "pass"])
            let good = try Data(contentsOf: URL(filePath: aprity.path("b")))
            var damaged = good
            damaged[damaged.count / 2] ^= 1
            try damaged.write(to: URL(filePath: aprity.path("damaged")))
            try good.dropLast(1000).write(to: URL(filePath: aprity.path("short")))
            _ = try aprity.write("correct horse battery!\n", to: "wrong")
            _ = try aprity.write("short\n", to: "weak")
            for (arguments, code, status) in [
                (["verify", "b", "--passphrase-file", "wrong"], "backupPassphraseWrong", 65),
                (["verify", "damaged", "--passphrase-file", "pass"], "backupDamaged", 65),
                (["verify", "short", "--passphrase-file", "pass"], "backupDamaged", 65),
                (["verify", "pass", "--passphrase-file", "pass"], "backupDamaged", 65),
                (["verify", "none", "--passphrase-file", "pass"], "fileMissing", 66),
                (["verify", "b", "--passphrase-file", "none"], "fileMissing", 66),
                (["verify", "b"], "passphraseMissing", 66),
                (["restore", "damaged", "--force", "--passphrase-file", "pass"], "backupDamaged", 65),
                (["restore", "b", "--force", "--passphrase-file", "wrong"], "backupPassphraseWrong", 65),
                (["restore", "b", "--passphrase-file", "pass"], "restorePlaceTaken", 73),
                (["create", "b", "--passphrase-file", "pass"], "outputExists", 73),
                (["create", "c", "--passphrase-file", "weak"], "usage", 64),
            ] as [([String], String, Int32)] {
                let outcome = try await aprity.run(["backup"] + arguments + ["--json"])
                #expect(try outcome.json()["code"] as? String == code, "\(arguments) \(outcome.stdout)")
                #expect(outcome.status == status, "\(arguments)")
                #expect(!(outcome.stdout + outcome.stderr).contains("correct horse"))
                let remedy = try #require(try outcome.json()["remedy"] as? String)
                // A hint does not name the command that was just run.
                #expect(!(arguments[0] == "verify" && remedy.contains("backup verify")), "\(arguments) \(remedy)")
            }
            #expect(try Data(contentsOf: URL(filePath: aprity.path("b"))) == good)
            #expect(!FileManager.default.fileExists(atPath: aprity.path("c")))
            try await aprity.succeed(["token", "bikes"])

            // A restore never replaces a store in use. It can replace an unused one, which is then kept.
            try await aprity.serving(["serve", "--port", "0"]) { _ in
                let outcome = try await aprity.run(
                    "backup", "restore", "b", "--force", "--passphrase-file", "pass", "--json")
                #expect(try outcome.status == 75 && outcome.json()["code"] as? String == "storeBusy")
            }
            try await aprity.succeed(["token", "bikes"])
            let outcome = try await aprity.run(
                "backup", "restore", "b", "--force", "--passphrase-file", "pass", "--json")
            #expect(outcome.status == 0, "\(outcome.stderr)")
            let kept = try #require(try outcome.json()["keptAside"] as? [String])
            // The checkpoint file has newer checkpoints than the backup, so it stays where it is.
            #expect(kept.count == 1)
            #expect(outcome.stderr.contains("warning"))
            #expect(try await aprity.run("token", "bikes").status == 77)
            #expect(try await aprity.run("unblock", "bikes").status == 0)
            #expect(try await aprity.run("audit", "verify").status == 0)
        }
    }

    @Test("At a terminal, the passphrase is asked for, twice for a new backup, and not shown")
    func terminal() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        let variables = aprity.environment
        func run(_ answers: [String], _ arguments: [String]) async throws -> AprityProcess.Outcome {
            let file = try aprity.write(answers.joined(separator: "\n") + "\n", to: "answers")
            return try await ForeignProgram(in: aprity.home, environment: variables).run(
                "python3", [ForeignProgram.tools + "/at_terminal.py", file, AprityProcess.binary] + arguments)
        }
        let secret = "päss phrase of mine"
        let differing = try await run([secret, secret + "x"], ["backup", "create", "b"])
        #expect(differing.status == 64)
        #expect(differing.stdout.contains("The two passphrases differ."))
        let made = try await run([secret, secret], ["backup", "create", "b"])
        #expect(made.status == 0, "\(made.stdout)\(made.stderr)")
        let verified = try await run([secret], ["backup", "verify", "b"])
        #expect(verified.status == 0, "\(verified.stdout)")
        #expect(verified.stdout.contains("The database is intact."), "\(verified.stdout)")
        for outcome in [differing, made, verified] { #expect(!outcome.stdout.contains("phrase of mine")) }
        _ = try aprity.write(secret + "\n", to: "pass")
        #expect(try await aprity.run("backup", "verify", "b", "--passphrase-file", "pass").status == 0)
    }

    @Test("A killed restore completes when it is run again")
    func killed() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        try await aprity.succeed([
            "connection", "add", "--allow-tokens", "bikes", "--login-host", "https://acme.my.salesforce.com",
            "--username", "i@a.example",
        ])
        _ = try aprity.write("correct horse battery\n", to: "pass")
        try await aprity.succeed(["backup", "create", "b", "--passphrase-file", "pass"])
        try loseEverything(aprity)
        let restore = ["backup", "restore", "b", "--passphrase-file", "pass"]
        let clock = ContinuousClock()
        let start = clock.now
        try await aprity.succeed(restore)
        let whole = start.duration(to: clock.now)
        var (killed, done) = (0, 0)
        for number in 1...8 {
            try loseEverything(aprity)
            try FileManager.default.createDirectory(atPath: aprity.path("data"), withIntermediateDirectories: true)
            try FileManager.default.createDirectory(atPath: aprity.path("config"), withIntermediateDirectories: true)
            // Most of the time is the key derivation from the passphrase; the files are written in the rest.
            let outcome = try await aprity.whileRunning(restore) { program in
                try await Task.sleep(for: whole * (72 + 4 * number) / 100)
                try program.send(.kill)
            }
            killed += outcome.status == -9 ? 1 : 0
            // The store gets its name last. A restore that got this far is complete.
            let isComplete = FileManager.default.fileExists(atPath: aprity.path("data/aprity/aprity.sqlite"))
            let again = try await aprity.run(restore)
            #expect(again.status == (isComplete ? 73 : 0), "\(again.stderr)")
            done += again.status == 73 ? 1 : 0
            #expect(try await aprity.run("token", "bikes").status == 77)
            #expect(try await aprity.run("audit", "verify").status == 0)
            let names = try FileManager.default.contentsOfDirectory(atPath: aprity.path("data/aprity"))
            #expect(Set(names).isSuperset(of: ["aprity.sqlite", "block-order"]), "\(names)")
        }
        print("Killed \(killed) of 8 restores; \(done) were done already.")
    }
}
