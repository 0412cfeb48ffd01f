internal import Foundation
internal import Subprocess
internal import SystemPackage
internal import Testing

/// Homes that this user may not read, that are read-only, or that are full. Root bypasses permissions, so the commands
/// run as other users, in their own mount namespace.
@Suite("Access to the home")
struct HomeAccessTests {
    /// Creates a store with the connection `one` as the user `daemon`. `as USER COMMAND…` runs a command as that user.
    private static let preparation = """
        set -euo pipefail
        touch aprity
        mount --bind "$0" aprity
        chmod 755 .
        as() {
            local user=$1
            shift
            setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups "$@"
        }
        install -d -o daemon -m 700 home
        export HOME=$PWD/home APRITY_HOME=$PWD/home/data APRITY_MASTER_KEY_FILE=$PWD/home/keys/master.key
        as daemon ./aprity init >/dev/null 2>&1
        as daemon ./aprity connection add one --login-host https://one.my.salesforce.com --username i@one.example \\
            --consumer-key 3MVG9.consumer_key >/dev/null 2>&1

        """

    private static let reading = [
        "connection list", "connection show one", "certificate show one", "certificate check --all", "audit list",
        "audit export", "audit verify", "notify list", "budget one", "rotate status one", "test one --history",
    ]
    private static let writing = [
        "block one --reason drill", "unblock one", "credential compromise one --reason drill", "token one",
        "connection set one --username j@one.example", "connection remove one --yes", "rotate start one",
        "budget set one --per-hour 10", "master-key rotate", "serve --port 0", "init",
    ]

    /// Runs the script in a new folder, and returns the lines of its output.
    private func run(_ script: String) async throws -> [Substring] {
        try #require(geteuid() == 0, "Other users' homes are made by root.")
        let aprity = try AprityProcess()
        let result = try await Subprocess.run(
            .name("unshare"), arguments: ["--mount", "bash", "-c", Self.preparation + script, AprityProcess.binary],
            workingDirectory: FilePath(aprity.home), output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
        try #require(result.terminationStatus.isSuccess, "\(result.standardOutput) \(result.standardError)")
        return result.standardOutput.split(separator: "\n")
    }

    /// Returns shell code that runs each command as a user, and prints its exit status and the code of its problem, if
    /// any.
    private func codes(of commands: [String], as user: String) -> String {
        commands.map {
            """
            status=0
            as \(user) ./aprity \($0) --json >answer 2>said || status=$?
            echo "$status $(jq -r 'if type == "object" then .code // "" else "" end' answer 2>/dev/null | head -n 1)"

            """
        }.joined()
    }

    @Test("Every command rejects another user's home with the cause homeClosed")
    func ofAnother() async throws {
        let commands = Self.reading + Self.writing + ["backup restore none.backup --passphrase-file none"]
        let lines = try await run(codes(of: commands, as: "nobody"))
        for (command, line) in zip(commands, lines) { #expect(line == "77 homeClosed", "\(command)") }
        #expect(lines.count == commands.count)
    }

    @Test("The message names the folder, its owner, and the current user")
    func words() async throws {
        let lines = try await run("as nobody ./aprity connection list 2>&1 || true")
        #expect(
            lines.first?.hasSuffix(
                "/home: It belongs to daemon (1) with the mode 0700, and nobody (65534) may not search it.") == true)
        #expect(lines.last?.contains("sudo -u daemon") == true)
    }

    @Test(
        "In a read-only home, read-only commands work, and others report what they need",
        arguments: [
            "mount --bind home home; mount -o remount,bind,ro home",
            "chmod 500 home/data; chmod 400 home/data/aprity.sqlite",
            "rm -f home/data/aprity.sqlite-*; mount --bind home home; mount -o remount,bind,ro home",
        ])
    func readOnly(_ change: String) async throws {
        let writing = [
            "connection set one --username j@one.example", "connection remove one --yes", "rotate start one",
            "token one",
            "serve --port 0",
        ]
        let lines = try await run(change + "\n" + codes(of: Self.reading + writing, as: "daemon"))
        for (command, line) in zip(Self.reading, lines) { #expect(line.hasPrefix("0"), "\(command): \(line)") }
        for (command, line) in zip(writing, lines.dropFirst(Self.reading.count)) {
            #expect(line == "73 storeUnwritable", "\(command)")
        }
        #expect(lines.count == Self.reading.count + writing.count)
    }

    @Test("A log that only a user with write access can read is reported")
    func unreadableLog() async throws {
        let lines = try await run(
            """
            sqlite3 home/data/aprity.sqlite >/dev/null <<'END'
            PRAGMA wal_autocheckpoint = 0;
            CREATE TABLE late (x);
            .shell cp -a home/data copy
            END
            rm copy/aprity.sqlite-shm
            chown -R daemon copy
            mount --bind copy copy
            mount -o remount,bind,ro copy
            as daemon ./aprity connection list --home copy --json >answer 2>/dev/null || true
            jq -r .code,.detail answer
            """)
        #expect(lines.first == "storeUnwritable", "\(lines)")
        #expect(lines.last?.contains("log beside the store") == true, "\(lines)")
    }

    @Test("On a full disk, read-only commands work")
    func fullDisk() async throws {
        let lines = try await run(
            """
            mkdir small
            mount -t tmpfs -o size=600k none small
            cp -a home/data small
            rm -f small/data/aprity.sqlite-*
            dd if=/dev/zero of=small/filler bs=1 count=2000000 2>/dev/null || true
            export APRITY_HOME=$PWD/small/data

            """ + codes(of: Self.reading, as: "daemon"))
        for (command, line) in zip(Self.reading, lines) { #expect(line.hasPrefix("0"), "\(command): \(line)") }
        #expect(lines.count == Self.reading.count)
    }

    @Test("On a file system without shared memory, read-only commands work, and others report what they need")
    func noSharedMemory() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        try await aprity.succeed([
            "connection", "add", "one", "--login-host", "https://one.my.salesforce.com", "--username", "i@one.example",
            "--consumer-key", "3MVG9.consumer_key",
        ])
        let library = try await PreloadedLibrary.compiled("no_shared_memory.c")
        let environment = aprity.environment.merging(["LD_PRELOAD": library]) { $1 }
        let program = ForeignProgram(in: aprity.home, environment: environment)
        func run(_ command: String) async throws -> AprityProcess.Outcome {
            try await program.run(AprityProcess.binary, command.split(separator: " ").map(String.init) + ["--json"])
        }
        for command in Self.reading { #expect(try await run(command).status == 0, "\(command)") }
        for command in ["connection set one --username j@one.example", "token one", "serve --port 0"] {
            let outcome = try await run(command)
            #expect(outcome.status == 73)
            #expect(try outcome.json()["code"] as? String == "storeUnwritable", "\(command)")
            #expect(outcome.stderr.contains("cannot share memory"), "\(command): \(outcome.stderr)")
        }
        #expect(try await [0, 75].contains(run("block one --reason drill").status))
    }
}
