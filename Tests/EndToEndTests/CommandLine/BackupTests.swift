internal import Foundation
internal import Testing

/// Backups by the real program.
@Suite("backup")
struct BackupCommandTests {
    private static let passphrase = "correct horse battery"

    private func prepared(_ body: (AprityProcess, _ options: [String]) async throws -> Void) async throws {
        let aprity = try AprityProcess()
        try Data((Self.passphrase + "\n").utf8).write(to: URL(fileURLWithPath: aprity.path("pass")))
        try await body(aprity, ["--passphrase-file", aprity.path("pass")])
    }

    @Test("A backup made beside a server is restored elsewhere: blocked, and it signs in again after a test")
    func drill() async throws {
        try await prepared { aprity, options in
            try await ManagedOrg.running(aprity) { org in
                try await aprity.connect(to: org)
                try await aprity.succeed(["token", "bikes"])
                let file = aprity.path("bikes.backup")
                _ = try await aprity.serving(["serve", "--port", "0"]) { _ in
                    try await aprity.succeed(["backup", "create", file] + options)
                }
                let verified = try await aprity.run(["backup", "verify", file, "--json"] + options)
                #expect(verified.status == 0)
                #expect(try verified.json()["isGood"] as? Bool == true)

                let home = ["--home", aprity.path("elsewhere")]
                let restored = try await aprity.run(["backup", "restore", file, "--json"] + options + home)
                #expect(restored.status == 0, "\(restored.stderr)")
                #expect(try restored.json()["blockedApps"] as? Int == 1)
                #expect(try restored.json()["tokensToRevoke"] as? Int ?? 0 >= 1)
                #expect(try await aprity.run(["token", "bikes"] + home).status == 77)
                let records = try await aprity.run(["audit", "list", "--json"] + home)
                #expect(records.stdout.contains("storeRestored"))
                let unblocked = try await aprity.run(["unblock", "bikes"] + home)
                #expect(unblocked.status == 0, "\(unblocked.stderr)")
                #expect(try await aprity.run(["token", "bikes"] + home).status == 0)
            }
        }
    }

    @Test("A wrong passphrase, a file cut short and a home in use are told, and nothing is lost")
    func refusals() async throws {
        try await prepared { aprity, options in
            try await aprity.succeed(["init"])
            let file = aprity.path("a.backup")
            try await aprity.succeed(["backup", "create", file] + options)
            let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
            #expect(bytes.range(of: Data("SQLite format".utf8)) == nil)
            #expect(bytes.range(of: Data("aprity-master-key".utf8)) == nil)

            try Data("another passphrase".utf8).write(to: URL(fileURLWithPath: aprity.path("wrong")))
            let wrong = try await aprity.run([
                "backup", "verify", file, "--json", "--passphrase-file", aprity.path("wrong"),
            ])
            #expect(wrong.status == 65)
            #expect(try wrong.json()["code"] as? String == "backupPassphraseWrong")

            for length in [10, 500, bytes.count - 1] {
                let cut = aprity.path("cut\(length)")
                try bytes.prefix(length).write(to: URL(fileURLWithPath: cut))
                let outcome = try await aprity.run(["backup", "verify", cut, "--json"] + options)
                #expect(outcome.status == 65)
                #expect(try outcome.json()["code"] as? String == "backupDamaged")
            }
            #expect(try await aprity.run(["backup", "restore", file] + options).status == 73)
            #expect(try await aprity.run(["connection", "list"]).status == 0)
            #expect(try await aprity.run(["backup", "create", file] + options).status == 73)
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == bytes)
        }
    }
}
