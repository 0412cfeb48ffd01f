internal import Foundation
internal import Subprocess
internal import SystemPackage
internal import Testing

/// The kernel's view of a running process of aprity.
@Suite("A process's memory")
struct ProcessMemoryTests {
    @Test("No core dump is written, even if the caller allows them")
    func coreDumps() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        let script = """
            ulimit -c unlimited
            export SWIFT_BACKTRACE=enable=yes
            "$0" serve --port 0 >ready 2>said & process=$!
            for _ in $(seq 400); do grep -q ready ready && break; sleep 0.05; done
            grep "core file" /proc/$process/limits
            kill -SEGV $process
            wait $process
            echo "status $?"
            cat said
            """
        let said = try await bash(script, aprity)
        let limit = try #require(said.split(separator: "\n").first { $0.contains("core file") })
        #expect(limit.split(separator: " ").filter { $0 == "0" }.count == 2, "\(limit)")
        #expect(said.contains("status 139"))
        #expect(!said.contains("Registers"), "a crash report shows memory")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: aprity.home).filter { $0.hasPrefix("core") }.isEmpty)
    }

    /// The kernel makes root the owner of the `/proc` files of a process that is not dumpable, and its own user the
    /// owner of those of other processes.
    @Test("Other processes of the same user cannot read its memory")
    func notDumpable() async throws {
        let aprity = try AprityProcess()
        let script = """
            chmod 755 .
            mkdir -m 1777 home
            as=; [ "$(id -u)" = 0 ] && as="setpriv --reuid=65534 --regid=65534 --clear-groups"
            export XDG_DATA_HOME="$PWD/home/data" XDG_CONFIG_HOME="$PWD/home/config"
            cp "$0" ./program && chmod 755 program
            $as ./program init >/dev/null 2>&1
            $as ./program serve --port 0 >ready 2>/dev/null & process=$!
            for _ in $(seq 400); do grep -q ready ready && break; sleep 0.05; done
            echo "owner $(stat -c %u /proc/$process/environ)"
            $as cat /proc/$process/environ >/dev/null 2>&1 || echo "not readable"
            $as sleep 60 & other=$!
            sleep 0.2
            echo "other $(stat -c %u /proc/$other/environ)"
            kill $other $process
            wait $process
            $as bash -c "echo 'piped in' | ./program certificate inspect - --json; ./program certificate inspect <(echo x)"
            """
        let said = try await bash(script, aprity)
        #expect(said.contains("owner 0\n"), "\(said)")
        #expect(said.contains("not readable"), "\(said)")
        #expect(!said.contains("other 0\n"), "the test would see nothing otherwise")
        // The process can open its own files by name.
        #expect(said.contains("certificateMalformed"), "\(said)")
        #expect(said.contains("/dev/fd/"), "\(said)")
        #expect(!said.contains("cannot be read"), "\(said)")
    }

    private func bash(_ script: String, _ aprity: AprityProcess) async throws -> String {
        let result = try await Subprocess.run(
            .name("bash"), arguments: ["-c", script, AprityProcess.binary],
            environment: .inherit.updating(
                Dictionary(
                    uniqueKeysWithValues: aprity.environment.map { (.init(stringLiteral: $0.key), $0.value) })),
            workingDirectory: FilePath(aprity.home), output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
        return result.standardOutput + result.standardError
    }
}
