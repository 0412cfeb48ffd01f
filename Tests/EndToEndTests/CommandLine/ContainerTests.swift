internal import Foundation
internal import Subprocess
internal import SystemPackage
internal import Testing

/// The conditions in a container: a user without an entry in the user database, files that root mounts for its group,
/// volumes that the kubelet opens to the group, and no home. `Tests/Tools/guides/kubectl.py` runs the complete example
/// with the page about it.
@Suite("In a container")
struct ContainerTests {
    /// Creates a store as the user 10001 of the group 20000, whose master key is a Secret.
    private static let preparation = """
        set -euo pipefail
        touch aprity
        mount --bind "$0" aprity
        chmod 755 .
        as() { setpriv --reuid=10001 --regid=10001 --groups=10001,20000 --no-new-privs "$@"; }
        run() { as env -i PATH=/usr/bin:/bin HOME=/ "${settings[@]}" ./aprity "$@"; }
        # code COMMAND…: the status and the code of its problem, if any.
        code() {
            local status=0
            run "$@" --json >answer 2>said || status=$?
            echo "$status $(jq -r 'if type == "object" then .code // "" else "" end' answer 2>/dev/null | head -n 1)"
        }
        # As the kubelet makes them.
        secret() {
            mkdir "$1"
            mount -t tmpfs -o mode=1777 none "$1"
            install -d -m 755 "$1/..dated"
            ln -s ..dated "$1/..data"
            printf '%s\\n' "$3" >"$1/..dated/$2"
            chmod 400 "$1/..dated/$2"
            ln -s "..data/$2" "$1/$2"
            opened "$1" r
        }
        opened() {
            chown -hR :20000 "$1"
            find "$1" -type d -exec chmod "g+${2}xs" {} +
            find "$1" -type f -exec chmod "g+$2" {} +
        }
        secret keys master.key "aprity-master-key-1:$(printf '01%.0s' $(seq 32))"
        mkdir data audit
        opened data rw
        opened audit rw
        settings=(APRITY_HOME="$PWD/data/home" APRITY_MASTER_KEY_FILE="$PWD/keys/master.key"
            APRITY_AUDIT_KEY_FILE="$PWD/audit/audit.key" APRITY_AUDIT_CHECKPOINT_FILE="$PWD/audit/checkpoints")
        run init >said 2>&1 || { cat said >&2; exit 1; }
        run connection add one --login-host https://one.my.salesforce.com --username i@one.example \\
            --consumer-key 3MVG9.consumer_key >said 2>&1 || { cat said >&2; exit 1; }

        """

    /// Runs the script in a new folder, and returns the lines of its output.
    private func run(_ script: String) async throws -> [Substring] {
        try #require(geteuid() == 0, "Only root can make what a container's user finds.")
        let aprity = try AprityProcess()
        let result = try await Subprocess.run(
            .name("unshare"), arguments: ["--mount", "bash", "-c", Self.preparation + script, AprityProcess.binary],
            workingDirectory: FilePath(aprity.home), output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
        try #require(result.terminationStatus.isSuccess, "\(result.standardOutput) \(result.standardError)")
        return result.standardOutput.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    }

    // MARK: Secrets

    @Test("A Secret that is readable through fsGroup is used as master key, PIN or other secret file")
    func lentSecrets() async throws {
        let lines = try await run(
            """
            stat -L -c '%u %g %a' keys/master.key
            code connection list
            secret tokens token 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
            settings+=(APRITY_METRICS_TOKEN_FILE="$PWD/tokens/token")
            mkfifo ready
            run serve --port 0 >ready 2>log &
            read -r line <ready
            jq -r .ready <<<"$line"
            run health --port "$(jq -r .url <<<"$line" | sed 's/.*://')"
            pkill -P $! && wait $! || echo $?
            secret phrases passphrase 'a long enough passphrase'
            code backup create data/one.backup --passphrase-file phrases/passphrase
            """)
        #expect(lines.prefix(3) == ["0 20000 440", "0 ", "true"])
        #expect(lines.dropFirst(3).first?.hasSuffix(" is ready.") == true, "\(lines)")
        #expect(lines.dropFirst(4) == ["143", "0 "], "\(lines)")
    }

    @Test("A Secret that others can read, or that the group can write or replace, is rejected with a remedy")
    func refusedSecrets() async throws {
        let lines = try await run(
            """
            chmod 444 keys/..dated/master.key; code connection list; tail -n 1 said
            chmod 460 keys/..dated/master.key; code connection list; grep -c "let root" said
            chmod 440 keys/..dated/master.key; chmod 2775 keys/..dated; code connection list
            chmod 2777 keys; chmod 2755 keys/..dated; code connection list
            chmod 1777 keys; chgrp 30000 keys/..dated/master.key; code connection list; tail -n 1 said
            chown 10001:20000 keys/..dated/master.key; code connection list; tail -n 1 said
            """)
        #expect(
            lines.indices.filter { ![1, 3, 7, 9].contains($0) }.map { lines[$0] } == [
                "78 masterKeyUnsafe", "78 configurationMalformed", "78 masterKeyUnsafe", "78 configurationMalformed",
                "77 homeClosed", "78 masterKeyUnsafe",
            ], "\(lines)")
        try #require(lines[1].contains("fsGroup"))
        #expect(!lines[1].contains("chmod"))
        #expect(lines[3] == "1")
        #expect(lines[7].contains("fsGroup"))
        #expect(lines[9].contains("chmod 600"))
    }

    @Test("A credentials folder is used whatever its modes, and needs no setting for the master key")
    func credentials() async throws {
        let lines = try await run(
            """
            mkdir credentials
            cp keys/master.key credentials/aprity-master-key
            chmod 444 credentials/aprity-master-key
            settings=(APRITY_HOME="$PWD/data/home" CREDENTIALS_DIRECTORY="$PWD/credentials"
                APRITY_AUDIT_KEY_FILE="$PWD/audit/audit.key" APRITY_AUDIT_CHECKPOINT_FILE="$PWD/audit/checkpoints")
            code connection list
            """)
        #expect(lines == ["0 "])
    }

    // MARK: Volumes

    @Test("A pull into a mount point is rejected before the org is asked, and the hint names a folder inside it")
    func mountPoint() async throws {
        let lines = try await run(
            """
            mkdir data/out
            mount -t tmpfs -o uid=10001,gid=20000,mode=700 none data/out
            code metadata pull one --out data/out
            tail -n 1 said
            """)
        #expect(lines.first == "73 outputCannotBeCreated", "\(lines)")
        #expect(lines.last?.contains("--out data/out/metadata") == true, "\(lines)")
    }

    @Test(
        "A home works after a second mount opens its volume to the group; a secret on the volume is reported")
    func secondMount() async throws {
        let lines = try await run(
            """
            opened data rw
            stat -c %a data/home data/home/aprity.sqlite
            code connection list
            code connection set one --username j@one.example
            code block one --reason drill
            opened audit rw
            code connection set one --username k@one.example
            grep -c fsGroupChangePolicy said
            as chmod 600 audit/audit.key
            code audit verify
            """)
        #expect(lines.prefix(5) == ["2770", "660", "0 ", "0 ", "0 "], "\(lines)")
        #expect(lines.dropFirst(5) == ["0 ", "1", "0 "], "\(lines)")
    }

    @Test("A program on a group-writable volume is not run, and the message names the setting of Kubernetes")
    func program() async throws {
        let lines = try await run(
            """
            install -m 755 /dev/stdin data/signer <<<'#!/bin/sh'
            opened data rw
            settings+=(APRITY_SIGNER_COMMAND="$PWD/data/signer")
            code connection list
            code connection add two --key-store command --login-host https://two.my.salesforce.com --username i@two.example
            grep -c 'fsGroupChangePolicy: OnRootMismatch' said
            """)
        #expect(lines.suffix(2) == ["78 configurationMalformed", "1"], "\(lines)")
    }

    // MARK: No home, no name

    @Test("Without a home, commands name the variables to set, and a block works with them", arguments: ["", "HOME=/"])
    func homeless(_ home: String) async throws {
        let lines = try await run(
            """
            both=("${settings[@]}")
            run() { as env -i PATH=/usr/bin:/bin \(home) "${settings[@]}" ./aprity "$@"; }
            settings=()
            for command in "connection list" init "block one --reason drill" "serve --port 0"; do code $command; done
            run connection list 2>&1 || true
            run config --json 2>said | jq -r '.[] | select(.name == "home" or .name == "masterKeyFile").value'
            wc -l <said
            settings=("${both[@]}")
            code block one --reason drill
            run audit list --json | jq -r '.[].principal' | sort -u
            """)
        #expect(lines.prefix(4) == ArraySlice(repeating: "78 configurationMalformed", count: 4), "\(lines)")
        #expect(lines[4].hasPrefix("aprity: error: HOME: It is \(home.isEmpty ? "not set" : "/, where user 10001")"))
        #expect(lines[5] == "aprity: hint: Set APRITY_HOME and APRITY_MASTER_KEY_FILE, or HOME.")
        #expect(lines.dropFirst(6) == ["none", "none", "1", "0 ", "commandLine:user 10001"], "\(lines)")
    }

    @Test("Audit files that cannot be created cause one warning, which names the settings")
    func auditWarning() async throws {
        let lines = try await run(
            """
            settings=("${settings[@]:0:2}")
            mount -o remount,ro keys
            run connection set one --username j@one.example 2>&1 >/dev/null | grep checkpoint
            """)
        #expect(lines.count == 1, "\(lines)")
        #expect(lines.first?.contains("Set APRITY_AUDIT_KEY_FILE") == true)
    }

    // MARK: Few descriptors, no folders for temporary files

    @Test(
        "A process that may open too few files reports it, but can still block", arguments: [12, 16, 20])
    func fewDescriptors(_ limit: Int) async throws {
        let lines = try await run(
            """
            ulimit -n \(limit)
            for command in "connection list" "audit list" "token one" "serve --port 0" "health"; do code $command; done
            run connection list 2>&1 | head -n 1 || true
            """)
        #expect(lines.prefix(5) == ArraySlice(repeating: "78 configurationMalformed", count: 5), "\(lines)")
        #expect(lines[5].hasPrefix("aprity: error: ulimit -n: This process may open only \(limit) files"))
    }

    @Test("After a block with few descriptors, nothing is signed")
    func blockWithFewDescriptors() async throws {
        let lines = try await run(
            """
            (ulimit -n 20; run block one --reason drill >said 2>&1) || true
            code token one
            """)
        #expect(lines == ["77 blocked"], "\(lines)")
    }

    @Test("Commands work without folders for temporary files and shared memory")
    func noTemporaryFolders() async throws {
        let lines = try await run(
            """
            mount --bind . /mnt
            mount --bind aprity /mnt/aprity
            mount --bind keys /mnt/keys
            cd /mnt
            settings=(APRITY_HOME=/mnt/data/home APRITY_MASTER_KEY_FILE=/mnt/keys/master.key
                APRITY_AUDIT_KEY_FILE=/mnt/audit/audit.key APRITY_AUDIT_CHECKPOINT_FILE=/mnt/audit/checkpoints)
            for folder in /dev/shm /var/tmp /run /tmp; do mount -t tmpfs -o ro,mode=0555 none $folder; done
            for command in "connection list" "connection set one --username j@one.example" "block one --reason drill" \\
                "audit verify"; do code $command; done
            """)
        #expect(lines == ["0 ", "0 ", "0 ", "0 "], "\(lines)")
    }

    // MARK: The example

    @Test("The example is valid under old and new Kubernetes schemas, which would reject a misspelt member")
    func schema() async throws {
        let folder = try AprityProcess()
        let python = try await ForeignProgram.python()
        let example = ForeignProgram.examples + "/kubernetes/aprity.yaml"
        let check = ForeignProgram.tools + "/check_manifest.py"
        let program = ForeignProgram(in: folder.home)
        for version in ["1.29", "1.37"] {
            let kinds = try await program.succeed(python, [check, example, version])
            #expect(kinds == "PersistentVolumeClaim PersistentVolumeClaim Deployment\n")
        }
        let text = try String(contentsOfFile: example, encoding: .utf8)
        let misspelt = try folder.write(
            text.replacing("readOnlyRootFilesystem", with: "readOnlyRootFileSystem"), to: "m.yaml")
        let refused = try await program.run(python, [check, misspelt, "1.37"])
        #expect(refused.status == 1, "\(refused.stderr)")
        #expect(refused.stderr.contains("readOnlyRootFileSystem"), "\(refused.stderr)")
    }
}
