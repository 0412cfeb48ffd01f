internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import Subprocess
internal import Testing

/// A change of the master key by the built program, next to a running server.
@Suite("master-key rotate")
struct MasterKeyCommandTests {
    private func keys(_ aprity: AprityProcess) throws -> [Substring] {
        try String(contentsOfFile: aprity.path("config/aprity/master.key"), encoding: .utf8).split(separator: "\n")
            .filter { $0.hasPrefix("aprity-master-key-1:") }
    }

    /// Sends a request to the running server.
    private func call(_ method: HTTPMethod, _ path: String, _ ready: AprityProcess.Ready) async throws -> UInt {
        let token = try String(contentsOfFile: try #require(ready.startTokenFile), encoding: .utf8)
        var request = HTTPClientRequest(url: ready.url + "/api/v1" + path)
        request.method = method
        request.headers.add(
            name: "Authorization", value: "Bearer " + token.trimmingCharacters(in: .whitespacesAndNewlines))
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        _ = try await answer.body.collect(upTo: 1 << 20)
        return answer.status.code
    }

    @Test("A running server and commands keep signing, and the former key is gone")
    func whileServing() async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            try await aprity.succeed(["token", "bikes"])
            let former = try keys(aprity)
            try await aprity.serving(["serve", "--port", "0"]) { ready in
                let before = try await org.signIns()
                for arguments in [[], ["--reseal"], ["--keep-former"], []] {
                    let outcome = try await aprity.run(["master-key", "rotate", "--json"] + arguments)
                    #expect(outcome.status == 0, "\(outcome.stderr)")
                    let key = try #require(try keys(aprity).first)
                    #expect(!(outcome.stdout + outcome.stderr).contains(key.suffix(64)))
                    #expect(outcome.stderr.contains("Replace them too") == arguments.contains("--reseal"))
                    #expect(try await call(.GET, "/connections", ready) == 200)
                    #expect(try await call(.POST, "/connections/bikes/test", ready) < 300)
                    try await aprity.succeed(["token", "bikes"])
                }
                // In each round, the server's test and the command signed in.
                try await AprityProcess.until { try await org.signIns() >= before + 8 }
                let now = try keys(aprity)
                #expect(now.count == 1)
                #expect(now != former)
            }
            #expect(try await aprity.run("audit", "verify").status == 0)
            #expect(try await org.refusedSignIns() == 0)
        }
    }

    @Test("A run that only removes the former key says so, and one on a file system without locks names the reason")
    func texts() async throws {
        let marker = FileManager.default.temporaryDirectory.appending(path: "no-locks-\(UUID().uuidString)").path
        let aprity = try AprityProcess(environment: [
            "LD_PRELOAD": try await PreloadedLibrary.compiled("no_locks.c"), "APRITY_TEST_NO_FLOCK": marker,
        ])
        try await aprity.succeed(["init"])
        let first = try await aprity.run("master-key", "rotate", "--keep-former")
        #expect(first.stderr.contains("Keep a copy of the new master key"))
        #expect(first.stderr.contains("without --keep-former"))
        let second = try await aprity.run("master-key", "rotate")
        #expect(second.status == 0)
        #expect(!second.stderr.contains("Keep a copy of the new master key"))
        #expect(second.stderr.contains("completed an earlier change"))
        try Data().write(to: URL(filePath: marker))
        defer { try? FileManager.default.removeItem(atPath: marker) }
        let third = try await aprity.run("master-key", "rotate")
        #expect(third.status == 74)
        #expect(third.stderr.contains("cannot lock the folder of the master key file"))
    }

    @Test("After kills at twelve moments, everything stays readable, and running the command again completes it")
    func killed() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        for number in 0..<4 {
            try await aprity.succeed([
                "connection", "add", "c\(number)", "--login-host", "https://acme.my.salesforce.com", "--username",
                "i@acme.example",
            ])
        }
        var moments = try await KillMoments(steps: 16) { try await aprity.succeed(["master-key", "rotate"]) }
        var left = 0
        for number in 1...100 where moments.killed < 12 {
            try await moments.kill(aprity, ["master-key", "rotate", "--reseal"])
            left += try keys(aprity).count > 1 ? 1 : 0
            #expect(try await aprity.run("connection", "list", "--json").status == 0)
            #expect(try await aprity.run("certificate", "show", "c0").status == 0)
            if number.isMultiple(of: 3) { try await aprity.succeed(["master-key", "rotate", "--reseal"]) }
        }
        print("Killed \(moments.killed) changes of the master key, \(left) with both keys in the file.")
        #expect(moments.killed == 12)
        try await aprity.succeed(["master-key", "rotate"])
        #expect(try keys(aprity).count == 1)
        let names = try FileManager.default.contentsOfDirectory(atPath: aprity.path("config/aprity"))
        #expect(names.filter { $0.hasPrefix("master.key") && !$0.contains(".partial-") } == ["master.key"])
        #expect(try await aprity.run("audit", "verify").status == 0)
    }
}

extension ManagedOrg {
    func signIns() async throws -> Int { try await history().count { $0["verdict"] as? String == "signIn" } }

    func refusedSignIns() async throws -> Int {
        try await history().count { $0["verdict"] as? String == "signIn" && ($0["status"] as? Int ?? 200) >= 400 }
    }
}

extension AprityProcess {
    /// Polls until the condition is true, for at most a minute.
    static func until(_ isSo: () async throws -> Bool) async throws {
        for _ in 0..<600 {
            if try await isSo() { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Unexpected(description: "it did not become so")
    }
}
