internal import Foundation
internal import Subprocess
internal import SystemPackage
internal import Testing

/// `aprity metadata pull`, compared with the org's source and with another client.
@Suite struct PullTests {
    /// Runs a tool and waits for it to end.
    ///
    /// - Throws: ``ToolFailed`` with the tool's output.
    private func tool(_ program: String, _ arguments: [String], in folder: String) async throws -> String {
        let result = try await Subprocess.run(
            program.hasPrefix("/") ? .path(FilePath(program)) : .name(program), arguments: Arguments(arguments),
            workingDirectory: FilePath(folder),
            output: .string(limit: 4 << 20), error: .string(limit: 4 << 20))
        guard result.terminationStatus.isSuccess else {
            throw ToolFailed(description: "\(program): \(result.standardOutput)\(result.standardError)")
        }
        return result.standardOutput
    }

    struct ToolFailed: Error, CustomStringConvertible {
        let description: String
    }

    private static let tools = ManagedOrg.packageFolder + "/Tests/Tools"

    @Test("A pull equals the source, as judged by an independent comparison")
    func pullEqualsSource() async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            let pulled = try await aprity.run("metadata", "pull", "bikes", "--out", "pulled", "--json")
            #expect(pulled.status == 0, "\(pulled.stderr)")
            _ = try await tool(
                "python3",
                [
                    Self.tools + "/compare_with_source.py", "--allow-permission-sets", ManagedOrg.source,
                    aprity.path("pulled"),
                ], in: aprity.home)
            let leftovers = try FileManager.default.contentsOfDirectory(atPath: aprity.home).filter {
                $0.hasPrefix(".")
            }
            #expect(leftovers.isEmpty)
            for request in try await org.history() {
                let verdict = request["verdict"] as? String ?? ""
                #expect(!["changesMetadata", "touchesBusinessData", ""].contains(verdict), "\(request)")
            }
        }
    }

    @Test("What is left out is named; the status is 1 for news, 0 for what is known, and 1 with --strict")
    func leftOut() async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            let fault: [String: any Sendable] = ["type": "Layout", "answer": "notInOrganization"]
            let listing: [String: any Sendable] = ["faults": [fault] as [any Sendable]]
            let condition: [String: any Sendable] = ["name": "Harbour Bikes", "metadata": ["listing": listing]]
            try await org.save(["orgs": [condition] as [any Sendable]])
            let pull = [
                "metadata", "pull", "bikes", "--out", "pulled", "--types", "ApexClass,Layout", "--parallel", "1",
            ]
            let first = try await aprity.run(pull)
            #expect(first.status == 1)
            #expect(first.stderr.contains("Left out: 1 type that the org could not list:"), "\(first.stderr)")
            #expect(
                first.stderr.contains("Layout  The org does not list this type: INVALID_TYPE: Cannot use: Layout"),
                "\(first.stderr)")
            let second = try await aprity.run(pull + ["--replace"])
            #expect(second.status == 0)
            #expect(second.stderr.contains("1 type that the org could not list; nothing new:"), "\(second.stderr)")
            #expect(try await aprity.run(pull + ["--replace", "--strict"]).status == 1)
            #expect(try await aprity.run(pull.dropLast() + ["0"]).status == 64)
        }
    }

    @Test("A former pull is brought up to date; with other types, it is replaced only if --replace is given")
    func replacing() async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            let pull = ["metadata", "pull", "bikes", "--out", "pulled", "--types", "ApexClass"]
            try await aprity.succeed(pull)
            let second = try await aprity.run(pull)
            #expect(second.status == 0)
            #expect(second.stdout.contains("Nothing has changed since "), "\(second.stdout)")
            #expect(second.stdout.contains("0 retrieves"), "\(second.stdout)")
            #expect(try await aprity.run(pull + ["--full"]).stdout.contains("1 retrieve,"))
            let others = ["metadata", "pull", "bikes", "--out", "pulled", "--types", "ApexClass,Layout"]
            let otherTypes = try await aprity.run(others)
            #expect(otherTypes.status == 73)
            #expect(otherTypes.stderr.contains("has a pull with other types"), "\(otherTypes.stderr)")
            try await aprity.succeed(others + ["--replace"])
            try FileManager.default.createDirectory(atPath: aprity.path("mine"), withIntermediateDirectories: true)
            _ = try aprity.write("keep", to: "mine/file")
            let refused = try await aprity.run(
                "metadata", "pull", "bikes", "--out", "mine", "--types", "ApexClass", "--replace")
            #expect(refused.status == 73)
            #expect(FileManager.default.fileExists(atPath: aprity.path("mine/file")))
        }
    }

    @Test("A later pull keeps a repository in the folder, and puts files aside that were changed")
    func foreignEntries() async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            let pull = ["metadata", "pull", "bikes", "--out", "pulled", "--types", "ApexClass", "--json"]
            #expect(try await aprity.run(pull).json()["folder"] as? String == "created")
            _ = try await tool("git", ["init", "--quiet", "pulled"], in: aprity.home)
            _ = try aprity.write("mine", to: "pulled/README.md")
            #expect(try await aprity.run(pull).json()["folder"] as? String == "updated")
            #expect(FileManager.default.fileExists(atPath: aprity.path("pulled/.git/HEAD")))
            let classes = try FileManager.default.contentsOfDirectory(atPath: aprity.path("pulled/classes"))
            let changed = "classes/" + (try #require(classes.first))
            _ = try aprity.write("changed", to: "pulled/" + changed)
            let later = try await aprity.run(pull)
            #expect(later.status == 0)
            let aside = try #require((try later.json()["keptAside"] as? [String])?.first)
            #expect(aside.hasPrefix("aprity-kept-aside/") && aside.hasSuffix("/" + changed), "\(aside)")
            #expect(later.stderr.contains(aside), "\(later.stderr)")
            #expect(try String(contentsOfFile: aprity.path("pulled/" + aside), encoding: .utf8) == "changed")
            #expect(try String(contentsOfFile: aprity.path("pulled/" + changed), encoding: .utf8) != "changed")
            #expect(FileManager.default.fileExists(atPath: aprity.path("pulled/.git/HEAD")))
        }
    }

    @Test("A pull that delivers nothing exits with 1, and the earlier pull stays")
    func nothingDelivered() async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            let pull = ["metadata", "pull", "bikes", "--out", "pulled"]
            try await aprity.succeed(pull + ["--types", "ApexTrigger"])
            let before = try await tool("find", ["pulled", "-type", "f", "-ls"], in: aprity.home)
            let package = """
                <Package xmlns="http://soap.sforce.com/2006/04/metadata">
                    <types><members>NoSuchClass</members><name>ApexClass</name></types><version>66.0</version>
                </Package>
                """
            _ = try aprity.write(package, to: "package.xml")
            let nothing = try await aprity.run(pull + ["--package", "package.xml", "--replace", "--json"])
            #expect(nothing.status == 1)
            #expect(try nothing.json()["folder"] as? String == "kept")
            #expect(
                nothing.stderr.contains("The org did not deliver ApexClass NoSuchClass. Nothing was written to pulled.")
            )
            #expect(try await tool("find", ["pulled", "-type", "f", "-ls"], in: aprity.home) == before)
        }
    }

    @Test("A misspelt type in a package removes no file of the earlier pull, and is reported")
    func misspelt() async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            let pull = ["metadata", "pull", "bikes", "--out", "pulled"]
            try await aprity.succeed(pull + ["--types", "ApexTrigger,Flow"])
            let before = try await tool("find", ["pulled", "-type", "f", "-ls"], in: aprity.home)
            let package = """
                <Package xmlns="http://soap.sforce.com/2006/04/metadata">
                    <types><members>*</members><name>ApexTrigger</name></types>
                    <types><members>*</members><name>flow</name></types><version>66.0</version>
                </Package>
                """
            _ = try aprity.write(package, to: "package.xml")
            let replaced = try await aprity.run(pull + ["--package", "package.xml", "--replace", "--json"])
            #expect(replaced.status == 1, "\(replaced.stderr)")
            #expect(try replaced.json()["folder"] as? String == "kept")
            let missing = try #require(try replaced.json()["missing"] as? [[String: Any]])
            try #require(missing.count == 1)
            try #require(missing[0]["type"] as? String == "flow")
            #expect(missing[0]["name"] is NSNull)
            #expect(replaced.stderr.contains("The org did not deliver the type flow."), "\(replaced.stderr)")
            #expect(try await tool("find", ["pulled", "-type", "f", "-ls"], in: aprity.home) == before)
            let new = try await aprity.run(["metadata", "pull", "bikes", "--out", "new", "--package", "package.xml"])
            #expect(new.status == 1, "\(new.stderr)")
            #expect(new.stderr.contains("Everything else is in new."), "\(new.stderr)")
            #expect(FileManager.default.fileExists(atPath: aprity.path("new/triggers")))
        }
    }

    @Test("A pull into a repository suggests a folder in it, and an empty list of types is rejected without a call")
    func beginning() async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            _ = try await tool("git", ["init", "--quiet", "g"], in: aprity.home)
            let pull = ["metadata", "pull", "bikes", "--types", "ApexTrigger", "--out"]
            let refused = try await aprity.run(pull + ["./g"])
            #expect(refused.status == 73)
            #expect(refused.stderr.contains("--out ./g/metadata"))
            #expect(!refused.stderr.contains("remove"))
            try await aprity.succeed(pull + ["./g/metadata"])
            let calls = try await org.history().count
            for types in ["", ",", " , "] {
                let none = try await aprity.run("metadata", "pull", "bikes", "--out", "n1", "--types", types)
                #expect(none.status == 64, "\(none.stderr)")
                #expect(!none.stderr.contains("n1"), "\(none.stderr)")
                #expect(try await aprity.run("metadata", "list", "bikes", "--types", types).status == 64)
            }
            #expect(try await org.history().count == calls)
        }
    }

    @Test("Killed pulls lose no foreign file, and the target always has a package.xml")
    func killed() async throws {
        let seeds = Int(ProcessInfo.processInfo.environment["APRITY_PULL_SEEDS"] ?? "") ?? 10
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            let pull = ["metadata", "pull", "bikes", "--out", "pulled", "--types", "ApexTrigger,ApexClass"]
            try await aprity.succeed(pull)
            _ = try await tool("git", ["init", "--quiet", "pulled"], in: aprity.home)
            _ = try aprity.write("mine", to: "pulled/classes/README.md")
            let list = "find . -path './pulled*/.git/*' -o -path './.pulled*/.git/*' -o -name README.md | wc -l"
            let before = try await tool("bash", ["-c", list], in: aprity.home)
            for seed in 0..<min(seeds, 200) {
                let ended = try await aprity.whileRunning(pull + ["--replace"]) { program in
                    // Kills start when the archive has arrived, so that most hit the writing and moving of files.
                    while !program.hasEnded, !Self.isUnpacking(aprity.home) { usleep(200) }
                    usleep(UInt32(seed % 20) * 1_500)
                    program.send(number: SIGKILL)
                }
                #expect([0, -9].contains(ended.status))
                #expect(try await tool("bash", ["-c", list], in: aprity.home) == before, "seed \(seed)")
                #expect(FileManager.default.fileExists(atPath: aprity.path("pulled/package.xml")), "seed \(seed)")
            }
            try await aprity.succeed(pull + ["--replace"])
            #expect(try String(contentsOfFile: aprity.path("pulled/classes/README.md"), encoding: .utf8) == "mine")
            _ = try await tool("git", ["-C", "pulled", "status"], in: aprity.home)
            let beside = try FileManager.default.contentsOfDirectory(atPath: aprity.home)
            #expect(beside.filter { $0.hasPrefix(".") } == [])
        }
    }

    private static func isUnpacking(_ home: String) -> Bool {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: home) else { return false }
        return names.contains { name in
            name.hasPrefix(".pulled.replaced-")
                || name.hasPrefix(".pulled.partial-")
                    && (try? FileManager.default.contentsOfDirectory(atPath: home + "/" + name))?.isEmpty == false
        }
    }

    @Test(
        "A target can be a bare name, even of one letter, or a path that ends with a slash",
        arguments: ["p", "./q/", "x/y"])
    func targets(_ name: String) async throws {
        let aprity = try AprityProcess()
        try FileManager.default.createDirectory(atPath: aprity.path("x"), withIntermediateDirectories: true)
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            let pulled = try await aprity.run(["metadata", "pull", "bikes", "--out", name, "--types", "ApexTrigger"])
            #expect(pulled.status == 0, "\(pulled.stderr)")
            #expect(FileManager.default.fileExists(atPath: aprity.path(name) + "/package.xml"))
        }
    }

    @Test("A manifest selects the components, and an unknown type gets a suggestion")
    func manifests() async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            let package = """
                <?xml version="1.0" encoding="UTF-8"?>
                <Package xmlns="http://soap.sforce.com/2006/04/metadata">
                    <types><members>*</members><name>ApexTrigger</name></types><version>66.0</version>
                </Package>
                """
            _ = try aprity.write(package, to: "package.xml")
            try await aprity.succeed(["metadata", "pull", "bikes", "--out", "triggers", "--package", "package.xml"])
            let found = try FileManager.default.contentsOfDirectory(atPath: aprity.path("triggers")).sorted()
            #expect(found == ["aprity-pull.json", "package.xml", "triggers"])
            let wrong = try await aprity.run("metadata", "list", "bikes", "--types", "ApexClas")
            #expect(wrong.status == 64)
            #expect(wrong.stderr.contains("Did you mean ApexClass?"))
        }
    }

    @Test("simple-salesforce signs in with the key that aprity imported, and retrieves the same files, byte for byte")
    func thirdPartyClient() async throws {
        let aprity = try AprityProcess()
        let python = try await tool("bash", [Self.tools + "/venv.sh"], in: aprity.home).trimmingCharacters(
            in: .newlines)
        try await makeAuthority(in: aprity.home)
        _ = try await tool(
            "openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=made by openssl",
                "-keyout", "app.key", "-out", "app.crt",
            ],
            in: aprity.home)
        let tls = ["--tls-certificate", aprity.path("server.crt"), "--tls-key", aprity.path("server.key")]
        try await ManagedOrg.running(aprity, arguments: tls) { org in
            let key = try await org.makeApp(
                certificatePEM: String(contentsOfFile: aprity.path("app.crt"), encoding: .utf8))
            try await aprity.succeed(["init"])
            try await aprity.succeed([
                "connection", "add", "--allow-tokens", "bikes", "--login-host", org.url, "--username",
                ManagedOrg.integrationUser,
                "--consumer-key",
                key, "--ca-file", "ca.crt",
            ])
            try await aprity.succeed(["certificate", "import", "bikes", "--key", "app.key", "--certificate", "app.crt"])
            try await aprity.succeed(["metadata", "pull", "bikes", "--out", "ours"])
            let port = try #require(org.url.split(separator: ":").last.map(String.init))
            _ = try await tool(
                python,
                [
                    Self.tools + "/simple_salesforce_retrieve.py", port, "ca.crt", "harbour-bikes.my",
                    ManagedOrg.integrationUser, key,
                    "app.key", "ours/package.xml", "theirs",
                ], in: aprity.home)
            _ = try await tool(
                "diff", ["--recursive", "--exclude=package.xml", "--exclude=aprity-pull.json", "ours", "theirs"],
                in: aprity.home)
            let files = try await tool("find", ["ours", "-type", "f"], in: aprity.home).split(separator: "\n")
            #expect(files.count > 200)
        }
    }

    @Test("Without a store, the same key works with options, and nothing is saved")
    func storeless() async throws {
        let aprity = try AprityProcess()
        _ = try await tool(
            "openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=made by openssl",
                "-keyout", "app.key", "-out", "app.crt",
            ],
            in: aprity.home)
        try await ManagedOrg.running(aprity) { org in
            let key = try await org.makeApp(
                certificatePEM: String(contentsOfFile: aprity.path("app.crt"), encoding: .utf8))
            let flags = [
                "--login-host", org.url, "--username", ManagedOrg.integrationUser, "--consumer-key", key,
                "--signing-key-file",
                "app.key",
            ]
            let test = try await aprity.run(["test", "--json"] + flags)
            #expect(test.status == 0, "\(test.stderr)")
            #expect(try test.json()["outcome"] as? String == "passes")
            #expect(try await aprity.run(["token"] + flags).stdout.hasPrefix("00D"))
            try await aprity.succeed(["metadata", "pull", "--out", "pulled", "--types", "Flow"] + flags)
            #expect(!FileManager.default.fileExists(atPath: aprity.path("data")))
            #expect(!FileManager.default.fileExists(atPath: aprity.path("config")))

            let withoutLocks = try AprityProcess(environment: [
                "LD_PRELOAD": try await PreloadedLibrary.compiled("no_locks.c"),
                "APRITY_TEST_NO_LOCKS": aprity.path("app.key"),
            ])
            try FileManager.default.copyItem(atPath: aprity.path("app.key"), toPath: withoutLocks.path("app.key"))
            let refused = try await withoutLocks.run(
                ["metadata", "pull", "--out", "pulled", "--types", "Flow", "--json"] + flags)
            #expect(try refused.json()["code"] as? String == "outputCannotBeCreated", "\(refused.stdout)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: withoutLocks.home) == ["app.key"])
        }
    }

    /// Creates a certificate authority, and a server certificate for the names that clients use.
    private func makeAuthority(in folder: String) async throws {
        _ = try await tool(
            "openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=Test Authority",
                "-keyout", "ca.key", "-out", "ca.crt",
            ],
            in: folder)
        _ = try await tool(
            "openssl",
            [
                "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=org", "-keyout", "server.key", "-out",
                "server.csr",
            ],
            in: folder)
        let names = "subjectAltName=DNS:harbour-bikes.my.salesforce.com,DNS:localhost,IP:127.0.0.1\n"
        try Data(names.utf8).write(to: URL(filePath: folder + "/names"))
        _ = try await tool(
            "openssl",
            [
                "x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-days", "30", "-extfile",
                "names", "-out", "server.crt",
            ],
            in: folder)
    }
}
