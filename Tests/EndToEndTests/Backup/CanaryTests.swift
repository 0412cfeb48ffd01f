internal import ConnectedAppSQLite
internal import ConnectedAppTesting
internal import Foundation
internal import Synchronization
internal import Testing

@testable internal import ConnectedApp

/// Runs commands of the built program that handle secrets, kills some of them halfway, and searches all files and
/// output in the home for pieces of the secrets.
@Suite("Canary")
struct CanaryTests {
    private static let passphrase = "canary passphrase of a backup"
    private static let keyPassphrase = "canary passphrase of a key"

    /// A home, the output of its commands, and the secrets that must not be found there.
    private final class Bench: Sendable {
        struct State {
            var needles = SecretNeedles()
            /// The number of ended commands by status: the negative number of the signal, or the exit status of a
            /// command that ended before its signal.
            var killed: [Int32: Int] = [:]
            var said = 0
        }

        let aprity: AprityProcess
        private let state = Mutex(State())

        var needles: SecretNeedles { state.withLock { $0.needles } }
        var killed: [Int32: Int] { state.withLock { $0.killed } }

        init(environment: [String: String] = [:]) throws {
            // The runtime's crash reports, which would show memory, are enabled. Each command runs in the home.
            let own = ["SWIFT_BACKTRACE": "enable=yes,sanitize=no,color=no,output-to=stderr", "TMPDIR": "tmp"]
            aprity = try AprityProcess(environment: environment.merging(own) { $1 })
            for name in ["tmp", "secrets"] {
                try FileManager.default.createDirectory(atPath: aprity.path(name), withIntermediateDirectories: true)
            }
        }

        func forbid(_ name: String, text: String) { state.withLock { $0.needles.add(name, text: text) } }

        /// Runs a command and saves its output in a file.
        @discardableResult
        func run(_ words: [String]) async throws -> Int32 {
            let outcome = try await aprity.run(words)
            let number = state.withLock { state in
                state.said += 1
                return state.said
            }
            _ = try aprity.write(outcome.stdout + outcome.stderr, to: "said-\(number)")
            return outcome.status
        }

        /// Runs a command, ends it with a signal and saves its output in a file.
        func kill(_ signal: Int32, _ words: [String], after wait: () async throws -> Void) async throws {
            let outcome = try await aprity.whileRunning(words) { program in
                try await wait()
                program.send(number: signal)
            }
            state.withLock { $0.killed[outcome.status, default: 0] += 1 }
        }

        /// Adds all present keys to the secrets.
        func note() async throws {
            let file = MasterKeyFile(path: aprity.path("config/aprity/master.key"), source: "test")
            var found = needles
            for line in try file.content().split(separator: "\n") where !line.hasPrefix("#") {
                let hex = try #require(line.split(separator: ":").last)
                found.add("master key", bytes: try #require([UInt8](hex: hex)))
            }
            let audit = aprity.path("config/aprity/audit.key")
            if let text = try? String(contentsOfFile: audit, encoding: .utf8),
                let hex = text.split(whereSeparator: \.isNewline).last?.split(separator: ":").last
            {
                found.add("audit key", bytes: try #require([UInt8](hex: hex)))
            }
            let ring = try file.read()
            let store = try SQLiteStore(path: aprity.path("data/aprity/aprity.sqlite"), mayCreate: false)
            let credentials = try await SealedRecords(store: store, ring: ring).read { reading in
                try reading.all(CredentialRecord.self).map(\.value)
            }
            try store.close()
            for credential in credentials {
                guard case .sealed(let sealed) = credential.key else { continue }
                let key = try ring.open(sealed, binding: SealedKeyStore.binding(credential.purpose))
                try found.add("private key", pkcs8: key)
            }
            state.withLock { [found] in $0.needles = found }
        }

        /// Searches everything below the home, except the files that are meant to contain a secret.
        func search() -> (hits: [String], files: Int, bytes: Int) {
            needles.found(
                below: aprity.home,
                except: [
                    "config/aprity/master.key", "config/aprity/audit.key", "secrets/pass", "secrets/keypass",
                    "secrets/own.pem",
                ])
        }
    }

    @Test("The search finds a secret raw, in hexadecimal, in base64 at any offset, and reversed, but no short piece")
    func control() throws {
        var needles = SecretNeedles()
        let secret = (0..<128).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        needles.add("key", bytes: secret)
        needles.add("word", text: Self.passphrase)
        let word = Data(Self.passphrase.utf8)
        for shift in 0..<3 {
            let before = Data(repeating: 0x41, count: shift)
            for (bytes, name) in [(Data(secret), "key"), (word, "word")] {
                let text = (before + bytes + [1, 2]).base64EncodedString()
                for form in [
                    before + bytes, Data(text.utf8), Data(("x" + text).utf8),
                    (before + bytes + [1, 2]).base64EncodedData(options: .lineLength64Characters),
                    Data(bytes.map { String(format: "%02x", $0) }.joined().utf8),
                ] {
                    #expect(needles.found(in: form).contains { $0.hasPrefix(name) }, "\(name) \(shift)")
                }
            }
            #expect(!needles.found(in: before + Data(secret.reversed())).isEmpty)
            #expect(!needles.found(in: Data(secret[64..<80])).isEmpty, "the 16 bytes in the middle")
        }
        #expect(needles.found(in: Data(secret.prefix(12)) + word.prefix(12)).isEmpty)
    }

    @Test(
        "The search finds no key or passphrase in the store, its log, backups, temporary files, or any command's output"
    )
    func sealedKeys() async throws {
        let bench = try Bench()
        let aprity = bench.aprity
        _ = try aprity.write(Self.passphrase + "\n", to: "secrets/pass")
        _ = try aprity.write(Self.keyPassphrase + "\n", to: "secrets/keypass")
        bench.forbid("backup passphrase", text: Self.passphrase)
        bench.forbid("key passphrase", text: Self.keyPassphrase)
        let plainKey = try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            try await bench.note()
            let plainKey = try await importKey(bench)
            try await aprity.serving(["serve", "--port", "0"]) { _ in try await work(bench, 0) }
            try await killEach(bench)
            try await killServers(bench)
            try await work(bench, 1)
            return plainKey
        }
        try await bench.note()
        let found = bench.search()
        #expect(found.hits.isEmpty, "\(found.hits.prefix(20))")
        print(
            """
            Canary: \(bench.needles.secrets.count) secrets in \(bench.needles.needles.count) forms, none in \
            \(found.files) files of \(found.bytes) bytes; processes ended: \
            \(bench.killed.sorted { $0.key < $1.key }.map { "\($0.value) with \($0.key)" }.joined(separator: ", ")).
            """)
        // The search covers the written files, and it finds these secrets too.
        #expect(found.files > 40)
        #expect(bench.needles.secrets.count > 30)
        #expect(bench.killed[-SIGKILL, default: 0] >= 8, "\(bench.killed)")
        #expect(bench.killed[-SIGABRT, default: 0] >= 8, "\(bench.killed)")
        for name in ["config/aprity/master.key", "config/aprity/audit.key", "secrets/pass"] {
            let data = try Data(contentsOf: URL(filePath: aprity.path(name)))
            #expect(!bench.needles.found(in: data).isEmpty, "\(name)")
        }
        #expect(!bench.needles.found(in: plainKey).isEmpty)
        let core = try FileManager.default.subpathsOfDirectory(atPath: aprity.home).filter { $0.contains("core") }
        #expect(core.isEmpty)
    }

    /// Imports an external key that is encrypted with a passphrase.
    ///
    /// - Returns: The unencrypted key.
    private func importKey(_ bench: Bench) async throws -> Data {
        let folder = try TemporaryFolder()
        _ = try await OutsideTool.openssl.output([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder.path + "/k", "-out",
            bench.aprity.path("own.crt"), "-subj", "/CN=own",
        ])
        _ = try await OutsideTool.openssl.output([
            "pkcs8", "-topk8", "-in", folder.path + "/k", "-out", bench.aprity.path("secrets/own.pem"), "-passout",
            "pass:" + Self.keyPassphrase,
        ])
        let aprity = bench.aprity
        #expect(
            try await bench.run([
                "connection", "add", "own", "--login-host", "https://acme.my.salesforce.com", "--username",
                "i@a.example",
            ]) == 0)
        try await bench.note()
        #expect(
            try await bench.run([
                "certificate", "import", "own", "--key", "secrets/own.pem", "--passphrase-file", "secrets/keypass",
                "--certificate", "own.crt",
            ]) == 0)
        try await bench.note()
        let wrong = try aprity.write("canary that does not open\n", to: "wrong")
        #expect(
            try await bench.run([
                "certificate", "import", "own", "--key", "secrets/own.pem", "--passphrase-file", wrong,
                "--certificate", "own.crt", "--json",
            ]) == 65)
        return try Data(contentsOf: URL(filePath: folder.path + "/k"))
    }

    /// Does what users do during the life of a store.
    private func work(_ bench: Bench, _ round: Int) async throws {
        for words in [
            ["test", "bikes"], ["token", "bikes"], ["metadata", "types", "bikes"], ["connection", "list", "--json"],
            ["backup", "create", "b\(round)", "--passphrase-file", "secrets/pass"],
            ["backup", "verify", "b\(round)", "--passphrase-file", "secrets/pass", "--json"],
            ["backup", "verify", "b\(round)", "--passphrase-file", "wrong", "--json"],
            ["rotate", "start", "bikes"], ["rotate", "status", "bikes", "--json"],
            ["master-key", "rotate", "--reseal"], ["audit", "verify"], ["config", "--json"], ["report", "bikes"],
        ] {
            _ = try await bench.run(words)
            if ["rotate", "master-key"].contains(words[0]) { try await bench.note() }
        }
        _ = try await bench.run(
            [
                "connection", "add", "gone\(round)", "--login-host", "https://acme.my.salesforce.com", "--username",
                "i@a.x",
            ])
        try await bench.note()
        #expect(try await bench.run(["connection", "remove", "gone\(round)", "--destroy-keys", "--yes"]) == 0)
    }

    /// Runs each command once undisturbed, then kills it six times: after one ninth to six ninths of the time that it
    /// took.
    private func killEach(_ bench: Bench) async throws {
        for (name, words) in [
            ("t", { _ in ["test", "bikes"] }), ("m", { _ in ["master-key", "rotate", "--reseal"] }),
            ("b", { ["backup", "create", $0, "--passphrase-file", "secrets/pass"] }),
            (
                "c",
                {
                    [
                        "connection", "add", $0, "--login-host", "https://acme.my.salesforce.com", "--username",
                        "i@a.x",
                    ]
                }
            ),
        ] as [(String, (String) -> [String])] {
            let usual = try await ContinuousClock().measure { try await bench.run(words(name)) }
            for (number, signal) in [SIGKILL, SIGABRT, SIGKILL, SIGABRT, SIGABRT, SIGKILL].enumerated() {
                try await bench.kill(signal, words("\(name)\(number)")) {
                    try await Task.sleep(for: usual * (number + 1) / 9)
                }
                try await bench.note()
            }
            // The same command removes what its killed predecessors left behind.
            try await bench.run(words(name + "z"))
            try await bench.note()
        }
    }

    /// Kills servers that sign in continuously.
    private func killServers(_ bench: Bench) async throws {
        for signal in [SIGKILL, SIGABRT, SIGSEGV] {
            try await bench.kill(signal, ["serve", "--port", "0"]) {
                try await Task.sleep(for: .seconds(2))
                _ = try await bench.run(["token", "bikes"])
            }
            // The log as the killed process left it.
            let found = bench.search()
            #expect(found.hits.isEmpty, "\(found.hits.prefix(20))")
        }
    }

    @Test("No token PIN is in the store, backups, or output, even of killed processes")
    func pin() async throws {
        let softHSM = try SoftHSM()
        let pin = "canary739158426017"
        try await softHSM.makeToken("aprity", pin: pin)
        let bench = try Bench(
            environment: softHSM.environment.merging([
                "APRITY_KEY_STORE": "pkcs11", "APRITY_PKCS11_MODULE": SoftHSM.modulePath,
                "APRITY_PKCS11_TOKEN": "aprity",
                "APRITY_PKCS11_PIN_FILE": try softHSM.pinFile(pin),
            ]) { $1 })
        bench.forbid("PIN", text: pin)
        bench.forbid("backup passphrase", text: Self.passphrase)
        _ = try bench.aprity.write(Self.passphrase + "\n", to: "secrets/pass")
        try await ManagedOrg.running(bench.aprity) { org in
            try await bench.aprity.connect(to: org)
            try await bench.note()
            for words in [
                ["test", "bikes"], ["token", "bikes"], ["config", "--json"], ["report", "bikes"],
                ["backup", "create", "b", "--passphrase-file", "secrets/pass"],
                ["backup", "verify", "b", "--passphrase-file", "secrets/pass"],
            ] { #expect(try await bench.run(words) == 0, "\(words)") }
            let usual = try await ContinuousClock().measure { try await bench.run(["test", "bikes"]) }
            for (number, signal) in [SIGKILL, SIGABRT, SIGKILL, SIGABRT].enumerated() {
                try await bench.kill(signal, ["test", "bikes"]) {
                    try await Task.sleep(for: usual * (number + 1) / 6)
                }
            }
        }
        let found = bench.search()
        #expect(found.hits.isEmpty, "\(found.hits)")
        #expect(bench.killed.keys.contains { $0 < 0 }, "\(bench.killed)")
        #expect(found.files > 10, "\(bench.killed)")
    }
}
