internal import AsyncHTTPClient
internal import ConnectedAppTesting
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import Subprocess
internal import SystemPackage
internal import Testing

/// Blocks by the built program while something else is wrong: a locked store, restored files, a moved home.
@Suite("A block when something is wrong")
struct BlockInTroubleTests {
    private static let database = "data/aprity/aprity.sqlite"
    private static let orderFile = "data/aprity/block-order"

    /// Runs the body with a store of two connections, `one` and `two`, each with its own app in the embedded org.
    private func withTwo(_ body: @Sendable (AprityProcess) async throws -> Void) async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.succeed(["init"])
            for alias in ["one", "two"] {
                try await aprity.succeed([
                    "connection", "add", "--allow-tokens", alias, "--login-host", org.url, "--username",
                    ManagedOrg.integrationUser,
                ])
                try await aprity.succeed(["certificate", "download", alias, "--out", "\(alias).crt"])
                let pem = try String(contentsOfFile: aprity.path("\(alias).crt"), encoding: .utf8)
                let key = try await org.makeApp(named: "aprity \(alias)", certificatePEM: pem)
                try await aprity.succeed(["connection", "set", alias, "--consumer-key", key])
                try await aprity.succeed(["token", alias])
            }
            try await body(aprity)
        }
    }

    private func code(_ aprity: AprityProcess, _ words: [String]) async throws -> String {
        try await aprity.run(words + ["--json"]).json()["code"] as? String ?? "none"
    }

    /// Runs the body while another program has locked the store.
    private func whileLocked<T: Sendable>(
        _ aprity: AprityProcess, _ body: @escaping @Sendable () async throws -> T
    ) async throws -> T {
        let held = try await Subprocess.run(
            .name("sqlite3"), arguments: [aprity.path(Self.database)], input: .inputWriter, output: .sequence,
            error: .discarded
        ) { execution in
            _ = try await execution.standardInputWriter.write("BEGIN IMMEDIATE; SELECT 'held';\n")
            var lines = execution.standardOutput.strings().makeAsyncIterator()
            try #require(try await lines.next() == "held")
            let result = try await body()
            _ = try await execution.standardInputWriter.write("ROLLBACK;\n.quit\n")
            try await execution.standardInputWriter.finish()
            return result
        }
        return held.closureResult
    }

    @Test("An order that does not fit into the file changes nothing and reports that")
    func cutOff() async throws {
        try await withTwo { aprity in
            let before = try Data(contentsOf: URL(filePath: aprity.path(Self.orderFile)))
            let script = "ulimit -f 1; trap '' XFSZ; exec \"$0\" block one --reason full --json"
            let outcome = try await ForeignProgram(in: aprity.home, environment: aprity.environment)
                .run("/bin/bash", ["-c", script, AprityProcess.binary])
            #expect(outcome.status != 0)
            #expect(outcome.stdout.contains("Nothing was blocked"))
            #expect(try Data(contentsOf: URL(filePath: aprity.path(Self.orderFile))) == before)
            try await aprity.succeed(["token", "one"])
        }
    }

    private func sqlite(_ aprity: AprityProcess, _ statement: String) async throws {
        _ = try await ForeignProgram(in: aprity.home).succeed("sqlite3", [Self.database, statement])
    }

    /// Recovers from `blockMayBeLost`: blocks everything, then unblocks each connection with a test.
    private func recover(_ aprity: AprityProcess) async throws {
        #expect(try await [0, 75].contains(aprity.run("block", "--all", "--reason", "put back").status))
        for alias in ["one", "two"] {
            #expect(try await code(aprity, ["token", alias]) == "blocked")
            #expect(try await aprity.run("unblock", alias).status == 0)
            #expect(try await aprity.run("token", alias).status == 0)
        }
    }

    // MARK: Locked

    @Test("Two blocks ordered while the store is locked both hold, with and without a log and a server")
    func locked() async throws {
        try await withTwo { aprity in
            try await aprity.serving(["serve", "--port", "0"]) { serve in
                // A refused sign-in writes to the log.
                var request = HTTPClientRequest(url: serve.url + "/sign-in")
                request.method = .POST
                request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
                request.headers.add(name: "Origin", value: serve.url)
                request.body = .bytes(Array("token=wrong".utf8))
                _ = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
                let statuses = try await whileLocked(aprity) {
                    async let one = aprity.run("block", "one", "--reason", "first")
                    async let two = aprity.run("block", "two", "--reason", "second")
                    return try await [one.status, two.status]
                }
                #expect(statuses == [75, 75])
                for alias in ["one", "two"] { #expect(try await code(aprity, ["token", alias]) == "blocked") }
            }
            for alias in ["one", "two"] { #expect(try await aprity.run("unblock", alias).status == 0) }
            let blocked = try await whileLocked(aprity) {
                try await aprity.run("block", "one", "--reason", "locked", "--json")
            }
            #expect(blocked.status == 75, "\(blocked.stderr)")
            #expect(blocked.stdout.contains("\"isInStore\" : false"), "\(blocked.stderr)")
            let refused = try await aprity.run("token", "one", "--json")
            #expect(try refused.json()["code"] as? String == "blocked")
            #expect(refused.stderr.contains("locked"))
            #expect(try await aprity.run("token", "two").status == 0)
        }
    }

    @Test("A block holds, for its app only, while a process that prepares the log's index is stopped")
    func stopped() async throws {
        try await withTwo { aprity in
            let store = aprity.path(Self.database)
            let (blocked, duration) = try await OutsideTool("python3").whileRunning(
                [ManagedOrg.packageFolder + "/Tests/Tools/hold_log_index.py", store], input: ""
            ) {
                let clock = ContinuousClock()
                let start = clock.now
                async let result = aprity.run("block", "one", "--reason", "stopped", "--json")
                // The order is written long before the store is given up.
                try await AprityProcess.until { FileManager.default.fileExists(atPath: aprity.path(Self.orderFile)) }
                let ordered = clock.now
                let outcome = try await result
                #expect(ordered - start < clock.now - ordered)
                return (outcome, clock.now - start)
            }
            #expect(blocked.status == 75, "\(blocked.stderr)")
            #expect(blocked.stdout.contains("\"isInStore\" : false"), "\(blocked.stderr)")
            #expect(blocked.stdout.contains("storeBusy"))
            #expect(!blocked.stdout.contains("internalError"))
            #expect(duration < .seconds(30))
            #expect(try await code(aprity, ["token", "one"]) == "blocked")
            #expect(try await aprity.run("token", "two").status == 0)
        }
    }

    @Test("A store that is a named pipe does not prevent a block: it covers every app")
    func pipe() async throws {
        try await withTwo { aprity in
            let store = aprity.path(Self.database)
            try FileManager.default.moveItem(atPath: store, toPath: store + ".away")
            try #require(mkfifo(store, 0o600) == 0)
            let refused = try await aprity.run("connection", "list", "--json")
            #expect(try refused.json()["code"] as? String == "fileUnreadable")
            #expect(refused.status == 66)
            #expect(refused.stderr.contains("not a regular file"))
            let blocked = try await aprity.run("block", "one", "--reason", "drill", "--json")
            #expect(blocked.status == 75, "\(blocked.stderr)")
            #expect(blocked.stdout.contains("\"coversEveryApp\" : true"), "\(blocked.stderr)")
            try FileManager.default.removeItem(atPath: store)
            try FileManager.default.moveItem(atPath: store + ".away", toPath: store)
            for alias in ["one", "two"] { #expect(try await code(aprity, ["token", alias]) == "blocked") }
        }
    }

    @Test("On a file system without locks, the reason is reported, and a block holds")
    func noLocks() async throws {
        let marker = FileManager.default.temporaryDirectory.appending(path: "no-locks-\(UUID().uuidString)").path
        let aprity = try AprityProcess(environment: [
            "LD_PRELOAD": try await PreloadedLibrary.compiled("no_locks.c"), "APRITY_TEST_NO_LOCKS": marker,
        ])
        try await aprity.succeed(["init"])
        try await aprity.succeed([
            "connection", "add", "--allow-tokens", "one", "--login-host", "https://one.my.salesforce.com", "--username",
            "i@one.example",
            "--consumer-key", "3MVG9.consumer_key",
        ])
        try Data().write(to: URL(filePath: marker))
        let refused = try await aprity.run("token", "one", "--json")
        #expect(try refused.json()["code"] as? String == "inputOutput")
        #expect(refused.stderr.contains("cannot lock files"))
        let blocked = try await aprity.run("block", "one", "--reason", "drill", "--json")
        #expect(blocked.status == 75)
        #expect(blocked.stdout.contains("\"isInStore\" : false"), "\(blocked.stderr)")
        try FileManager.default.removeItem(atPath: marker)
        #expect(try await code(aprity, ["token", "one"]) == "blocked")
    }

    // MARK: Restored files

    @Test("A removed, erased or restored order file stops every signature until every app was blocked")
    func orderFile() async throws {
        try await withTwo { aprity in
            let path = aprity.path(Self.orderFile)
            let before = try Data(contentsOf: URL(filePath: path))
            #expect(try await [0, 75].contains(aprity.run("block", "one", "--reason", "drill").status))
            #expect(try await aprity.run("unblock", "one").status == 0)
            for content in [nil, Data(repeating: 0x0A, count: 4096), before] {
                try FileManager.default.removeItem(atPath: path)
                if let content { try content.write(to: URL(filePath: path)) }
                #expect(try await code(aprity, ["token", "two"]) == "blockMayBeLost")
                try await recover(aprity)
            }
        }
    }

    @Test("An order that is not in the store yet cannot be undone by restoring the file")
    func orderTakenBack() async throws {
        try await withTwo { aprity in
            let path = aprity.path(Self.orderFile)
            let before = try Data(contentsOf: URL(filePath: path))
            try await whileLocked(aprity) {
                #expect(try await aprity.run("block", "one", "--reason", "stolen").status == 75)
                try before.write(to: URL(filePath: path))
            }
            #expect(try await code(aprity, ["token", "one"]) == "blockMayBeLost")
            try await recover(aprity)
        }
    }

    @Test("Records restored from before a block are rejected and reported, even with an unchanged audit record")
    func records() async throws {
        try await withTwo { aprity in
            try await sqlite(aprity, "CREATE TABLE former AS SELECT * FROM record")
            #expect(try await [0, 75].contains(aprity.run("block", "one", "--reason", "stolen").status))
            try await sqlite(
                aprity, "DELETE FROM record; INSERT INTO record SELECT * FROM former; DROP TABLE former")
            #expect(try await code(aprity, ["token", "one"]) == "blockMayBeLost")
            let verified = try await aprity.run("audit", "verify", "--json")
            #expect(verified.status == 1)
            #expect(verified.stdout.contains("recordsPutBack"))
            try await recover(aprity)
            #expect(try await aprity.run("audit", "verify").status == 0)
        }
    }

    // MARK: Premises

    @Test("A server whose home was moved and replaced stops signing and reports that")
    func movedHome() async throws {
        try await withTwo { aprity in
            let status = Task { try await self.servedAcrossMove(aprity) }
            let seen = try await status.value
            #expect(seen == ["200", "storeMoved", "503"])
        }
    }

    /// - Parameter token: `nil` to read it from the server's file.
    private func get(
        _ path: String, _ serve: AprityProcess.Ready, token: String? = nil
    ) async throws -> (status: UInt, body: String) {
        var request = HTTPClientRequest(url: serve.url + path)
        request.headers.add(name: "Authorization", value: "Bearer " + (try token ?? startToken(of: serve)))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        return (response.status.code, String(buffer: try await response.body.collect(upTo: 1 << 20)))
    }

    private func startToken(of serve: AprityProcess.Ready) throws -> String {
        try String(contentsOfFile: serve.startTokenFile ?? "", encoding: .utf8).trimmingCharacters(in: .newlines)
    }

    private func servedAcrossMove(_ aprity: AprityProcess) async throws -> [String] {
        try await aprity.serving(["serve", "--port", "0"]) { serve in
            let types = "/api/v1/connections/one/metadata/types"
            var seen = [String(try await get(types, serve).status)]
            let token = try startToken(of: serve)
            let data = aprity.path("data/aprity")
            try FileManager.default.moveItem(atPath: data, toPath: data + ".moved")
            try FileManager.default.copyItem(atPath: data + ".moved", toPath: data)
            #expect(try await [0, 75].contains(aprity.run("block", "one", "--reason", "moved").status))
            let refused = try await get(types, serve, token: token)
            seen.append(refused.body.contains("storeMoved") ? "storeMoved" : refused.body)
            seen.append(String(try await get("/readyz", serve, token: token).status))
            return seen
        }
    }

    @Test("A home that others can change is rejected, but a block still works")
    func unsafeHome() async throws {
        try await withTwo { aprity in
            let data = aprity.path("data")
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: data)
            let refused = try await aprity.run("token", "one", "--json")
            #expect(try refused.json()["code"] as? String == "configurationMalformed")
            #expect(refused.stderr.contains(data))
            #expect(try await [0, 75].contains(aprity.run("block", "one", "--reason", "drill").status))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: data)
            #expect(try await code(aprity, ["token", "one"]) == "blocked")
        }
    }

    @Test(
        "With a master key that others can read, blocks work, a running server stops signing, and keys can be replaced",
        arguments: [0o644, 0o640])
    func exposedMasterKey(_ mode: Int) async throws {
        try await withTwo { aprity in
            let key = aprity.path("config/aprity/master.key")
            func setMode(_ mode: Int) throws {
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: key)
            }
            try await aprity.serving(["serve", "--port", "0"]) { serve in
                #expect(try await get("/readyz", serve).status == 200)
                try setMode(mode)
                let ready = try await get("/readyz", serve)
                #expect(ready.status == 503, "\(ready.body)")
                #expect(ready.body.contains("masterKeyUnsafe"), "\(ready.body)")
                let types = try await get("/api/v1/connections/two/metadata/types", serve)
                #expect(types.status == 500, "\(types.body)")
                #expect(types.body.contains("masterKeyUnsafe"), "\(types.body)")
                #expect(try await get("/metrics", serve).body.contains("\naprity_ready 0\n"))
            }
            let blocked = try await aprity.run("block", "one", "--reason", "key exposed")
            #expect([0, 75].contains(blocked.status), "\(blocked.stderr)")
            #expect(blocked.stderr.contains("aprity: warning: \(key): The mode of the master key file is 0"))
            #expect(blocked.stderr.contains("chmod 600"))
            #expect(try await code(aprity, ["token", "two"]) == "masterKeyUnsafe")
            let compromise = try await aprity.run(
                "credential", "compromise", "two", "--reason", "key exposed", "--json")
            #expect(compromise.status == 75)
            #expect(compromise.stderr.contains("aprity: warning: \(key)"))
            #expect(try compromise.json()["connection"] as? String == "two", "\(compromise.stderr)")
            try setMode(0o600)
            for alias in ["one", "two"] { #expect(try await code(aprity, ["token", alias]) == "blocked") }
        }
    }

    // MARK: Settings

    @Test("A block only warns of malformed settings that it does not need")
    func otherSettings() async throws {
        let aprity = try AprityProcess(environment: [
            "APRITY_AUDIT_KEEP_DAYS": "soon", "APRITY_KEY_STORE": "drawer",
        ])
        try await aprity.succeed(["init"])
        let settings = ["APRITY_AUDIT_KEEP_DAYS", "APRITY_KEY_STORE"]
        let blocked = try await aprity.run("block", "--all", "--reason", "drill")
        #expect(blocked.status == 0, "\(blocked.stderr)")
        for setting in settings {
            let lines = blocked.stderr.split(separator: "\n")
            #expect(
                lines.contains { $0.hasPrefix("aprity: warning: ") && $0.contains(setting) }, "\(blocked.stderr)")
        }
    }

    @Test("A server with an unusable proxy warns once at its start")
    func proxyOfServer() async throws {
        let aprity = try AprityProcess(environment: ["HTTPS_PROXY": "socks5://p:1"])
        try await aprity.succeed(["init"])
        let outcome = try await aprity.whileRunning(["serve", "--port", "0"]) { running in
            for _ in 0..<200 where !FileManager.default.fileExists(atPath: aprity.path("data/aprity/start-token")) {
                try await Task.sleep(for: .milliseconds(50))
            }
            try running.send(.terminate)
        }
        #expect(outcome.status == 143)
        let warnings = outcome.stderr.split(separator: "\n").filter { $0.hasPrefix("aprity: warning: ") }
        try #require(warnings.count == 1, "\(outcome.stderr)")
        #expect(warnings[0].contains("HTTPS_PROXY"), "\(outcome.stderr)")
    }

    @Test(
        "An unusable proxy stops only what needs the network", arguments: ["https://p:1", "socks5://p:1"])
    func proxy(_ proxy: String) async throws {
        let aprity = try AprityProcess(environment: ["HTTPS_PROXY": proxy])
        try await aprity.succeed(["init"])
        try await aprity.succeed([
            "connection", "add", "--allow-tokens", "one", "--login-host", "https://one.my.salesforce.com", "--username",
            "i@one.example",
            "--consumer-key", "3MVG9.consumer_key",
        ])
        #expect(try await aprity.run("config").stdout.contains("malformed"))
        #expect(try await aprity.run("connection", "list").status == 0)
        let refused = try await aprity.run("token", "one", "--json")
        #expect(try refused.json()["code"] as? String == "configurationMalformed")
        #expect(refused.stderr.contains("HTTPS_PROXY"))
        #expect(try await aprity.run("block", "one", "--reason", "drill").status == 0)
        #expect(try await code(aprity, ["token", "one"]) == "configurationMalformed")
    }

    @Test("Unreadable certificate authorities stop only what needs the network")
    func authorities() async throws {
        let aprity = try AprityProcess(environment: ["SSL_CERT_FILE": "/nowhere/ca.pem"])
        try await aprity.succeed(["init"])
        try await aprity.succeed([
            "connection", "add", "--allow-tokens", "one", "--login-host", "https://one.my.salesforce.com", "--username",
            "i@one.example",
            "--consumer-key", "3MVG9.consumer_key",
        ])
        #expect(try await aprity.run("connection", "list").status == 0)
        let refused = try await aprity.run("token", "one", "--json")
        #expect(try refused.json()["code"] as? String == "configurationMalformed")
        #expect(refused.stderr.contains("SSL_CERT_FILE: /nowhere/ca.pem"))
        let config = try await aprity.run("config")
        #expect(config.status == 0)
        #expect(config.stderr.contains("SSL_CERT_FILE: /nowhere/ca.pem"))
        #expect(try await aprity.run("block", "one", "--reason", "drill").status == 0)
    }

    @Test("aprity config warns of a folder of certificate authorities without hash names")
    func unhashed() async throws {
        let folder = try TemporaryFolder()
        let aprity = try AprityProcess(environment: ["SSL_CERT_DIR": folder.path])
        let config = try await aprity.run("config")
        #expect(config.status == 0)
        #expect(config.stderr.contains("`openssl rehash`"))
    }

    // MARK: Keys

    @Test("A key counts as destroyed only when no reader keeps its bytes in the store's files")
    func destroyedKey() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        try await aprity.succeed([
            "connection", "add", "--allow-tokens", "one", "--login-host", "https://one.my.salesforce.com", "--username",
            "i@one.example",
        ])
        let remove = ["connection", "remove", "one", "--destroy-keys", "--yes"]
        let reading = try await Subprocess.run(
            .name("sqlite3"), arguments: [aprity.path(Self.database)], input: .inputWriter, output: .sequence,
            error: .discarded
        ) { execution in
            _ = try await execution.standardInputWriter.write(
                "BEGIN; SELECT 'reads' FROM record LIMIT 1;\n")
            var lines = execution.standardOutput.strings().makeAsyncIterator()
            try #require(try await lines.next() == "reads")
            let result = try await aprity.run(remove + ["--json"])
            _ = try await execution.standardInputWriter.write("ROLLBACK;\n.quit\n")
            try await execution.standardInputWriter.finish()
            return result
        }
        let busy = reading.closureResult
        #expect(busy.status == 75, "\(busy.stderr)")
        #expect(busy.stderr.contains("not destroyed yet"))
        #expect(try await aprity.run(remove).stdout.contains("Destroyed the remaining key of one"))
        #expect(try await aprity.succeed(["audit", "list", "--act", "keyDestroyed"]).contains("keyStore=sealed"))
    }
}
