internal import Foundation
internal import Subprocess
internal import SystemPackage
internal import Testing

/// External damage to the store: edited, locked, with another key, on a full disk.
@Suite struct StoreTroubleTests {
    private func sqlite(_ aprity: AprityProcess, _ statement: String) async throws -> String {
        let result = try await Subprocess.run(
            .name("sqlite3"), arguments: [aprity.path("data/aprity/aprity.sqlite"), statement],
            output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
        try #require(result.terminationStatus.isSuccess, "\(result.standardError)")
        return result.standardOutput
    }

    private func withTwoConnections() async throws -> AprityProcess {
        let aprity = try AprityProcess()
        _ = try await aprity.run("init")
        for name in ["one", "two"] {
            let added = try await aprity.run(
                "connection", "add", name, "--login-host", "https://\(name).my.salesforce.com", "--username",
                "i@\(name).example")
            try #require(added.status == 0, "\(added.stderr)")
        }
        return aprity
    }

    @Test(
        "A record that was edited, swapped, removed or added outside aprity is rejected with its name",
        arguments: [
            "UPDATE record SET body = CAST(replace(CAST(body AS TEXT), 'one.my', 'two.my') AS BLOB) WHERE kind = 'connection' AND id = 'one'",
            "UPDATE record SET revision = revision + 1 WHERE kind = 'connection' AND id = 'one'",
            "UPDATE record SET body = (SELECT body FROM record WHERE kind = 'connection' AND id = 'two') WHERE kind = 'connection' AND id = 'one'",
            "DELETE FROM record WHERE kind = 'connection' AND id = 'one'",
        ])
    func edited(_ statement: String) async throws {
        let aprity = try await withTwoConnections()
        _ = try await sqlite(aprity, statement)
        let result = try await aprity.run("connection", "show", "one", "--json")
        #expect(result.status == 77)
        #expect(try result.json()["code"] as? String == "recordAltered")
        #expect(result.stderr.contains("connection one"))
    }

    @Test("If all records were removed, commands say so, and init does not begin a new store over the audit record")
    func recordsRemoved() async throws {
        let aprity = try await withTwoConnections()
        _ = try await sqlite(aprity, "DELETE FROM record")
        for command in [["connection", "list"], ["init"]] {
            let result = try await aprity.run(command + ["--json"])
            #expect(result.status == 77)
            #expect(try result.json()["code"] as? String == "recordAltered")
        }
    }

    @Test("If only a former store is left of a restore, every command says so, and init does not create an empty store")
    func interruptedRestore() async throws {
        let aprity = try await withTwoConnections()
        let (home, former) = (aprity.path("data/aprity"), aprity.path("data/aprity/before-restore-20261129T000000Z"))
        let names = try FileManager.default.contentsOfDirectory(atPath: home)
        try FileManager.default.createDirectory(atPath: former, withIntermediateDirectories: false)
        for name in names { try FileManager.default.moveItem(atPath: home + "/" + name, toPath: former + "/" + name) }
        for command in [["connection", "list"], ["block", "one", "--reason", "drill"], ["init"]] {
            let result = try await aprity.run(command)
            #expect(result.status == 78)
            #expect(result.stderr.contains(former))
            #expect(result.stderr.contains("If that restore was interrupted, run it again"))
        }
    }

    @Test("init removes the unfinished files of one that was killed, and leaves no lock")
    func initDrafts() async throws {
        let aprity = try AprityProcess()
        let home = aprity.path("data/aprity")
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        for name in ["aprity.sqlite.new-4711-0", "aprity.sqlite.new-4711-0-wal", "aprity.lock"] {
            try Data("half".utf8).write(to: URL(filePath: home + "/" + name))
        }
        try await aprity.succeed(["init"])
        let names = try FileManager.default.contentsOfDirectory(atPath: home)
        #expect(names.contains("aprity.sqlite"))
        #expect(!names.contains { $0.contains(".new-") || $0 == "aprity.lock" })
    }

    @Test("If the master key file is missing, a block says only that")
    func missingKeyOfBlock() async throws {
        let aprity = try await withTwoConnections()
        try FileManager.default.removeItem(atPath: aprity.path("config/aprity/master.key"))
        let result = try await aprity.run("block", "one", "--reason", "drill")
        #expect(result.status == 78)
        #expect(result.stderr.contains("does not exist"))
        #expect(!result.stderr.contains("other users"))
    }

    @Test("A record restored to an earlier state with a valid tag is rejected with its name")
    func rolledBack() async throws {
        let aprity = try await withTwoConnections()
        _ = try await sqlite(
            aprity, "CREATE TABLE old AS SELECT * FROM record WHERE kind = 'connection' AND id = 'one'")
        let change = try await aprity.run("connection", "set", "one", "--username", "other@one.example")
        try #require(change.status == 0)
        _ = try await sqlite(
            aprity,
            "UPDATE record SET (revision, body, masterKeyID, tag) = (SELECT revision, body, masterKeyID, tag FROM old) WHERE kind = 'connection' AND id = 'one'; DROP TABLE old"
        )
        let result = try await aprity.run("connection", "show", "one", "--json")
        #expect(try result.json()["code"] as? String == "recordAltered")
        #expect(result.stderr.contains("connection one"))
        #expect(try await aprity.run("connection", "show", "two").status == 0)
    }

    @Test("A wrong, missing or exposed master key is reported with its own cause")
    func masterKeys() async throws {
        let aprity = try await withTwoConnections()
        let key = aprity.path("config/aprity/master.key")
        let content = try String(contentsOfFile: key, encoding: .utf8)
        let other = "aprity-master-key-1:" + String(repeating: "ab", count: 32) + "\n"
        let wrong = try aprity.write(other, to: "other.key")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: wrong)

        var result = try await aprity.run("connection", "list", "--master-key-file", wrong, "--json")
        #expect(result.status == 78)
        #expect(try result.json()["code"] as? String == "masterKeyWrong")

        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key)
        result = try await aprity.run("connection", "list", "--json")
        #expect(try result.json()["code"] as? String == "masterKeyUnsafe")

        try FileManager.default.removeItem(atPath: key)
        result = try await aprity.run("connection", "list", "--json")
        #expect(try result.json()["code"] as? String == "masterKeyMissing")
        result = try await aprity.run("init", "--json")
        #expect(try result.json()["code"] as? String == "masterKeyMissing", "a new key would open nothing")

        try Data((other + content).utf8).write(to: URL(filePath: key))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
        #expect(try await aprity.run("connection", "list").status == 0, "two keys are accepted at once")
    }

    @Test("The master key's file can be a bare name of one letter")
    func shortName() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init", "--master-key-file", "k", "--home", "h"])
        #expect(try await aprity.run("connection", "list", "--master-key-file", "k", "--home", "h").status == 0)
    }

    @Test("A store of a newer version is not changed")
    func newer() async throws {
        let aprity = try await withTwoConnections()
        _ = try await sqlite(aprity, "INSERT INTO grdb_migrations VALUES ('9999 from the future')")
        let result = try await aprity.run("connection", "list", "--json")
        #expect(result.status == 78)
        #expect(try result.json()["code"] as? String == "storeNewer")
    }

    @Test("A locked store is waited for, then reported as busy, and nothing is lost")
    func locked() async throws {
        let aprity = try await withTwoConnections()
        let held = try await Subprocess.run(
            .name("sqlite3"), arguments: [aprity.path("data/aprity/aprity.sqlite")],
            input: .inputWriter, output: .sequence, error: .discarded
        ) { execution in
            _ = try await execution.standardInputWriter.write("BEGIN IMMEDIATE; SELECT 'held';\n")
            var lines = execution.standardOutput.strings().makeAsyncIterator()
            try #require(try await lines.next() == "held")
            let busy = try await aprity.run("connection", "set", "one", "--username", "other@one.example", "--json")
            _ = try await execution.standardInputWriter.write("ROLLBACK;\n.quit\n")
            try await execution.standardInputWriter.finish()
            return busy
        }
        #expect(held.closureResult.status == 75)
        #expect(try held.closureResult.json()["code"] as? String == "storeBusy")
        #expect(try await aprity.run("connection", "show", "one", "--json").stdout.contains("i@one.example"))
    }

    @Test("On a full disk, a command reports it, and the earlier content is intact")
    func fullDisk() async throws {
        let aprity = try AprityProcess()
        // A file system of 400 KB in its own namespace, so that only this test sees it and nothing stays mounted.
        let script = """
            set -e
            mkdir small && mount -t tmpfs -o size=400k none small
            export APRITY_HOME="$PWD/small/data"
            "$0" init >/dev/null
            "$0" connection add one --login-host https://one.my.salesforce.com --username i@one.example >/dev/null 2>&1
            dd if=/dev/zero of=small/filler bs=1k count=1000 2>/dev/null || true
            set +e
            for n in 1 2 3 4 5 6 7 8; do
                "$0" connection add full$n --login-host https://one.my.salesforce.com --username i@one.example --json \\
                    >answer 2>/dev/null
                status=$?
                [ $status -ne 0 ] && break
            done
            echo "status $status"
            cat answer
            rm small/filler
            "$0" connection show one --json
            """
        let result = try await Subprocess.run(
            .name("unshare"), arguments: ["--mount", "bash", "-c", script, AprityProcess.binary],
            environment: .inherit.updating(["XDG_CONFIG_HOME": aprity.path("config")]),
            workingDirectory: FilePath(aprity.home), output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20))
        #expect(result.standardOutput.contains("status 74"), "\(result.standardOutput) \(result.standardError)")
        #expect(result.standardOutput.contains("\"code\" : \"diskFull\""))
        #expect(result.standardOutput.contains("\"alias\" : \"one\""))
    }

    @Test("A block holds on a full disk, and is copied to the store when there is space")
    func blockOnFullDisk() async throws {
        let aprity = try AprityProcess()
        let script = """
            set -e
            mkdir small && mount -t tmpfs -o size=600k none small
            export APRITY_HOME="$PWD/small/data"
            "$0" init >/dev/null 2>&1
            "$0" connection add one --login-host https://one.my.salesforce.com --username i@one.example \\
                --consumer-key 3MVG9.consumer_key >/dev/null
            "$0" audit list >/dev/null
            dd if=/dev/zero of=small/filler bs=1 count=2000000 2>/dev/null || true
            set +e
            "$0" block one --reason "full disk" --json >answer 2>/dev/null
            echo "block $?"
            cat answer
            echo "shown while full $("$0" connection show one --json 2>/dev/null | jq .isBlocked)"
            "$0" token one >/dev/null 2>token; echo "token while full $?"; cat token
            rm small/filler
            "$0" token one >/dev/null 2>token; echo "token with space $?"
            "$0" connection show one --json
            """
        let result = try await Subprocess.run(
            .name("unshare"), arguments: ["--mount", "bash", "-c", script, AprityProcess.binary],
            environment: .inherit.updating(["XDG_CONFIG_HOME": aprity.path("config")]),
            workingDirectory: FilePath(aprity.home), output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
        let said = result.standardOutput
        #expect(said.contains("\"reason\" : \"full disk\""), "\(said)")
        #expect(said.contains("\"id\" : \"noNewSignature\""), "\(said)")
        #expect(said.contains("block 75"))
        #expect(said.contains("shown while full true"))
        // The store cannot be opened, so nothing is signed. Then there is space, and the block is in the store.
        #expect(said.contains("token while full 74"), "\(said)")
        #expect(said.contains("token with space 77"), "\(said)")
        #expect(said.contains("\"isBlocked\" : true"))
    }

    @Test("Ten processes that add connections in parallel lose none")
    func manyProcesses() async throws {
        let aprity = try AprityProcess()
        _ = try await aprity.run("init")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<10 {
                group.addTask {
                    let added = try await aprity.run(
                        "connection", "add", "c\(number)", "--login-host", "https://one.my.salesforce.com",
                        "--username",
                        "i@one.example")
                    #expect(added.status == 0, "\(added.stderr)")
                }
            }
            try await group.waitForAll()
        }
        let all = try await aprity.run("connection", "list", "--json").stdout
        for number in 0..<10 { #expect(all.contains("\"alias\" : \"c\(number)\"")) }
    }
}
